-- A model of the other Hub stays one, also when there is a team of its owner's name later.
ALTER TABLE adapters ADD mirrored boolean NOT NULL DEFAULT false;
UPDATE adapters SET mirrored = true WHERE team || '/' || adapter IN (SELECT model FROM mirrored_revisions);
