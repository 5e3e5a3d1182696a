CREATE TABLE teams (
    name       text PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- A key is known by its SHA-256 alone. A worker's key belongs to no team.
CREATE TABLE api_keys (
    digest     bytea PRIMARY KEY CHECK (length(digest) = 32),
    kind       text NOT NULL CHECK (kind IN ('team', 'worker')),
    team       text REFERENCES teams,
    label      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'team') = (team IS NOT NULL))
);

CREATE INDEX api_keys_team ON api_keys (team);
