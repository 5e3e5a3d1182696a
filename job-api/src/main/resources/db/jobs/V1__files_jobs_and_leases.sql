-- A team's files; the bytes are a blob in object storage, named by its SHA-256.
CREATE TABLE files (
    id         text PRIMARY KEY,
    team       text NOT NULL,
    filename   text NOT NULL,
    purpose    text NOT NULL,
    digest     text NOT NULL,
    bytes      bigint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    deleted_at timestamptz
);

CREATE INDEX files_of_team ON files (team, created_at, id);
CREATE INDEX files_by_digest ON files (digest);
CREATE INDEX files_deleted ON files (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX files_expiring ON files (expires_at) WHERE expires_at IS NOT NULL;

-- A job: what was asked for, then where it stands. Every change locks the row.
CREATE TABLE jobs (
    id               text PRIMARY KEY,
    team             text NOT NULL,
    created_at       timestamptz NOT NULL,
    training_file    text NOT NULL,
    validation_file  text,
    suffix           text,
    echo             jsonb NOT NULL,
    spec             jsonb NOT NULL,
    status           text NOT NULL CHECK (status IN
        ('validating_files', 'queued', 'running', 'succeeded', 'failed', 'cancelled')),
    attempt          integer NOT NULL DEFAULT 0,
    due_at           timestamptz,
    dispatched_at    timestamptz,
    command          text,
    started_at       timestamptz,
    trained_tokens   bigint,
    estimated_finish timestamptz,
    finished_at      timestamptz,
    problem          jsonb,
    version          integer,
    commit_id        text,
    CHECK ((finished_at IS NOT NULL) = (status IN ('succeeded', 'failed', 'cancelled'))),
    CHECK ((version IS NOT NULL) = (status = 'succeeded'))
);

CREATE INDEX jobs_of_team ON jobs (team, created_at, id);
CREATE INDEX jobs_validating ON jobs (created_at, id) WHERE status = 'validating_files';
CREATE INDEX jobs_due ON jobs (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_unfinished ON jobs (team) WHERE finished_at IS NULL;
CREATE INDEX jobs_succeeded ON jobs (team, created_at, id) WHERE status = 'succeeded';
CREATE INDEX jobs_by_training_file ON jobs (training_file) WHERE finished_at IS NULL;

-- Create requests, so that a repeated one gives the same job.
CREATE TABLE submissions (
    job             text PRIMARY KEY REFERENCES jobs,
    team            text NOT NULL,
    idempotency_key text,
    body            text NOT NULL,
    retry           boolean NOT NULL,
    created_at      timestamptz NOT NULL,
    UNIQUE (team, idempotency_key)
);

CREATE INDEX submissions_by_body ON submissions (team, body, created_at);

-- What a job's readers are told.
CREATE TABLE job_events (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         text NOT NULL UNIQUE,
    job        text NOT NULL REFERENCES jobs,
    created_at timestamptz NOT NULL,
    level      text NOT NULL,
    message    text NOT NULL,
    data       jsonb
);

CREATE INDEX events_of_job ON job_events (job, number);

-- One row an attempt that a worker took.
CREATE TABLE leases (
    job         text NOT NULL REFERENCES jobs,
    attempt     integer NOT NULL,
    worker      text NOT NULL,
    claimed_at  timestamptz NOT NULL,
    runs_out_at timestamptz NOT NULL,
    ended_at    timestamptz,
    ending      text,
    reason      text,
    PRIMARY KEY (job, attempt),
    CHECK ((ended_at IS NULL) = (ending IS NULL))
);

CREATE INDEX leases_running ON leases (runs_out_at) WHERE ended_at IS NULL;

-- Workers' events that were projected; a second delivery finds its row here.
CREATE TABLE projected (
    job      text NOT NULL REFERENCES jobs,
    attempt  integer NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (job, attempt, sequence)
);

-- Workers that said they are there.
CREATE TABLE workers (
    name    text PRIMARY KEY,
    busy    boolean NOT NULL,
    seen_at timestamptz NOT NULL
);

-- What is to be sent to Kafka, in this order.
CREATE TABLE outbox (
    number  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic   text NOT NULL,
    key     text NOT NULL,
    payload text NOT NULL
);
