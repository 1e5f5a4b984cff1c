-- runner.sql - the queue as the runner sees it: taking jobs, keeping them, saying how they ended
--
-- A job whose `runner` is somebody runs: the table has a constraint for that. So what a runner says of its jobs names id,
-- attempt and runner and not the state, or PostgreSQL would look for them among all that run, and that ever ran since
-- the index was last vacuumed, instead of by their ids.

-- name: runner_claim
-- Up to $1 jobs that are due, highest priority and longest due first, for the runner $5 for $6 seconds: of the kinds $2 and
-- (NULL: all) the queues $3, but of none that has a bound or stands still. $4: more bytes of arguments than that are read
-- by whoever runs the job. Whoever looks at the same time takes others.
WITH due AS MATERIALIZED (
    SELECT id FROM jobs
    WHERE state = 'queued' AND run_at <= now() AND kind = ANY ($2::text[])
      AND ($3::text[] IS NULL OR queue = ANY ($3::text[]))
      AND queue <> ALL (ARRAY(SELECT name FROM job_queues WHERE max_running IS NOT NULL OR paused))
    ORDER BY priority DESC, run_at, id
    LIMIT $1
    FOR UPDATE SKIP LOCKED)
UPDATE jobs
SET state = 'running', attempt = attempt + 1, runner = $5, started_at = clock_timestamp(), cancel_requested_at = NULL,
    lease_until = clock_timestamp() + make_interval(secs => $6::float8)
FROM due WHERE jobs.id = due.id
RETURNING jobs.id, kind, attempt, priority, (extract(epoch FROM run_at) * 1000000)::bigint, failures,
          coalesce(user_id, 0), octet_length(args::text) + coalesce(octet_length(result::text), 0) > $4,
          CASE WHEN octet_length(args::text) + coalesce(octet_length(result::text), 0) <= $4 THEN args END,
          CASE WHEN octet_length(args::text) + coalesce(octet_length(result::text), 0) <= $4 THEN result END;

-- name: runner_has_bounds
-- Whether any queue has a bound.
SELECT EXISTS (SELECT FROM job_queues WHERE max_running IS NOT NULL AND NOT paused);

-- name: runner_lock_bounded
-- The queues with a bound, of the queues $1 (NULL: all), that no other runner takes from at this moment.
SELECT name, max_running FROM job_queues
WHERE max_running IS NOT NULL AND NOT paused AND ($1::text[] IS NULL OR name = ANY ($1::text[]))
ORDER BY name
FOR UPDATE SKIP LOCKED;

-- name: runner_claim_bounded
-- The same as runner_claim of one queue that runner_lock_bounded has locked, $3, as many as its bound $7 leaves. A
-- statement of its own: it sees what the runner that had the lock before has taken.
WITH due AS MATERIALIZED (
    SELECT id FROM jobs
    WHERE state = 'queued' AND run_at <= now() AND kind = ANY ($2::text[]) AND queue = $3
    ORDER BY priority DESC, run_at, id
    LIMIT greatest(0, least($1::bigint, $7 - (SELECT count(*) FROM jobs AS r WHERE r.queue = $3 AND r.state = 'running')))
    FOR UPDATE SKIP LOCKED)
UPDATE jobs
SET state = 'running', attempt = attempt + 1, runner = $5, started_at = clock_timestamp(), cancel_requested_at = NULL,
    lease_until = clock_timestamp() + make_interval(secs => $6::float8)
FROM due WHERE jobs.id = due.id
RETURNING jobs.id, kind, attempt, priority, (extract(epoch FROM run_at) * 1000000)::bigint, failures,
          coalesce(user_id, 0), octet_length(args::text) + coalesce(octet_length(result::text), 0) > $4,
          CASE WHEN octet_length(args::text) + coalesce(octet_length(result::text), 0) <= $4 THEN args END,
          CASE WHEN octet_length(args::text) + coalesce(octet_length(result::text), 0) <= $4 THEN result END;

-- name: runner_load
-- Arguments and result of a job that were too long to be handed on.
SELECT args, result FROM jobs WHERE id = $1;

-- name: runner_renew
-- Another $5 seconds for the jobs $2 in their attempts $3, which are $4 done (NULL: not known), of the runner $1; gives
-- those of them that are still its own, and whether somebody wants them to end. A row that its job's own transaction has
-- locked is not waited for: that lock keeps others away as well (see runner_expired).
WITH held AS (
    SELECT * FROM unnest($2::bigint[], $3::integer[], $4::numeric[]) AS h (id, attempt, progress)
), mine AS (
    SELECT j.id, h.progress FROM jobs AS j
    JOIN held AS h ON h.id = j.id AND h.attempt = j.attempt
    WHERE j.runner = $1
    FOR NO KEY UPDATE OF j SKIP LOCKED
), renewed AS (
    UPDATE jobs AS j
    SET lease_until = clock_timestamp() + make_interval(secs => $5::float8), progress = coalesce(mine.progress, j.progress)
    FROM mine WHERE j.id = mine.id
)
SELECT j.id, j.cancel_requested_at IS NOT NULL
FROM jobs AS j
JOIN held AS h ON h.id = j.id AND h.attempt = j.attempt
WHERE j.runner = $1;

-- name: runner_succeed
-- The runner $1 is done with the jobs $2 in their attempts $3; their results $4 (NULL: what the job saved stays). Gives
-- those that were still its own.
UPDATE jobs AS j
SET state = 'succeeded', runner = NULL, lease_until = NULL, finished_at = clock_timestamp(),
    progress = CASE WHEN j.progress IS NOT NULL THEN 1 END, result = coalesce(d.result, j.result)
FROM unnest($2::bigint[], $3::integer[], $4::jsonb[]) AS d (id, attempt, result)
WHERE j.id = d.id AND j.attempt = d.attempt AND j.runner = $1
RETURNING j.id;

-- name: runner_settle
-- How jobs of the runners $1 ended that did not succeed: ids, attempts, outcomes (`failed`: counts, and tried again after
-- a while or not; `released`: given back as if nothing had happened; `cancelled`), messages (NULL: none), and of each
-- kind how often it may fail, and the seconds after the first failure, which double with each further one up to six
-- hours, less up to a quarter: those that failed together do not come back together. Gives those that were still theirs.
WITH told AS (
    SELECT t.*, j.failures + (t.outcome = 'failed')::integer AS failures, coalesce(j.max_attempts, t.attempts) AS most,
           j.cancel_requested_at IS NOT NULL AS is_unwanted
    FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::integer[], $7::integer[])
        AS t (runner, id, attempt, outcome, message, attempts, backoff_s)
    JOIN jobs AS j ON j.id = t.id AND j.attempt = t.attempt AND j.runner = t.runner
    FOR NO KEY UPDATE OF j
), judged AS (
    SELECT told.*, CASE WHEN outcome = 'cancelled' OR is_unwanted THEN 'cancelled'
                        WHEN outcome = 'failed' AND failures >= most THEN 'failed'
                        ELSE 'queued' END AS state
    FROM told
)
UPDATE jobs AS j
SET state = e.state, failures = e.failures, runner = NULL, lease_until = NULL,
    finished_at = CASE WHEN e.state <> 'queued' THEN clock_timestamp() END,
    run_at = CASE WHEN e.state = 'queued' AND e.outcome = 'failed'
                  THEN clock_timestamp() + make_interval(secs => least(21600, e.backoff_s
                       * power(2, least(e.failures - 1, 20))) * (1 - random() / 4))
                  ELSE j.run_at END,
    errors = CASE WHEN e.message IS NULL THEN j.errors
                  ELSE CASE WHEN jsonb_array_length(j.errors) >= 20 THEN j.errors - 0 ELSE j.errors END
                       || jsonb_build_object('at', to_char(clock_timestamp(), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                                             'attempt', j.attempt, 'message', e.message) END
FROM judged AS e
WHERE j.id = e.id
RETURNING j.id, j.state, CASE WHEN e.outcome = 'released' THEN pg_notify('keel_jobs', '') END;

-- name: runner_expired
-- Up to 100 jobs whose runner has not renewed them in time, with id, attempt, runner and kind, locked for runner_settle. A
-- job whose transaction holds its row lives, whatever its runner says.
SELECT id, attempt, runner, kind FROM jobs
WHERE state = 'running' AND lease_until < now()
LIMIT 100
FOR UPDATE SKIP LOCKED;

-- name: runner_hold
-- A row while the job $1 is the runner's $3 in its attempt $2; until the transaction ends nobody else takes it.
SELECT FROM jobs WHERE id = $1 AND attempt = $2 AND runner = $3 FOR KEY SHARE;

-- name: runner_save
-- What the next attempt of a job begins with, $4; it got on, so that what went wrong before does not count any more.
UPDATE jobs SET result = $4::jsonb, failures = 0
WHERE id = $1 AND attempt = $2 AND runner = $3;
