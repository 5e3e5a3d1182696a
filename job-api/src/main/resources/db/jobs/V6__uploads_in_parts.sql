-- A file that comes in parts; what is needed of it when it is asked for once more stays for a while after its end.
CREATE TABLE uploads (
    id           text PRIMARY KEY,
    team         text NOT NULL,
    filename     text NOT NULL,
    purpose      text NOT NULL,
    bytes        bigint NOT NULL,
    life_seconds bigint,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    status       text NOT NULL CHECK (status IN ('pending', 'completed', 'cancelled', 'expired')),
    parts        text[],
    file         text,
    CHECK ((status = 'completed') = (file IS NOT NULL))
);

CREATE INDEX uploads_by_end ON uploads (expires_at);

-- The parts of pending uploads, each a blob of its own.
CREATE TABLE upload_parts (
    id     text PRIMARY KEY,
    upload text NOT NULL REFERENCES uploads,
    digest text NOT NULL,
    bytes  bigint NOT NULL
);

CREATE INDEX parts_of_upload ON upload_parts (upload);
CREATE INDEX parts_by_digest ON upload_parts (digest);
