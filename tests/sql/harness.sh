# harness.sh - what the tests of the SQL files share: verdicts, a scratch database, live sessions
# shellcheck shell=bash disable=SC2034
#
# The connection comes from PGHOST, PGPORT, PGUSER and so on; its role needs CREATEDB. Every test
# runs in a database made here and dropped at the end.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
passed=0
failed=0
declare -A session_fd session_pid
marks=0

# verdict SENTENCE STATUS [WHY]: says how one test ended; the reason goes below it.
verdict() {
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok - $1"
    else
        failed=$((failed + 1))
        echo "not ok - $1"
        [ -z "${3:-}" ] || printf '#   %s\n' "${3//$'\n'/$'\n#   '}"
    fi
}

# check SENTENCE GOT WANTED
check() {
    if [ "$2" = "$3" ]; then
        verdict "$1" 0
    else
        verdict "$1" 1 "wanted: $3
got:    $2"
    fi
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

close_all() {
    local name
    for name in "${!session_pid[@]}"; do
        kill "${session_pid[$name]}" 2>/dev/null || true
    done
    [ -z "${scratch:-}" ] || PGDATABASE=postgres dropdb --force --if-exists "$scratch" || true
    rm -rf "$work"
}
trap close_all EXIT

# The database is gone again at the end, whatever happens in between.
make_database() {
    PGDATABASE=postgres createdb "keel_sql_test_$$" || exit 1
    scratch="keel_sql_test_$$"
    export PGDATABASE=$scratch PGOPTIONS='-c client_min_messages=warning'
}

# sql TEXT: one transaction; prints bare values, errors with SQLSTATE and constraint.
sql() {
    psql -XAtq -1 -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -c "$1" 2>&1
}

# run_file PATH: one transaction, as the program runs it.
run_file() {
    psql -Xq -1 -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -f "$1" 2>&1
}

# error_of OUTPUT: "SQLSTATE CONSTRAINT" of the error in it, "-" for what it does not name.
error_of() {
    local state constraint
    state=$(sed -n 's/.*ERROR:  \([0-9A-Z]\{5\}\):.*/\1/p' <<<"$1" | head -n 1)
    constraint=$(sed -n 's/^CONSTRAINT NAME:  //p' <<<"$1" | head -n 1)
    echo "${state:--} ${constraint:--}"
}

# refuses SENTENCE "SQLSTATE CONSTRAINT" TEXT: nothing is kept, also when it wrongly passes.
refuses() {
    check "$1" "$(error_of "$(sql "$3; ROLLBACK")")" "$2"
}

# accepts SENTENCE WANTED TEXT: what the text prints; nothing is kept.
accepts() {
    check "$1" "$(psql -XAtq -v ON_ERROR_STOP=1 -c "BEGIN; $3; ROLLBACK" 2>&1)" "$2"
}

# open_session NAME: a psql that stays connected and is told what to do by tell.
open_session() {
    local fifo=$work/$1.in fd
    rm -f "$fifo"
    mkfifo "$fifo"
    PGAPPNAME="session_$1" psql -XAtq -v VERBOSITY=verbose <"$fifo" >"$work/$1.out" 2>&1 &
    session_pid[$1]=$!
    exec {fd}>"$fifo"
    session_fd[$1]=$fd
}

tell() {
    echo "$2" >&"${session_fd[$1]}"
}

# until_true COMMAND...: at most ten seconds.
until_true() {
    local tries
    for ((tries = 0; tries < 500; tries++)); do
        "$@" && return 0
        sleep 0.02
    done
    return 1
}

said() {
    grep -qx "$2" "$work/$1.out"
}

# settle NAME: waits until everything told so far is done.
settle() {
    marks=$((marks + 1))
    tell "$1" "\\echo mark-$marks"
    until_true said "$1" "mark-$marks"
}

waits_for_lock() {
    [ "$(psql -XAtqc "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'session_$1'
          AND wait_event_type = 'Lock'")" = 1 ]
}

close_session() {
    local fd=${session_fd[$1]}
    tell "$1" '\q'
    exec {fd}>&-
    wait "${session_pid[$1]}" || true
    unset "session_fd[$1]" "session_pid[$1]"
}
