-- jobs.sql - the queue as those see it who order work and look after it

-- name: jobs_add
-- Nothing where the unique key is taken by a job that is queued or running: kind, arguments, queue, priority, time (NULL:
-- now), key, account, attempts, whether it may do for other orders.
INSERT INTO jobs (kind, args, queue, priority, run_at, unique_key, user_id, max_attempts, is_shared)
VALUES ($1, $2::jsonb, $3, $4::smallint, coalesce($5::timestamptz, now()), $6, $7, $8, $9)
ON CONFLICT (kind, unique_key) WHERE unique_key IS NOT NULL AND state IN ('queued', 'running') DO NOTHING
RETURNING id;

-- name: jobs_find_unique
-- The job that has a unique key: kind, key.
SELECT id FROM jobs WHERE kind = $1 AND unique_key = $2 AND state IN ('queued', 'running');

-- name: jobs_share
-- A job that is due by then and still waits, to do for another order: kind, arguments, queue, time. Locked so weakly that
-- orders do not wait for one another, and so strongly that whoever claims jobs passes it by until this order is
-- committed: it then sees what the order is about. The runners passed it by unasked, so they are told again.
WITH shared AS (
    SELECT id FROM jobs
    WHERE is_shared AND state = 'queued' AND kind = $1 AND args = $2::jsonb AND queue = $3
      AND run_at <= coalesce($4::timestamptz, now())
    ORDER BY run_at
    LIMIT 1
    FOR KEY SHARE SKIP LOCKED)
SELECT id, pg_notify('keel_jobs', '') FROM shared;

-- name: jobs_find_state
SELECT state FROM jobs WHERE id = $1;

-- name: jobs_retry
-- Due now with all attempts ahead of it: one that failed, was cancelled, or waits.
WITH retried AS (
    UPDATE jobs
    SET state = 'queued', run_at = least(run_at, now()), failures = 0, cancel_requested_at = NULL, finished_at = NULL
    WHERE id = $1 AND state IN ('failed', 'cancelled', 'queued')
    RETURNING id)
SELECT id, pg_notify('keel_jobs', '') FROM retried;

-- name: jobs_retry_failed
-- The same of all that failed, of the kind $1 or (NULL) of any; but not of what has been ordered anew under its unique key,
-- and only the newest of several that share one.
WITH picked AS (
    SELECT DISTINCT ON (kind, coalesce(unique_key, id::text), unique_key IS NULL) id
    FROM jobs
    WHERE state = 'failed' AND ($1::text IS NULL OR kind = $1)
      AND NOT EXISTS (SELECT FROM jobs AS other WHERE other.kind = jobs.kind AND other.unique_key = jobs.unique_key
                                                  AND other.state IN ('queued', 'running'))
    ORDER BY kind, coalesce(unique_key, id::text), unique_key IS NULL, id DESC
), retried AS (
    UPDATE jobs SET state = 'queued', run_at = now(), failures = 0, cancel_requested_at = NULL, finished_at = NULL
    FROM picked WHERE jobs.id = picked.id AND state = 'failed'
    RETURNING jobs.id)
SELECT id, pg_notify('keel_jobs', '') FROM retried;

-- name: jobs_cancel
-- One that waits is over; one that runs is asked to end, and its runner told to look for such wishes.
WITH cancelled AS (
    UPDATE jobs
    SET state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
        finished_at = CASE state WHEN 'queued' THEN now() END,
        cancel_requested_at = coalesce(cancel_requested_at, now())
    WHERE id = $1 AND state IN ('queued', 'running')
    RETURNING id, state)
SELECT id, CASE state WHEN 'running' THEN pg_notify('keel_jobs', 'cancel') END FROM cancelled;

-- name: jobs_snooze
-- One that waits is due in so many seconds: id, seconds.
WITH snoozed AS (
    UPDATE jobs SET run_at = now() + make_interval(secs => $2::float8) WHERE id = $1 AND state = 'queued' RETURNING id)
SELECT id, pg_notify('keel_jobs', '') FROM snoozed;

-- name: jobs_list
-- For operators, the newest first: state, kind, queue (NULL: any), how many.
SELECT id, kind, queue, CASE WHEN state = 'running' AND cancel_requested_at IS NOT NULL THEN 'ending' ELSE state END,
       attempt, failures, round(100 * progress) || ' %', to_char(run_at, 'YYYY-MM-DD HH24:MI:SS'),
       to_char(finished_at, 'YYYY-MM-DD HH24:MI:SS'), errors -> -1 ->> 'message'
FROM jobs
WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR queue = $3)
ORDER BY id DESC
LIMIT $4;

-- name: jobs_list_errors
-- Why a job failed each time.
SELECT error ->> 'attempt', error ->> 'at', error ->> 'message'
FROM jobs, jsonb_array_elements(errors) WITH ORDINALITY AS each (error, place)
WHERE id = $1
ORDER BY place;

-- name: jobs_count
-- How many there are of each kind in each queue and state, and for how many seconds the oldest one has been due.
SELECT kind, queue, count(*) FILTER (WHERE state = 'queued' AND run_at <= now()),
       count(*) FILTER (WHERE state = 'queued' AND run_at > now()), count(*) FILTER (WHERE state = 'running'),
       count(*) FILTER (WHERE state = 'succeeded'), count(*) FILTER (WHERE state = 'failed'),
       count(*) FILTER (WHERE state = 'cancelled'),
       greatest(0, extract(epoch FROM now() - min(run_at) FILTER (WHERE state = 'queued' AND run_at <= now())))::bigint
FROM jobs
GROUP BY kind, queue
ORDER BY kind, queue;

-- name: jobs_list_queues
-- Queues that have a bound, a pause or a job that is not over.
SELECT coalesce(q.name, j.queue), q.max_running, CASE WHEN q.paused THEN 'paused' ELSE 'goes on' END,
       coalesce(j.queued, 0), coalesce(j.running, 0)
FROM job_queues q
FULL JOIN (
    SELECT queue, count(*) FILTER (WHERE state = 'queued') AS queued, count(*) FILTER (WHERE state = 'running') AS running
    FROM jobs WHERE state IN ('queued', 'running') GROUP BY queue) j ON j.queue = q.name
ORDER BY 1;

-- name: jobs_set_queue
-- Bounds a queue or lifts its bound ($3), stops it or lets it go on; NULL leaves alone: name, bound, no bound, paused.
WITH changed AS (
    INSERT INTO job_queues (name, max_running, paused) VALUES ($1, $2, coalesce($4::boolean, false))
    ON CONFLICT (name) DO UPDATE
    SET max_running = CASE WHEN $3::boolean THEN NULL ELSE coalesce(excluded.max_running, job_queues.max_running) END,
        paused = coalesce($4::boolean, job_queues.paused)
    RETURNING name)
SELECT name, pg_notify('keel_jobs', '') FROM changed;

-- name: jobs_trim
-- Removes some of what succeeded or was cancelled more than $1 seconds ago, or failed more than $2 seconds ago (NULL: never);
-- at most $3. What somebody is retrying at this moment is passed by; the last job of a schedule stays to be seen.
DELETE FROM jobs WHERE id IN (
    SELECT id FROM jobs
    WHERE finished_at < now() - make_interval(secs => least($1::float8, $2::float8))
      AND finished_at < now() - make_interval(secs => CASE state WHEN 'failed' THEN $2::float8 ELSE $1::float8 END)
      AND id NOT IN (SELECT last_job_id FROM schedules WHERE last_job_id IS NOT NULL)
    ORDER BY finished_at
    LIMIT $3
    FOR UPDATE SKIP LOCKED);
