-- Other teams that may see a checkpoint.
CREATE TABLE checkpoint_permissions (
    number     bigint GENERATED ALWAYS AS IDENTITY,
    id         text PRIMARY KEY,
    checkpoint text NOT NULL REFERENCES checkpoints,
    team       text NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (checkpoint, team)
);
