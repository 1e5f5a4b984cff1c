-- Takes back 0014_jobs: what waited in the queue is lost.
DROP TABLE job_queues;
DROP TABLE jobs;
DROP FUNCTION jobs_notify();
