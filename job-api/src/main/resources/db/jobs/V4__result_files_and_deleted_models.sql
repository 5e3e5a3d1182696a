-- The file of a succeeded job's numbers, and when its team deleted the model that it made.
ALTER TABLE jobs ADD COLUMN result_file text;
ALTER TABLE jobs ADD COLUMN model_deleted_at timestamptz;

-- A model's name ends with the last eight characters of its job's id.
CREATE INDEX jobs_by_model ON jobs (right(id, 8));
