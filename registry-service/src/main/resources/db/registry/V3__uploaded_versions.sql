-- A version that a team uploaded itself has no job; base model and method are null where its files do not say.
ALTER TABLE versions ALTER job DROP NOT NULL;
ALTER TABLE versions ALTER base_model DROP NOT NULL;
ALTER TABLE versions ALTER method DROP NOT NULL;
ALTER TABLE versions ADD uploaded_by text;
ALTER TABLE versions ADD summary text;
ALTER TABLE versions ADD CHECK ((job IS NULL) <> (uploaded_by IS NULL));

DROP VIEW live_versions;
CREATE VIEW live_versions AS
SELECT * FROM versions v
WHERE NOT EXISTS (SELECT FROM deletions d WHERE d.adapter_id = v.adapter_id AND d.version = v.version);

-- Which blobs a team sent itself. It may make a version of those, and of those in its own versions, but of no other
-- team's: who only knows a digest does not get the bytes.
CREATE TABLE brought (
    team       text        NOT NULL,
    digest     text        NOT NULL REFERENCES blobs ON DELETE CASCADE,
    brought_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (team, digest)
);

-- A link to which one blob can be sent without a key, since the Hub's clients send none there.
CREATE TABLE upload_links (
    link       text        PRIMARY KEY,
    team       text        NOT NULL,
    digest     text        NOT NULL,
    size       bigint      NOT NULL,
    expires_at timestamptz NOT NULL
);
