-- doctor.sql - what keelctl doctor asks of the database

-- name: doctor_server
-- Its version, who we are, and whether that is a superuser.
SELECT current_setting('server_version'), current_user::text,
       coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), false);

-- name: doctor_clock
-- Microseconds since 1970 on the database's clock.
SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;

-- name: doctor_outbox
-- How many mails have been due for more than $1 seconds, how long the oldest, and how many were given up within a day.
SELECT count(*) FILTER (WHERE waits), coalesce(max(extract(epoch FROM now() - next_attempt_at)) FILTER (WHERE waits), 0)::bigint,
       count(*) FILTER (WHERE failed_at > now() - interval '1 day')
FROM (SELECT next_attempt_at, failed_at,
             sent_at IS NULL AND failed_at IS NULL AND next_attempt_at < now() - make_interval(secs => $1::float8) AS waits
      FROM mail_outbox WHERE sent_at IS NULL OR failed_at > now() - interval '1 day') outbox;

-- name: doctor_jobs
-- How many jobs have been due for more than $1 seconds in queues that go on, how long the oldest; how many runners have left
-- what they had in hand for so long; how many jobs failed within a day.
SELECT count(*) FILTER (WHERE waits), coalesce(max(extract(epoch FROM now() - run_at)) FILTER (WHERE waits), 0)::bigint,
       count(DISTINCT runner) FILTER (WHERE lease_until < now() - make_interval(secs => $1::float8)),
       count(*) FILTER (WHERE state = 'failed' AND finished_at > now() - interval '1 day')
FROM (SELECT j.run_at, j.runner, j.lease_until, j.state, j.finished_at,
             j.state = 'queued' AND j.run_at < now() - make_interval(secs => $1::float8)
                 AND NOT coalesce(q.paused, false) AS waits
      FROM jobs j LEFT JOIN job_queues q ON q.name = j.queue
      WHERE j.state IN ('queued', 'running', 'failed')) job;
