ALTER TABLE jobs DROP CONSTRAINT jobs_status_check;
ALTER TABLE jobs ADD CONSTRAINT jobs_status_check CHECK (status IN
    ('validating_files', 'queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'));

-- When an attempt said that it trains; events of steps from attempts before it count no more.
ALTER TABLE leases ADD COLUMN started_at timestamptz;

-- Numbers of a step that a later attempt makes again.
ALTER TABLE job_events ADD COLUMN superseded boolean NOT NULL DEFAULT false;

-- The checkpoints a job has made. What a job goes on from is the newest whose bytes are held.
CREATE TABLE checkpoints (
    id         text PRIMARY KEY,
    job        text NOT NULL REFERENCES jobs,
    step       integer NOT NULL,
    attempt    integer NOT NULL,
    created_at timestamptz NOT NULL,
    saved      jsonb NOT NULL,
    held       boolean NOT NULL,
    UNIQUE (job, step)
);

-- Blobs that a job's checkpoints need, noted before their bytes come; a blob stays as long as a row names it.
CREATE TABLE checkpoint_blobs (
    job    text NOT NULL REFERENCES jobs,
    digest text NOT NULL,
    bytes  bigint NOT NULL,
    PRIMARY KEY (job, digest)
);

CREATE INDEX checkpoint_blobs_by_digest ON checkpoint_blobs (digest);
