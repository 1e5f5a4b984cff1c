#!/usr/bin/env bash
# import.sh - tests of keelctl import as operators call it: files, pipes, refused rows, Ctrl-C
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
called=("$keelctl" import)
unset "${!KEEL_@}"
export KEEL_ENV=testing

rows() {
    sql "SELECT string_agg(concat_ws(':', id, name, price), ' ' ORDER BY id) FROM items"
}

test_calling() {
    run </dev/null
    says "import without a resource lists those that there are" 2 "items" "categories" "Usage: keelctl import"
    check "what nobody may add one by one is not among them" "$(grep -c 'users\|entries' <<<"$err")" 0
    run users "$work/a.csv"
    says "accounts do not come from files" 2 "There is no resource users"
    run items
    says "a file is needed" 2 "standard input"
    run items "$work/nothing.csv"
    says "a file that is not there is named" 1 "$work/nothing.csv" "No such file"
    run items "$work"
    says "a folder is no file" 2 "is no file"
    run items "$work/a.csv" --mode half
    says "a mode is one of those there are" 2 "all_or_nothing|best_effort"
    run items "$work/a.csv" --on-conflict replace
    says "so is what becomes of a row that is there" 2 "error|skip|update"
    run --resume 5 items
    says "what is gone on with was asked for before" 2 "--resume"
    run --resume x
    says "an import is a number" 2 "--resume"
    run --resume 99999
    says "an import that is not there is named" 1 "99999"
}

test_files() {
    printf 'name,price\nPot,1.5\nPan,2\n' >"$work/a.csv"
    run items "$work/a.csv"
    says "all rows are added" 0 "succeeded: 2 rows; 2 added, 0 updated, 0 unchanged, 0 skipped, 0 refused." "items: 2 rows in"
    check "and are there" "$(rows)" "1:Pot:1.50 2:Pan:2.00"
    check "the file stays" "$(wc -l <"$work/a.csv")" 3
    run items - --quiet <<<'name,price
Lid,3'
    says "standard input is a file, too" 0 "1 added"
    check "quiet says nothing but what came of it" "$err" ""
    check "its copy goes" "$(find /tmp -maxdepth 1 -name 'keel-import.*' -newer "$work/a.csv" 2>/dev/null | wc -l)" 0
    printf '{"id":1,"price":9}\n{"id":7,"name":"New","price":1}\n' >"$work/b.ndjson"
    run items "$work/b.ndjson" --on-conflict update
    says "a name says that a file is NDJSON" 0 "2 rows; 1 added, 1 updated, 0 unchanged"
    check "what is not said stays" "$(rows)" "1:Pot:9.00 2:Pan:2.00 3:Lid:3.00 7:New:1.00"
    run items "$work/b.ndjson" --on-conflict update --dry-run
    says "a row that is there just so is none that was changed" 0 "0 would be added, 0 would be updated, 2 unchanged"
    printf '{"id":1,"name":"Any","price":9}\n{"name":"More","price":1}\n' >"$work/e.jsonl"
    run items "$work/e.jsonl" --on-conflict=skip --dry-run
    says "a dry run says what would be" 0 "1 would be added" "1 skipped"
    check "and changes nothing" "$(sql 'SELECT count(*) FROM items')" 4
}

test_refused() {
    printf 'name,price\nGood,1\n"Bad, ""quoted""",x\n,2\n' >"$work/c.csv"
    run items "$work/c.csv"
    says "one refused row keeps the others out" 1 "failed: 3 rows; 0 added" "line 3: price must be a plain decimal number (x)" \
        "line 4: name is required" "2 of 3 rows were refused, so none was kept"
    run items "$work/c.csv" --mode best_effort --rejects "$work/rejects.csv"
    says "or itself alone, which the exit status says" 1 "succeeded: 3 rows; 1 added" "2 refused" "2 of 3 rows were refused."
    check "the rejects file says where and why" "$(<"$work/rejects.csv")" 'line,column,code,message,value
3,price,invalid_number,price must be a plain decimal number,x
4,name,required,name is required,'
    printf 'name,colour\nx,red\n' >"$work/d.csv"
    run items "$work/d.csv" --rejects -
    says "a header that does not fit is said" 1 "There is no column colour here"
    run items "$work/d.csv" --rejects "$work/nowhere/r.csv"
    says "rejects that cannot be written are said" 1 "$work/nowhere/r.csv"
    KEEL_DATABASE_URL=postgresql://nobody@127.0.0.1:1/none run items "$work/c.csv"
    says "without a database there is an error" 1 "database"
}

# interrupted MODE: waits until the import has begun to write, and interrupts it.
interrupted() {
    local pid left=200
    "$keelctl" import items "$work/many.csv" --mode "$1" >"$work/out" 2>"$work/err" &
    pid=$!
    until [ "$(sql 'SELECT count(*) FROM imports WHERE staged_at IS NOT NULL AND NOT concluded')" = 1 ]; do
        ((left-- > 0)) || break
        sleep 0.05
    done
    kill -INT "$pid"
    wait "$pid"
    status=$? out=$(<"$work/out") err=$(<"$work/err")
    number=$(sql 'SELECT max(id) FROM imports')
}

test_interrupt() {
    local mode
    awk 'BEGIN {print "name,price"; for (i = 1; i <= 60000; i++) print "Row " i ",1"}' >"$work/many.csv"
    for mode in best_effort all_or_nothing; do
        sql "TRUNCATE items" >/dev/null
        interrupted "$mode"
        says "an interrupt says how to go on ($mode)" 1 "Interrupted" "keelctl import --resume $number"
        check "not all is there ($mode)" "$(sql 'SELECT count(*) < 60000 FROM items')" t
        [ "$mode" = best_effort ] || check "of one transaction nothing is" "$(sql 'SELECT count(*) FROM items')" 0
        run --resume "$number"
        says "it goes on where it was ($mode)" 0 "succeeded: 60000 rows; 60000 added"
        check "each row is there once ($mode)" "$(sql 'SELECT count(DISTINCT name) || $$ $$ || count(*) FROM items')" "60000 60000"
    done
    run --resume "$number" --rejects "$work/again.csv"
    says "what is concluded tells what became of it" 0 "60000 added"
    check "and its rejects" "$(<"$work/again.csv")" "line,column,code,message,value"
    { printf 'name,price\nHalf' && sleep 5; } | timeout --preserve-status -s INT 0.5 "$keelctl" import items - >"$work/out" 2>"$work/err"
    status=$? out=$(<"$work/out") err=$(<"$work/err")
    says "interrupted while it reads standard input, it leaves nothing" 1 "nothing was imported"
    check "no import either" "$(sql 'SELECT max(id) FROM imports')" "$number"
}

make_database
export KEEL_DATABASE_URL="dbname=$scratch" KEEL_MIGRATION_DATABASE_URL="dbname=$scratch"
"$keelctl" migrate up >/dev/null || exit 1

test_calling
test_files
test_refused
test_interrupt
finish
