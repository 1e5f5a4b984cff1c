# shellcheck shell=bash
# jobs.sh - what one runner of jobs does in a second, and how soon it is there
#
# Of jobs that do nothing: the cost is that of the queue.

# Writes "jobs/s p50-ms p99-ms grown-KiB" to $work/jobs.
jobs_measure() {
    local rate latency grown
    # The instance's own would take some of the jobs.
    instance_stop_jobs
    rate=$(jobs_rate 20000)
    latency=$(jobs_latency) || exit 1
    latency=${latency/|/ }
    grown=$(jobs_growth) || exit 1
    printf '%s %s %s\n' "$rate" "$latency" "$grown" >"$work/jobs"
    say "$rate jobs a second; begun ${latency% *} ms after the order (p50; p99 ${latency#* }); the runner grew by $grown KiB"
}

# jobs_run WORDS...: becomes a runner with the settings of the measured instance.
jobs_run() {
    unset ${!KEEL_@}
    export KEEL_CONFIG=$var/worker.env KEEL_LOG=stderr
    exec "$programs/keelctl" jobs run "$@" 2>>"$work/jobs.log"
}

# jobs_order COUNT
jobs_order() {
    instance_sql app <<<"INSERT INTO jobs (kind) SELECT 'noop' FROM generate_series(1, $1)" >/dev/null
}

# jobs_rate COUNT: prints the jobs a second of so many that lie there when the runner begins.
jobs_rate() {
    instance_sql owner <<<'DELETE FROM jobs; VACUUM (ANALYZE) jobs;' >/dev/null
    jobs_order "$1"
    (jobs_run --once) || die "The runner failed: $(tail -n 1 "$work/jobs.log")"
    instance_sql app <<<"SELECT round(count(*) / extract(epoch FROM max(finished_at) - min(started_at))) FROM jobs
        WHERE kind = 'noop' AND state = 'succeeded'"
}

# Prints p50 and p99 in ms from the order to the beginning, of jobs that are ordered one by one, 50 a second. An order's time
# is that of its transaction's begin, so that its commit is in it; the runner's log has the job's end and how long it took.
jobs_latency() {
    local runner
    instance_sql owner <<<'DELETE FROM jobs' >/dev/null
    : >"$work/jobs.log"
    (jobs_run) >/dev/null &
    runner=$!
    # Whatever happens: nobody else knows of it.
    trap "jobs_stop $runner" EXIT
    sleep 1
    printf '%s\n' "INSERT INTO jobs (kind) VALUES ('noop')" >"$work/order.sql"
    PGSERVICEFILE=$work/services "$postgres_tools/pgbench" --no-vacuum --client=1 --rate=50 --time=4 \
        --file="$work/order.sql" service=app >>"$work/instance.log" 2>&1 ||
        die "pgbench could not order jobs: $(tail -n 1 "$work/instance.log")"
    sleep 1
    grep '"kind":"noop"' "$work/jobs.log" >"$work/ended" || die "The runner logged no job."
    instance_sql owner <<SQL
CREATE TEMPORARY TABLE ended (line jsonb);
\\copy ended FROM '$work/ended' WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')
SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::numeric, 2),
       round(percentile_cont(0.99) WITHIN GROUP (ORDER BY ms)::numeric, 2)
FROM (SELECT extract(epoch FROM (line->>'time')::timestamptz - created_at) * 1000 - (line->>'us')::int / 1000.0 AS ms
      FROM ended JOIN jobs ON jobs.id = (line->>'id')::bigint) AS started;
SQL
}

# Prints by how many KiB the memory of its own grew between 5,000 and 30,000 jobs; 0 where /proc does not show it to us.
jobs_growth() {
    local runner early late
    (jobs_run) >/dev/null &
    runner=$!
    trap "jobs_stop $runner" EXIT
    jobs_order 5000
    jobs_wait
    early=$(memory_read "$runner") || early="0 0"
    jobs_order 25000
    jobs_wait
    late=$(memory_read "$runner") || late="0 0"
    printf '%s\n' $((${late#* } - ${early#* }))
}

jobs_stop() {
    kill -s TERM "$1" && wait "$1" || say "The runner failed: $(tail -n 1 "$work/jobs.log")"
}

jobs_wait() {
    local left=600
    until [[ $(instance_sql app <<<"SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')") == 0 ]]; do
        ((left-- > 0)) || die "The jobs are not done after a minute."
        sleep 0.1
    done
}
