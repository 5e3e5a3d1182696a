-- The pairs of jobs' metadata, by which lists are filtered; written with a job and never changed, as the pairs are.
CREATE TABLE job_metadata (
    team       text NOT NULL,
    key        text NOT NULL,
    value      text NOT NULL,
    created_at timestamptz NOT NULL,
    job        text NOT NULL,
    PRIMARY KEY (team, key, value, created_at, job)
);

INSERT INTO job_metadata (team, key, value, created_at, job)
SELECT team, key, value, created_at, id
FROM jobs, jsonb_each_text(CASE jsonb_typeof(echo -> 'metadata') WHEN 'object' THEN echo -> 'metadata' ELSE '{}' END);

-- What is due and what is under way, each by team, so that the dispatcher reads the first few of each team alone.
CREATE INDEX jobs_due_of_team ON jobs (team, created_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_under_way ON jobs (team)
    WHERE finished_at IS NULL AND attempt > 0 AND due_at IS NULL AND status <> 'paused';
DROP INDEX jobs_due;
DROP INDEX jobs_unfinished;

-- An index is written with every change of a job: only of what it is asked for.
DROP INDEX jobs_by_validation_file;
CREATE INDEX jobs_by_validation_file ON jobs (validation_file) WHERE finished_at IS NULL AND validation_file IS NOT NULL;
ALTER TABLE submissions DROP CONSTRAINT submissions_team_idempotency_key_key;
CREATE UNIQUE INDEX submissions_by_key ON submissions (team, idempotency_key) WHERE idempotency_key IS NOT NULL;
