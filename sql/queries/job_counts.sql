-- job_counts.sql - how much is in the queue, for whoever watches it

-- name: job_counts
-- How many jobs there are in each state, and since when the oldest of those that are due has been (microseconds; 0: none
-- is). Each is counted by an index, up to $1 rows, so that a queue that has grown costs no more than one that is small. What
-- succeeded is counted among as many as were finished last.
SELECT due, later, running, failed, cancelled, succeeded,
       coalesce(greatest(0, extract(epoch FROM now() - oldest) * 1000000), 0)::bigint
FROM (SELECT count(*) FILTER (WHERE is_due) AS due, count(*) FILTER (WHERE NOT is_due) AS later
      FROM (SELECT run_at <= now() AS is_due FROM jobs WHERE state = 'queued' LIMIT $1) AS queued) AS waiting,
     (SELECT min(run_at) AS oldest
      FROM (SELECT run_at FROM jobs WHERE state = 'queued' AND run_at <= now() LIMIT $1) AS queued) AS first,
     (SELECT count(*) AS running FROM (SELECT FROM jobs WHERE state = 'running' LIMIT $1) AS r) AS running,
     (SELECT count(*) AS failed FROM (SELECT FROM jobs WHERE state = 'failed' LIMIT $1) AS f) AS failed,
     (SELECT count(*) AS cancelled FROM (SELECT FROM jobs WHERE state = 'cancelled' LIMIT $1) AS c) AS cancelled,
     (SELECT count(*) FILTER (WHERE state = 'succeeded') AS succeeded
      FROM (SELECT state FROM jobs WHERE finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT $1) AS s) AS succeeded;
