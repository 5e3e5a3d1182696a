-- What a worker is told names a file by digest and bytes together, and the validation file beside the training file.
UPDATE jobs SET spec = (spec - 'training_file_bytes') || jsonb_build_object(
    'training_file', jsonb_build_object('digest', spec -> 'training_file', 'bytes', spec -> 'training_file_bytes'),
    'validation_file', NULL);

CREATE INDEX jobs_by_validation_file ON jobs (validation_file) WHERE finished_at IS NULL;

-- A report is of each of a job's files.
UPDATE validations SET report = jsonb_build_object(
    'object', report -> 'object',
    'job', report -> 'job',
    'valid', report -> 'valid',
    'message', report -> 'message',
    'training_file', (report - 'object' - 'job' - 'training_file') || jsonb_build_object('id', report -> 'training_file'),
    'validation_file', NULL);
