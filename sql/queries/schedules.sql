-- schedules.sql - work that comes again by the clock

-- name: schedules_take_due
-- Those that are due or have no time yet, for this transaction alone: whoever looks at the same time passes them by. Each
-- with its time and the present one, in seconds since 1970.
SELECT id, name, expression, time_zone, kind, args, queue, catch_up, floor(extract(epoch FROM next_run_at))::bigint,
       floor(extract(epoch FROM now()))::bigint
FROM schedules
WHERE NOT paused AND problem IS NULL AND (next_run_at IS NULL OR next_run_at <= now())
ORDER BY next_run_at NULLS FIRST, id
FOR UPDATE SKIP LOCKED;

-- name: schedules_find_next
-- When the next one is due, in microseconds since 1970; NULL: never.
SELECT floor(extract(epoch FROM min(next_run_at)) * 1000000)::bigint
FROM schedules
WHERE NOT paused AND problem IS NULL;

-- name: schedules_find_shift
-- How many seconds a time zone's clocks are ahead of UTC from the second $1 since 1970 on, and, where that changes in the
-- 48 hours behind it, to how many and when.
WITH hours AS MATERIALIZED (
    SELECT at, extract(epoch FROM (at AT TIME ZONE $2) - (at AT TIME ZONE 'UTC'))::bigint AS ahead
    FROM generate_series(to_timestamp($1::bigint), to_timestamp($1::bigint) + interval '48 hours', interval '1 hour') AS at
), beginning AS (
    SELECT ahead FROM hours ORDER BY at LIMIT 1
), other AS (
    SELECT hours.at, hours.ahead
    FROM hours, beginning
    WHERE hours.ahead <> beginning.ahead
    ORDER BY at LIMIT 1)
SELECT beginning.ahead, other.ahead, (
    SELECT extract(epoch FROM min(at))::bigint
    FROM generate_series(other.at - interval '1 hour', other.at, interval '1 minute') AS at
    WHERE extract(epoch FROM (at AT TIME ZONE $2) - (at AT TIME ZONE 'UTC'))::bigint = other.ahead)
FROM beginning LEFT JOIN other ON true;

-- name: schedules_knows_zone
-- Whether this PostgreSQL knows a time zone by its whole name; AT TIME ZONE takes abbreviations and rules, too.
SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = $1);

-- name: schedules_advance
-- What a tick left: id, the next time in seconds since 1970, the job if there was one.
UPDATE schedules
SET next_run_at = to_timestamp($2::bigint), problem = NULL, last_job_id = coalesce($3::bigint, last_job_id),
    last_run_at = CASE WHEN $3::bigint IS NULL THEN last_run_at ELSE now() END
WHERE id = $1;

-- name: schedules_set_problem
-- One that cannot be run until somebody changes it: id, why.
UPDATE schedules SET problem = $2, next_run_at = NULL WHERE id = $1;

-- name: schedules_find
SELECT id FROM schedules WHERE name = $1;

-- name: schedules_lock
-- What a change rests on, for this transaction alone.
SELECT name, expression, time_zone, paused, kind, args, queue, floor(extract(epoch FROM now()))::bigint
FROM schedules WHERE id = $1 FOR UPDATE;

-- name: schedules_notify
-- Has the runners look at the schedules again once this is committed.
SELECT pg_notify('keel_jobs', 'schedules');

-- name: schedules_list
-- For operators, by their names.
SELECT s.name, s.expression, s.time_zone, s.kind, s.catch_up, to_char(s.next_run_at, 'YYYY-MM-DD HH24:MI:SS'),
       to_char(s.last_run_at, 'YYYY-MM-DD HH24:MI:SS'), j.state,
       coalesce(s.problem, CASE WHEN s.paused THEN 'paused' ELSE j.errors -> -1 ->> 'message' END)
FROM schedules s LEFT JOIN jobs j ON j.id = s.last_job_id
ORDER BY s.name;

-- name: schedules_note_run
-- Somebody had it run out of turn: id, job.
UPDATE schedules SET last_run_at = now(), last_job_id = $2 WHERE id = $1;
