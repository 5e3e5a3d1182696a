-- Until when nothing is taken out of the object store, so that a backup's copy of it has all that its database has.
CREATE TABLE upkeep_hold (
    one   boolean     PRIMARY KEY DEFAULT true CHECK (one),
    until timestamptz NOT NULL
);
