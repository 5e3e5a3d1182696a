-- What a version must keep to before an alias points at it; a row only where something is asked.
CREATE TABLE alias_rules (
    adapter_id bigint  NOT NULL REFERENCES adapters,
    alias      text    NOT NULL,
    approval   boolean NOT NULL,
    metrics    text[]  NOT NULL, -- as they are written: final_loss<0.5
    PRIMARY KEY (adapter_id, alias)
);

-- A move that waits for an approval, or was decided on; it is made only from where the alias pointed when it was asked for.
CREATE TABLE alias_proposals (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    adapter_id   bigint      NOT NULL REFERENCES adapters,
    alias        text        NOT NULL,
    from_version int,
    to_version   int,
    proposed_by  text        NOT NULL,
    proposed_at  timestamptz NOT NULL DEFAULT now(),
    approved     boolean, -- null while it waits
    decided_by   text,
    decided_at   timestamptz
);
CREATE INDEX alias_proposals_of_an_alias ON alias_proposals (adapter_id, alias, id);
CREATE INDEX alias_proposals_that_wait ON alias_proposals (id) WHERE approved IS NULL;

ALTER TABLE alias_moves ADD approved_by text; -- null where no approval was asked

-- Where a team wants to be told of what happens to its adapters (Standard Webhooks).
CREATE TABLE webhooks (
    id          text        PRIMARY KEY,
    team        text        NOT NULL,
    url         text        NOT NULL,
    secret      text        NOT NULL, -- signs; never given out again
    made_at     timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz -- it was gone, or failed for days; what it was to be told waits until it is enabled again
);
CREATE INDEX webhooks_of_a_team ON webhooks (team);

-- The outbox: written in the transaction of what is told, removed when the receiver has taken it.
CREATE TABLE webhook_deliveries (
    number  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook text        NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    event   text        NOT NULL, -- the same at every try, so that a receiver can tell them apart
    body    text        NOT NULL,
    tries   int         NOT NULL DEFAULT 0,
    due_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (due_at);

-- Which of an adapter's versions are kept; all where there is no row.
CREATE TABLE retention_rules (
    adapter_id  bigint NOT NULL PRIMARY KEY REFERENCES adapters,
    keep_newest int    NOT NULL CHECK (keep_newest > 0),
    keep_days   int    NOT NULL CHECK (keep_days >= 0)
);
