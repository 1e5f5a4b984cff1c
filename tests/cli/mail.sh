#!/usr/bin/env bash
# mail.sh - tests of keelctl mail as operators and cron call it: real processes, a real PostgreSQL, a real SMTP server
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
called=("$keelctl" mail)
unset "${!KEEL_@}"
export KEEL_ENV=testing KEEL_MAIL_FOLDER=$work/mails KEEL_MAIL_TIMEOUT_S=20
servers=()
trap 'kill "${servers[@]}" 2>/dev/null; close_all' EXIT

# queue NUMBER: so many mails, each with a secret in its link.
queue() {
    sql "INSERT INTO mail_outbox (kind, recipient, subject, text_body, html_body, message_id)
         SELECT 'reset', 'ada' || n || '@example.org', 'Subject', 'https://x/reset#token=kp_secret', '<p>html</p>',
                '<' || gen_random_uuid() || '@x>' FROM generate_series(1, $1) n"
}

empty() {
    sql "TRUNCATE mail_outbox RESTART IDENTITY"
    rm -rf "$work/mails" "$work/smtp"
}

# write_command LINES: the mail command becomes a script of these lines.
write_command() {
    printf '#!/bin/bash\n%s\n' "$1" >"$work/command"
    chmod 0700 "$work/command"
    export KEEL_MAIL_TRANSPORT=sendmail KEEL_MAIL_COMMAND="$work/command $work"
}

# serve MOOD: an SMTP server without TLS, whose mails lie in $work/smtp.
serve() {
    mkdir -p "$work/smtp"
    exec {server_out}< <(exec python3 "$root/tests/support/smtp_server.py" "$work/smtp" "$1" 2>/dev/null)
    servers+=("$!")
    read -r -u "$server_out" port
    export KEEL_MAIL_TRANSPORT=smtp KEEL_MAIL_SMTP_URL=smtp://127.0.0.1:$port KEEL_MAIL_SMTP_TLS=off
}

stop_serving() {
    kill "${servers[@]}" 2>/dev/null
    servers=()
    exec {server_out}<&-
    unset KEEL_MAIL_TRANSPORT KEEL_MAIL_SMTP_URL KEEL_MAIL_SMTP_TLS
}

taken() {
    find "$work/smtp" -name '*.mail' | wc -l
}

test_calling() {
    run
    says "mail without a form is misuse" 2 "Say what mail shall do" "Usage: keelctl mail send"
    run frobnicate
    says "an unknown form is named" 2 "frobnicate"
    run send --limit 0
    says "no mails at most is refused" 2 "--limit"
    run retry
    says "retry wants to know which" 2 "--all-failed"
    run retry x
    says "retry wants a number" 2 "its number"
    run retry 1 --all-failed
    says "retry wants one or the other" 2 "--all-failed"
    run test
    says "test wants an address" 2 "an address"
    run test ada@example.org --kind pigeon
    says "test knows its kinds" 2 "pigeon"
    KEEL_MAIL_TRANSPORT=none run send
    says "where no mail is sent it says so" 1 "KEEL_MAIL_TRANSPORT is none"
}

test_worker_stays_small() {
    check "the worker has nothing of libcurl" "$(readelf -d "$programs/api" | grep -c libcurl)" 0
    check "keelctl has it" "$(readelf -d "$keelctl" | grep -c 'NEEDED.*libcurl')" 1
}

test_kinds() {
    local kind
    for kind in verify reset email_change email_changed password_changed new_device registered_again invite totp_on totp_off test; do
        empty
        run test ada@example.org --kind "$kind"
        says "test sends a sample of $kind" 0 "was handed over (folder)"
        # The reader writes in hexadecimal digits: two parts, no defect.
        check "it is a whole mail" "$(find "$work/mails" -name '*.eml' -exec python3 "$root/tests/support/read_mail.py" {} + |
            grep -E '^(parts|defects) ' | tr '\n' ' ')" "parts 32 defects 30 "
    done
    run test 'ada@example.org, bob@example.org'
    says "test sends to one address" 1 "no address"
}

test_send() {
    empty
    run send
    says "with nothing due there is nothing to do" 0 "0 sent"
    queue 3
    run send --limit 2
    says "send sends, up to a limit" 0 "2 sent, 0 to be tried again, 0 given up."
    run send
    says "and the rest" 0 "1 sent"
    check "a file for each is in the folder" "$(find "$work/mails" -name '*.eml' | wc -l)" 3
    check "readable by nobody else" "$(stat -c %a "$work/mails") $(stat -c %a "$work"/mails/* | sort -u)" "700 600"
    check "the outbox has no secret left" "$(sql "SELECT count(*) FROM mail_outbox o WHERE o::text LIKE '%kp_secret%'")" 0
    run list
    says "list shows them" 0 $'1\treset\tada1@example.org\tsent\t1'
    check "without what was in them" "$(grep -c kp_secret "$work/out")" 0
}

test_failures() {
    empty
    write_command 'echo "queue is full" >&2; exit 75'
    queue 2
    run send
    says "what fails is told, and the exit status is 1" 1 "0 sent, 2 to be tried again" "mail 1: " "queue is full"
    check "no secret is told" "$(cat "$work/out" "$work/err" | grep -c kp_secret)" 0
    run list --failed
    says "list --failed shows why" 0 $'waiting\t1' "queue is full"
    run send
    says "it is not due again at once" 0 "0 sent, 0 to be tried again"
    unset KEEL_MAIL_TRANSPORT KEEL_MAIL_COMMAND
    run retry 2
    says "retry makes one due" 0 "Mail 2 is due now"
    check "and has somebody send it" "$(sql "SELECT kind || ' ' || state FROM jobs")" "mail.send queued"
    run send
    says "so that it goes out" 0 "1 sent"
    run retry 2
    says "what was sent is not sent again" 1 "No mail 2 waits"
    run retry 99
    says "nor what is not there" 1 "No mail 99"
    write_command 'exit 67'
    run retry --all-failed
    says "all that failed can be made due" 0 "1 due now"
    run send
    says "what is refused is given up" 1 "1 given up"
    run list --failed
    says "and kept" 0 "given up" "67"
    unset KEEL_MAIL_TRANSPORT KEEL_MAIL_COMMAND
    run retry --all-failed
    run send
    says "a mail given up can be tried again" 0 "1 sent"
}

test_smtp() {
    empty
    serve plain
    queue 5
    run send
    says "mails go out over SMTP" 0 "5 sent"
    check "each once" "$(taken)" 5
    stop_serving
    empty
    serve 550
    queue 1
    run send
    says "a recipient that is refused is given up" 1 "1 given up" "550 5.1.1 nobody here"
    stop_serving
    empty
    serve drop
    queue 1
    run send
    says "a connection that breaks in the middle is for another time" 1 "1 to be tried again"
    stop_serving
    queue 1
    KEEL_MAIL_TRANSPORT=smtp KEEL_MAIL_SMTP_URL=smtp://127.0.0.1:1 KEEL_MAIL_SMTP_USER=me KEEL_MAIL_SMTP_PASSWORD=hush run send
    says "so is a server that is away" 1 "1 to be tried again"
    check "no password is told" "$(cat "$work/out" "$work/err" | grep -c hush)" 0
}

test_two_at_once() {
    local first
    empty
    serve plain
    queue 200
    "$keelctl" mail send >"$work/first" 2>&1 &
    first=$!
    run send
    wait "$first"
    check "two drains at once both succeed" "$? $status" "0 0"
    check "each mail went out once" "$(taken) $(cat "$work"/smtp/*.mail | grep -i '^Message-ID' | sort -u | wc -l)" "200 200"
    check "each took one attempt" "$(sql "SELECT count(*) FROM mail_outbox WHERE attempts = 1 AND sent_at IS NOT NULL")" 200
    stop_serving
}

is_claimed() {
    [ "$(sql "SELECT count(*) FROM mail_outbox WHERE claimed_until > now()")" = 1 ]
}

test_killed() {
    local drain
    empty
    serve slow
    queue 1
    "$keelctl" mail send >/dev/null 2>&1 &
    drain=$!
    until_true is_claimed
    kill -9 "$drain"
    wait "$drain" 2>/dev/null
    run send
    says "what a killed drain had in hand is left alone while its claim lasts" 0 "0 sent"
    run list
    says "list says so" 0 "being sent"
    sql "UPDATE mail_outbox SET claimed_until = now()"
    run send
    says "and is sent when it has run out" 0 "1 sent"
    check "if it goes out twice, one can see that it is one mail" \
        "$(cat "$work"/smtp/*.mail | grep -i '^Message-ID' | sort -u | wc -l)" 1
    stop_serving
}

make_database
export KEEL_DATABASE_URL="host=$PGHOST port=${PGPORT:-5432} user=$PGUSER password=${PGPASSWORD:-} dbname=$PGDATABASE"
"$keelctl" migrate up >/dev/null || exit 1
test_calling
test_worker_stays_small
test_kinds
test_send
test_failures
test_smtp
test_two_at_once
test_killed
finish
