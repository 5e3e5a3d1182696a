-- The person or program that a key was made for; null for the keys of the configuration.
ALTER TABLE api_keys ADD holder text CHECK (holder ~ '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$');
