-- Makes Moraine's roles, and for each the schema that it owns, in the database that psql (14 or newer) is connected to.
-- Run again it changes nothing but the passwords, which it takes from the environment each time:
--
--   MORAINE_ACCESS_PASSWORD=… MORAINE_JOBS_PASSWORD=… MORAINE_REGISTRY_PASSWORD=… \
--     psql --no-psqlrc --set ON_ERROR_STOP=1 --dbname moraine --file docker/database.sql

\getenv access_password MORAINE_ACCESS_PASSWORD
\getenv jobs_password MORAINE_JOBS_PASSWORD
\getenv registry_password MORAINE_REGISTRY_PASSWORD

BEGIN;

SELECT 'CREATE ROLE ' || role || ' LOGIN'
FROM unnest(ARRAY['moraine_access', 'moraine_jobs', 'moraine_registry']) AS role
WHERE role NOT IN (SELECT rolname FROM pg_roles)
\gexec

ALTER ROLE moraine_access PASSWORD :'access_password';
ALTER ROLE moraine_access SET search_path = access;
CREATE SCHEMA IF NOT EXISTS access AUTHORIZATION moraine_access;

ALTER ROLE moraine_jobs PASSWORD :'jobs_password';
ALTER ROLE moraine_jobs SET search_path = jobs;
CREATE SCHEMA IF NOT EXISTS jobs AUTHORIZATION moraine_jobs;

ALTER ROLE moraine_registry PASSWORD :'registry_password';
ALTER ROLE moraine_registry SET search_path = registry;
CREATE SCHEMA IF NOT EXISTS registry AUTHORIZATION moraine_registry;

COMMIT;
