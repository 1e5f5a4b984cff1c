-- Purpose: a queue of work that is done later, in the database, so that a job is there exactly when its change is.

-- A job is claimed for a while (`lease_until`), which is renewed as long as its runner lives. `attempt` only rises: who
-- finishes a job names the attempt that it was given, so that somebody thought dead finishes nothing any more.
-- `failures` is what counts against `max_attempts` (NULL: those of its kind): one that was interrupted while it got on
-- is not at fault. `errors` has an object for each failure: {"at", "attempt", "message"}. `result` is also where an
-- attempt leaves what the next one begins with. Nothing refers to accounts: a job outlives the one who ordered it.
CREATE TABLE jobs (
    id                  bigint GENERATED ALWAYS AS IDENTITY,
    kind                text NOT NULL,
    queue               text NOT NULL DEFAULT 'default',
    state               text NOT NULL DEFAULT 'queued',
    priority            smallint NOT NULL DEFAULT 0,
    args                jsonb NOT NULL DEFAULT '{}',
    unique_key          text,
    is_shared           boolean NOT NULL DEFAULT false,
    user_id             bigint,
    run_at              timestamptz NOT NULL DEFAULT now(),
    attempt             integer NOT NULL DEFAULT 0,
    failures            integer NOT NULL DEFAULT 0,
    max_attempts        integer,
    runner              text,
    lease_until         timestamptz,
    cancel_requested_at timestamptz,
    progress            numeric(5,4),
    result              jsonb,
    errors              jsonb NOT NULL DEFAULT '[]',
    created_at          timestamptz NOT NULL DEFAULT now(),
    started_at          timestamptz,
    finished_at         timestamptz,
    CONSTRAINT jobs_pkey PRIMARY KEY (id),
    CONSTRAINT jobs_state_known CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    CONSTRAINT jobs_kind_length CHECK (length(kind) BETWEEN 1 AND 80),
    CONSTRAINT jobs_queue_length CHECK (length(queue) BETWEEN 1 AND 80),
    CONSTRAINT jobs_priority_range CHECK (priority BETWEEN -100 AND 100),
    CONSTRAINT jobs_args_object CHECK (jsonb_typeof(args) = 'object'),
    CONSTRAINT jobs_unique_key_length CHECK (length(unique_key) BETWEEN 1 AND 255),
    CONSTRAINT jobs_is_shared_without_key CHECK (NOT is_shared OR unique_key IS NULL),
    CONSTRAINT jobs_attempt_range CHECK (attempt >= 0),
    CONSTRAINT jobs_failures_range CHECK (failures >= 0),
    CONSTRAINT jobs_max_attempts_range CHECK (max_attempts BETWEEN 1 AND 1000),
    CONSTRAINT jobs_lease_until_while_running
        CHECK ((state = 'running') = (lease_until IS NOT NULL) AND (state = 'running') = (runner IS NOT NULL)),
    CONSTRAINT jobs_progress_range CHECK (progress BETWEEN 0 AND 1),
    CONSTRAINT jobs_errors_list CHECK (jsonb_typeof(errors) = 'array'),
    CONSTRAINT jobs_finished_at_when_done CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

COMMENT ON COLUMN jobs.priority IS 'higher runs first';

-- A lease and its progress are renewed every few seconds: no index has them, so that a renewal writes none.

-- What is claimed next.
CREATE INDEX jobs_due_idx ON jobs (priority DESC, run_at, id) WHERE state = 'queued';
-- Whose lease has run out, how many of a queue run.
CREATE INDEX jobs_running_idx ON jobs (queue, id) WHERE state = 'running';
-- One at a time of a kind, where its orders say so.
CREATE UNIQUE INDEX jobs_unique_key ON jobs (kind, unique_key)
    WHERE unique_key IS NOT NULL AND state IN ('queued', 'running');
-- One that does for several orders, see jobs_share.
CREATE INDEX jobs_shared_idx ON jobs (kind, run_at) WHERE is_shared AND state = 'queued';
-- What is finished goes after a while.
CREATE INDEX jobs_finished_at_idx ON jobs (finished_at) WHERE finished_at IS NOT NULL;
-- Lists, newest first: of a kind, and of those that somebody may want to look after.
CREATE INDEX jobs_kind_idx ON jobs (kind, id);
CREATE INDEX jobs_unfinished_idx ON jobs (state, id) WHERE state IN ('failed', 'cancelled');

-- Queues that may not run as many jobs as there are runners, or that stand still. One without a row has no bound.
CREATE TABLE job_queues (
    name        text NOT NULL,
    max_running integer,
    paused      boolean NOT NULL DEFAULT false,
    CONSTRAINT job_queues_pkey PRIMARY KEY (name),
    CONSTRAINT job_queues_name_length CHECK (length(name) BETWEEN 1 AND 80),
    CONSTRAINT job_queues_max_running_range CHECK (max_running BETWEEN 1 AND 1000)
);

-- Wakes the runners once the order is committed, one notice for a transaction.
CREATE FUNCTION jobs_notify() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('keel_jobs', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_notify AFTER INSERT ON jobs FOR EACH STATEMENT EXECUTE FUNCTION jobs_notify();
