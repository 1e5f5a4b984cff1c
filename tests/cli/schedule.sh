#!/usr/bin/env bash
# schedule.sh - tests of keelctl schedule as operators call it: real processes, a real PostgreSQL
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
called=("$keelctl" schedule)
unset "${!KEEL_@}"
export KEEL_ENV=testing
trap close_all EXIT

test_calling() {
    run
    says "schedule without a form is misuse" 2 "Usage: keelctl schedule list"
    run frobnicate
    says "an unknown form is named" 2 "frobnicate"
    run pause
    says "pause wants a name" 2 "which schedule"
    run pause nothing
    says "of one that is there" 1 "Schedule not found"
    run run
    says "run wants a name" 2 "which schedule"
    run run nothing
    says "of one that is there, too" 1 "Schedule not found"
    run set purge
    says "set wants to know what" 2 "--cron"
    run set --cron '@daily'
    says "and of which one" 2 "which schedule"
    run set purge --cron '@daily' now
    says "a word too many is refused" 2 "now is not expected"
}

test_list() {
    run list
    says "list shows the seeded ones" 0 $'purge\t10 3 * * *\tUTC\tpurge\tonce' $'mail.send\t* * * * *'
    check "by name" "$(tail -n +2 "$work/out" | cut -f 1 | sort -c && echo yes)" yes
}

test_set() {
    run set purge --cron '30 4 * * mon' --zone Europe/Berlin --catch-up none
    says "set changes all that it is told" 0 "purge was changed."
    check "so that it is there" "$(sql "SELECT expression, time_zone, catch_up FROM schedules WHERE name = 'purge'")" \
        '30 4 * * mon|Europe/Berlin|none'
    check "with its next time by the clocks of its zone" \
        "$(sql "SELECT to_char(next_run_at AT TIME ZONE 'Europe/Berlin', 'HH24:MI ID'), next_run_at > now() FROM schedules WHERE name = 'purge'")" \
        '04:30 1|t'
    run set purge --catch-up all
    says "one thing alone" 0 "purge was changed."
    check "leaves the others" "$(sql "SELECT expression, time_zone, catch_up FROM schedules WHERE name = 'purge'")" \
        '30 4 * * mon|Europe/Berlin|all'
    run set purge --cron '0 25 * * *'
    says "nonsense is refused with its place" 1 "hour: 25 is not between 0 and 23"
    run set purge --zone Middle-earth/Bree
    says "so is a zone that nobody knows" 1 "There is no time zone Middle-earth/Bree"
    run set purge --catch-up some
    says "and another rule" 1 "none|once|all"
    check "and nothing is changed then" "$(sql "SELECT expression, time_zone, catch_up FROM schedules WHERE name = 'purge'")" \
        '30 4 * * mon|Europe/Berlin|all'
}

test_pause() {
    run pause purge
    says "pause pauses" 0 "purge is paused."
    run list
    says "list says so" 0 $'\tpaused'
    sql "UPDATE schedules SET next_run_at = now() - interval '1 month' WHERE name = 'purge'"
    run resume purge
    says "resume lets it go on" 0 "purge goes on with its next time."
    check "with what comes, not with what was" "$(sql "SELECT next_run_at > now() FROM schedules WHERE name = 'purge'")" t
    run list
    check "list has no pause left" "$(grep -c paused "$work/out")" 0
}

test_run() {
    run run purge
    says "run puts a job into the queue" 0 "Job 1 was enqueued."
    check "of its kind" "$(sql "SELECT kind, args ? 'scheduled_at' FROM jobs")" 'purge|t'
    run run purge
    says "one at a time" 0 "Job 1 of this schedule is not over"
    run list
    says "list shows how it is" 0 $'\tqueued\t'
    sql "UPDATE jobs SET state = 'failed', finished_at = now(), errors = '[{\"message\": \"It fell.\"}]'"
    run list
    says "and why it failed" 0 $'\tfailed\tIt fell.'
}

make_database
export KEEL_DATABASE_URL="host=$PGHOST port=${PGPORT:-5432} user=$PGUSER password=${PGPASSWORD:-} dbname=$PGDATABASE"
"$keelctl" migrate up >/dev/null || exit 1
test_calling
test_list
test_set
test_pause
test_run
finish
