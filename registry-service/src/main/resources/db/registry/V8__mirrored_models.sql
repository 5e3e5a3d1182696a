-- What a branch, a tag or a commit of a model on the other Hub meant when it was last asked for. The commit is a version here.
CREATE TABLE mirrored_revisions (
    model     text        NOT NULL,
    revision  text        NOT NULL,
    commit_id text        NOT NULL,
    asked_at  timestamptz NOT NULL,
    PRIMARY KEY (model, revision)
);

-- A large file of a mirrored model that nobody has pulled yet: its row is written before its bytes are here.
ALTER TABLE blobs ADD expected boolean NOT NULL DEFAULT false;
