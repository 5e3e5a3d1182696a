-- What the look through a job's training file found.
CREATE TABLE validations (
    job     text PRIMARY KEY REFERENCES jobs,
    report  jsonb NOT NULL,
    made_at timestamptz NOT NULL
);
