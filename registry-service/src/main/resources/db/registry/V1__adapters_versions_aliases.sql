-- What is stored, by its SHA-256. A row is written when the object store has the bytes for good.
CREATE TABLE blobs (
    digest    text        PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
    size      bigint      NOT NULL CHECK (size >= 0),
    git_sha1  text        CHECK (git_sha1 ~ '^[0-9a-f]{40}$'), -- null for big ones, which the Hub names by their SHA-256
    stored_at timestamptz NOT NULL DEFAULT now()
);

-- An adapter is there from its first version on; both are written in one transaction.
CREATE TABLE adapters (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team       text        NOT NULL,
    adapter    text        NOT NULL,
    newest     int         NOT NULL DEFAULT 0, -- the last number given; the row's lock keeps numbers without gaps
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (team, adapter)
);

-- Rows are never changed.
CREATE TABLE versions (
    adapter_id   bigint      NOT NULL REFERENCES adapters,
    version      int         NOT NULL CHECK (version > 0),
    commit_id    text        NOT NULL CHECK (commit_id ~ '^[0-9a-f]{40}$'), -- the same for the same content
    job          text        NOT NULL UNIQUE, -- a job makes one version, however often it publishes
    base_model   text        NOT NULL,
    method       text        NOT NULL,
    settings     jsonb       NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (adapter_id, version)
);
CREATE INDEX versions_by_commit ON versions (adapter_id, commit_id, version);

CREATE TABLE version_files (
    adapter_id bigint NOT NULL,
    version    int    NOT NULL,
    path       text   NOT NULL COLLATE "C",
    digest     text   NOT NULL REFERENCES blobs,
    PRIMARY KEY (adapter_id, version, path),
    FOREIGN KEY (adapter_id, version) REFERENCES versions
);
CREATE INDEX version_files_by_blob ON version_files (digest);

CREATE TABLE aliases (
    adapter_id bigint      NOT NULL,
    alias      text        NOT NULL,
    version    int         NOT NULL,
    moved_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (adapter_id, alias),
    FOREIGN KEY (adapter_id, version) REFERENCES versions
);

-- Who moved which alias, when, from where to where; rows are only added.
CREATE TABLE alias_moves (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    adapter_id   bigint      NOT NULL REFERENCES adapters,
    alias        text        NOT NULL,
    from_version int, -- null for a new alias
    to_version   int         NOT NULL,
    moved_by     text        NOT NULL,
    moved_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX alias_moves_of_an_adapter ON alias_moves (adapter_id, alias, id);
