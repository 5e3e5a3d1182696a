-- When a blob was last sent, or found to be here by one who is about to build on it; its grace runs from then.
ALTER TABLE blobs ADD used_at timestamptz NOT NULL DEFAULT now();
-- When it was last read to its end and was what its name says.
ALTER TABLE blobs ADD checked_at timestamptz;
-- Since when it is known to be lost or other bytes; null while it is sound. Sent again, it is sound again.
ALTER TABLE blobs ADD damaged_at timestamptz;
CREATE INDEX blobs_by_check ON blobs (checked_at NULLS FIRST) WHERE damaged_at IS NULL;

-- A deleted version whose time has run out: its files' rows are gone. It stays as the number and the job it was.
ALTER TABLE versions ADD purged_at timestamptz;
DROP VIEW live_versions;
CREATE VIEW live_versions AS
SELECT * FROM versions v
WHERE NOT EXISTS (SELECT FROM deletions d WHERE d.adapter_id = v.adapter_id AND d.version = v.version);
CREATE INDEX deletions_by_time ON deletions (deleted_at);
