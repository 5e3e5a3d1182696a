ALTER TABLE aliases ADD moved_by text;
UPDATE aliases l SET moved_by = (
    SELECT m.moved_by FROM alias_moves m WHERE m.adapter_id = l.adapter_id AND m.alias = l.alias ORDER BY m.id DESC LIMIT 1);
ALTER TABLE aliases ALTER moved_by SET NOT NULL;

-- Null where the alias was taken away.
ALTER TABLE alias_moves ALTER to_version DROP NOT NULL;

-- Names that never move. No alias of the adapter has the same.
CREATE TABLE tags (
    adapter_id bigint      NOT NULL,
    tag        text        NOT NULL,
    version    int         NOT NULL,
    message    text        NOT NULL,
    made_by    text        NOT NULL,
    made_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (adapter_id, tag),
    FOREIGN KEY (adapter_id, version) REFERENCES versions
);
CREATE INDEX tags_by_name ON tags (tag);

-- What who pulls a version is told; the version itself stays as it is.
CREATE TABLE deprecations (
    adapter_id    bigint      NOT NULL,
    version       int         NOT NULL,
    message       text        NOT NULL,
    deprecated_by text        NOT NULL,
    deprecated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (adapter_id, version),
    FOREIGN KEY (adapter_id, version) REFERENCES versions
);

-- A version with a row here is not there, until the row is taken away again or the version is purged.
CREATE TABLE deletions (
    adapter_id bigint      NOT NULL,
    version    int         NOT NULL,
    deleted_by text        NOT NULL,
    deleted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (adapter_id, version),
    FOREIGN KEY (adapter_id, version) REFERENCES versions
);

-- An adapter that was deleted as a whole; all its versions have a row in deletions, those that went with it of this time.
ALTER TABLE adapters ADD deleted_at timestamptz;
ALTER TABLE adapters ADD deleted_by text;

CREATE VIEW live_versions AS
SELECT * FROM versions v
WHERE NOT EXISTS (SELECT FROM deletions d WHERE d.adapter_id = v.adapter_id AND d.version = v.version);
