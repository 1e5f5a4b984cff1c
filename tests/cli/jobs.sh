#!/usr/bin/env bash
# jobs.sh - tests of keelctl jobs as operators call it: real processes, a real PostgreSQL
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
export KEEL_ENV=testing
trap close_all EXIT

empty() {
    sql "TRUNCATE jobs, job_queues RESTART IDENTITY"
}

# fail_job ID MESSAGE: as its runner does when its attempts are used up.
fail_job() {
    sql "UPDATE jobs SET state = 'failed', attempt = 1, failures = 1, finished_at = now(),
                errors = jsonb_build_array(jsonb_build_object('at', '2026-01-12T10:00:00Z', 'attempt', 1, 'message', '$2'))
         WHERE id = $1"
}

test_calling() {
    run
    says "jobs without a form is misuse" 2 "Usage: keelctl jobs run"
    run frobnicate
    says "an unknown form is named" 2 "frobnicate"
    run show
    says "show wants a job" 2 "its number"
    run show x
    says "by its number" 2 "its number"
    run show 99
    says "one that is there" 1 "Job not found"
    run enqueue
    says "enqueue wants a kind" 2 "what kind"
    run enqueue nop
    says "one that there is" 2 "There is no kind of job nop, but noop"
    run enqueue noop '{'
    says "arguments that are no JSON are refused" 2 "JSON"
    run enqueue noop '[1]'
    says "so are those that are no object" 2 "object"
    run enqueue noop --priority 101
    says "a priority has bounds" 2 "--priority"
    run enqueue noop '{}' b
    says "a word too many is refused" 2 "b is not expected"
    run snooze 1
    says "snooze wants to know how long" 2 "seconds"
    run snooze 1 -5
    says "and not backwards" 2 "seconds"
    run retry
    says "retry wants to know which" 2 "its number"
    run list --state lost
    says "list knows the states" 2 "state"
    run queue
    says "queue wants a name" 2 "which queue"
    run queue slow
    says "and what to change" 2 "--max-running"
    run queue slow --pause --resume
    says "not both" 2 "--pause"
    run queue slow --max-running 2 --unbounded
    says "nor these" 2 "--unbounded"
    run queue slow --max-running 0
    says "a bound is at least 1" 2 "--max-running"
}

test_enqueue() {
    empty
    run list
    says "an empty queue has headings only" 0 "ID"
    run enqueue noop
    says "enqueue tells the number" 0 "Job 1 was enqueued."
    run enqueue noop '{"name": "Ada"}' --queue slow --priority -5 --unique ada --in 3600
    says "with all that an order can say" 0 "Job 2 was enqueued."
    check "it is there so" "$(sql "SELECT kind, args, queue, priority, unique_key, run_at > now() + '59 minutes' FROM jobs WHERE id = 2")" \
        'noop|{"name": "Ada"}|slow|-5|ada|t'
    run enqueue noop --unique ada
    says "a key is there once" 0 "Job 2 has this key" "none was enqueued"
    run list
    says "list shows them" 0 $'2\tnoop\tslow\tqueued\t0\t0' $'1\tnoop\tdefault\tqueued'
    run list --queue slow
    check "list filters by queue" "$(cut -f 1 "$work/out" | tail -n +2)" 2
    run list --kind nothing
    check "and kind" "$(tail -n +2 "$work/out")" ""
    run list --limit 1
    check "and shows the newest" "$(cut -f 1 "$work/out" | tail -n +2)" 2
}

test_steps() {
    empty
    run enqueue noop
    run enqueue noop
    run enqueue mail.send
    run snooze 1 600
    says "snooze puts off" 0 "Job 1 is due in 600 seconds."
    check "so far" "$(sql "SELECT round(extract(epoch FROM run_at - now()) / 60) FROM jobs WHERE id = 1")" 10
    run retry 1
    says "retry makes due what waits" 0 "Job 1 is due now."
    run cancel 1
    says "cancel ends what waits" 0 "Job 1 is cancelled"
    run cancel 1
    says "once" 1 "A job that has been cancelled cannot be cancelled"
    run snooze 1 5
    says "what is over is not put off" 1 "cannot be put off"
    run retry 1
    says "but can be run again" 0 "Job 1 is due now."
    fail_job 2 "It fell."
    fail_job 3 "It fell, too."
    run list --state failed
    says "list --state failed tells why" 0 "It fell." "It fell, too."
    run retry --all-failed --kind mail.send
    says "all that failed of a kind are retried" 0 "1 job is due now."
    run retry --all-failed
    says "or all" 0 "1 job is due now."
    run retry 99
    says "retry wants one that is there" 1 "Job not found"
}

test_show() {
    empty
    run enqueue noop '{"name": "Ada"}'
    fail_job 1 "It fell."
    run show 1
    says "show tells all" 0 "kind                 noop" 'args                 {"name": "Ada"}' "ATTEMPT" "It fell."
    check "and nothing that is not known" "$(grep -c -e '^progress' -e '^runner' "$work/out")" 0
    run show 1 --json
    says "for programs as over HTTP" 0 '"kind":"noop"' '"message": "It fell."' '"progress":null'
    check "as JSON" "$(python3 -m json.tool <"$work/out" >/dev/null && echo yes)" yes
}

test_stats() {
    empty
    sql "INSERT INTO jobs (kind, queue, run_at) VALUES ('a', 'x', now() - interval '90 s'), ('a', 'x', now() - interval '1 s'),
         ('a', 'x', now() + interval '1 h'), ('a', 'y', now()), ('b', 'x', now())"
    fail_job 5 "It fell."
    run stats
    says "stats counts by kind, queue and state" 0 $'a\tx\t2\t1\t0\t0\t0\t0\t9' $'a\ty\t1\t0\t0\t0\t0\t0\t0' $'b\tx\t0\t0\t0\t0\t1\t0\t'
}

test_queues() {
    empty
    run enqueue noop --queue busy
    run queue slow --max-running 2
    says "a queue is bounded" 0 "The queue slow was changed."
    run queue slow --pause
    run queues
    says "what else holds stays, and busy queues are there, too" 0 $'slow\t2\tpaused\t0\t0' $'busy\t\tgoes on\t1\t0'
    run queue slow --resume --unbounded
    run queues
    says "bound and pause go" 0 $'slow\t\tgoes on\t0\t0'
    run queue new --pause
    run queues
    says "a queue can be paused before its first job" 0 $'new\t\tpaused\t0\t0'
}

make_database
export KEEL_DATABASE_URL="host=$PGHOST port=${PGPORT:-5432} user=$PGUSER password=${PGPASSWORD:-} dbname=$PGDATABASE"
"$keelctl" migrate up >/dev/null || exit 1
test_calling
test_enqueue
test_steps
test_show
test_stats
test_queues
finish
