#!/usr/bin/env bash
# jobs_runner.sh - tests of keelctl jobs run and jobs kinds: real processes, a real PostgreSQL
#
# KEEL_PROGRAMS   folder of api and keelctl (default: build)
set -uo pipefail
export LC_ALL=C.UTF-8

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/sql/harness.sh disable=SC2154
. "$here/../sql/harness.sh"
# shellcheck source=tests/support/calls.sh
. "$here/../support/calls.sh"

programs=${KEEL_PROGRAMS:-$root/build}
keelctl=$programs/keelctl
called=("$keelctl" jobs)
unset "${!KEEL_@}"
export KEEL_ENV=testing KEEL_LOG=$work/log KEEL_MAIL_FOLDER=$work/mails
runner=
trap '[ -z "$runner" ] || kill -9 "$runner" 2>/dev/null; close_all' EXIT

# are STATES: those of all jobs, in order.
are() {
    [ "$(sql "SELECT string_agg(state, ' ' ORDER BY id) FROM jobs")" = "$1" ]
}

begin() {
    sql "TRUNCATE jobs RESTART IDENTITY"
    : >"$work/log"
    "$keelctl" jobs run "$@" >"$work/out" 2>"$work/err" </dev/null &
    runner=$!
}

# ended SENTENCE STATUS: the runner that begin started ends so.
ended() {
    local status
    wait "$runner"
    status=$?
    runner=
    check "$1" "$status $(<"$work/err")" "$2 "
}

test_calling() {
    run run --processes 0
    says "a runner has at least one process" 2 "--processes"
    run run --queue a,,b
    says "queues have names" 2 "--queue"
    run run --max-seconds x
    says "seconds are a number" 2 "--max-seconds"
    run run now
    says "what nobody reads is misuse" 2 "now"
    KEEL_DATABASE_URL='' run run
    says "without a database it says so" 1 "KEEL_DATABASE_URL"
    KEEL_DATABASE_URL='host=/nowhere password=hush' run run --once
    says "with one that is away, and only one look, too" 1 "not available"
    check "no password is told" "$(grep -c hush "$work/out" "$work/err" "$work/log" | grep -vc ':0')" 0
    KEEL_JOB_LEASE_S=1 run run
    says "a setting that is wrong is named" 1 "KEEL_JOB_LEASE_S"
}

test_kinds() {
    run kinds
    says "kinds lists what can be done" 0 $'noop\t3\t10 s' $'mail.send\t' $'audit.trim\t'
}

test_once() {
    sql "INSERT INTO jobs (kind) SELECT 'noop' FROM generate_series(1, 50)"
    run run --once --max-seconds 50
    says "with --once it does what is due, and ends" 0
    check "all of it" "$(sql "SELECT count(*) FROM jobs WHERE kind = 'noop' AND state = 'succeeded'")" 50
    check "what it says is in the log" "$(grep -c '"kind":"noop".*"outcome":"succeeded"' "$work/log")" 50
    check "the schedules have their next times" "$(sql "SELECT count(*) FROM schedules WHERE next_run_at IS NULL")" 0
    # What comes by the clock would be among what is counted.
    sql "UPDATE schedules SET paused = true"
}

test_queues() {
    sql "TRUNCATE jobs RESTART IDENTITY; INSERT INTO jobs (kind, queue) VALUES ('noop', 'a'), ('noop', 'b'), ('noop', 'c')"
    run run --once --queue a,c
    says "--queue names those that are looked at" 0
    check "the others wait" "$(sql "SELECT string_agg(state, ' ' ORDER BY id) FROM jobs WHERE kind = 'noop'")" "succeeded queued succeeded"
}

test_staying() {
    local pids
    begin --processes 3 --queue q
    until_true grep -q 'has begun' "$work/log"
    run enqueue noop --queue q
    until_true are succeeded
    verdict "a runner that stays does what is ordered" $?
    pids=$(pgrep -P "$runner")
    check "it has as many processes as it was told" "$(wc -w <<<"$pids")" 3
    kill -9 "$(head -n 1 <<<"$pids")"
    run enqueue noop --queue q
    until_true are "succeeded succeeded"
    verdict "it gets over the loss of one" $?
    kill -s TERM "$runner"
    ended "TERM ends it, well and in silence" 0
    check "and its processes" "$(ps -o pid= -p "${pids//$'\n'/,}" | wc -l)" 0
    begin --poll-only --max-seconds 2
    run enqueue noop
    until_true are succeeded
    verdict "a runner that only looks does so, too" $?
    ended "and ends after its time" 0
}

make_database
export KEEL_DATABASE_URL="host=$PGHOST port=${PGPORT:-5432} user=$PGUSER password=${PGPASSWORD:-} dbname=$PGDATABASE"
"$keelctl" migrate up >/dev/null || exit 1
test_calling
test_kinds
test_once
test_queues
test_staying
finish
