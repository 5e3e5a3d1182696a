-- What a worker has; those that are there say it again within seconds.
DELETE FROM workers;
ALTER TABLE workers ADD COLUMN kind text NOT NULL;
ALTER TABLE workers ADD COLUMN device text NOT NULL;
ALTER TABLE workers ADD COLUMN memory bigint NOT NULL;
ALTER TABLE workers ADD COLUMN bf16 boolean NOT NULL;
ALTER TABLE workers ADD COLUMN operations_per_second double precision;

-- Bytes that a job's worker must have in the type computed in, null where the job rules it out; both null, which any
-- worker has, for a job that was queued before this was known.
ALTER TABLE jobs ADD COLUMN needs_fp32 bigint;
ALTER TABLE jobs ADD COLUMN needs_bf16 bigint;

-- The kind of workers that the newest dispatch went to.
ALTER TABLE jobs ADD COLUMN dispatched_to text;
