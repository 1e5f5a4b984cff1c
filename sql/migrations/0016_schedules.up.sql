-- Purpose: work that comes again by the clock, in rows, so that it is done once however many runners there are.

-- `next_run_at` is worked out by the program (services/schedules.c), which knows the expression; a row that has none is
-- given its first one by the next runner that looks, and `problem` where that is not possible. `last_job_id` names a job
-- that may be gone since.
CREATE TABLE schedules (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    name        text NOT NULL,
    summary     text NOT NULL DEFAULT '',
    expression  text NOT NULL,
    time_zone   text NOT NULL DEFAULT 'UTC',
    kind        text NOT NULL,
    args        jsonb NOT NULL DEFAULT '{}',
    queue       text NOT NULL DEFAULT 'default',
    catch_up    text NOT NULL DEFAULT 'once',
    paused      boolean NOT NULL DEFAULT false,
    problem     text,
    next_run_at timestamptz,
    last_run_at timestamptz,
    last_job_id bigint,
    CONSTRAINT schedules_pkey PRIMARY KEY (id),
    CONSTRAINT schedules_name_key UNIQUE (name),
    CONSTRAINT schedules_name_format CHECK (name ~ '^[a-z][a-z0-9_.-]{0,79}$'),
    CONSTRAINT schedules_expression_length CHECK (length(expression) BETWEEN 1 AND 255),
    CONSTRAINT schedules_time_zone_length CHECK (length(time_zone) BETWEEN 1 AND 63),
    CONSTRAINT schedules_kind_length CHECK (length(kind) BETWEEN 1 AND 80),
    CONSTRAINT schedules_args_object CHECK (jsonb_typeof(args) = 'object'),
    CONSTRAINT schedules_queue_length CHECK (length(queue) BETWEEN 1 AND 80),
    CONSTRAINT schedules_catch_up_known CHECK (catch_up IN ('none', 'once', 'all'))
);

COMMENT ON COLUMN schedules.catch_up IS 'what becomes of times at which no runner was there';

INSERT INTO schedules (name, kind, expression, summary) VALUES
    ('mail.send',         'mail.send',         '* * * * *',  'Send mails that are due to be tried again.'),
    ('sessions.clean',    'sessions.clean',    '17 * * * *', 'Remove sessions and links that have ended.'),
    ('idempotency.clean', 'idempotency.clean', '27 * * * *', 'Remove answers that were kept for their Idempotency-Key.'),
    ('jobs.clean',        'jobs.clean',        '37 * * * *', 'Remove jobs that were over long ago.'),
    ('throttle.clean',    'throttle.clean',    '47 * * * *', 'Remove counts of failed logins that are over.'),
    ('imports.sweep',     'imports.sweep',     '57 * * * *', 'Remove imports that ended long ago, and files that nobody needs.'),
    ('inventory.daily',   'inventory.daily',   '5 0 * * *',  'Write down what is in stock in each category.'),
    ('purge',             'purge',             '10 3 * * *', 'Remove for good what was deleted long ago.'),
    ('audit.trim',        'audit.trim',        '20 3 * * *', 'Remove entries of the audit log that are too old.');
