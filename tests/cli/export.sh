#!/usr/bin/env bash
# export.sh - tests of keelctl export as operators call it: files, pipes, conditions, Ctrl-C
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
called=("$keelctl" export)
unset "${!KEEL_@}"
export KEEL_ENV=testing

test_calling() {
    run
    says "export without a resource lists those that there are" 2 "items" "categories" "Usage: keelctl export"
    run kettles
    says "an unknown resource is named" 2 "kettles" "items"
    run items --format xml
    says "an unknown format is misuse" 2 "format"
    run items --where price
    says "a condition needs name and value" 2 "name=value"
    run items --where page=2
    says "pages mean nothing here" 2 "page"
    run items --where colour=red
    says "an unknown column is named" 2 "colour"
    run items --sort description
    says "a column that cannot be sorted by is refused" 2 "sort"
    run items a b
    says "one file is enough" 2 "b"
}

test_formats() {
    run items --sort id
    check "CSV goes to standard output by default" "$out" 'id,name,description,price,quantity,category_id,is_active,version,created_at,updated_at
1,=1+1,"two
lines",1.50,3,1,true,1,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z
2,"a ""b"", c",,2.00,0,,true,1,2026-01-02T00:00:00Z,2026-01-02T00:00:00Z'
    says "what was done is said aside" 0 "items: 2 rows in"
    run items --format ndjson --where ids=2 -
    check "NDJSON has an object in each line" "$out" \
        '{"id":2,"name":"a \"b\", c","description":null,"price":2.00,"quantity":0,"category_id":null,"is_active":true,"version":1,"created_at":"2026-01-02T00:00:00Z","updated_at":"2026-01-02T00:00:00Z"}'
    run items --format json --sort=-price --quiet
    check "JSON is an array" "$(printf '%s' "$out" | python3 -c 'import json, sys; print([row["id"] for row in json.load(sys.stdin)])')" "[2, 1]"
    check "quiet says nothing" "$err" ""
    run items --where deleted=only --where min_price=3 --format ndjson
    check "conditions are those of a list" "$(printf '%s' "$out" | python3 -c 'import json, sys; print(json.load(sys.stdin)["name"])')" "gone"
}

test_files() {
    run items "$work/items.csv"
    says "a file is written" 0 "items: 2 rows in"
    check "nothing else is left beside it" "$(ls "$work" | grep -c '^items.csv')" 1
    check "the file's mode is the caller's" "$(stat -c %a "$work/items.csv")" "$(printf '%o' $((0666 & ~$(umask))))"
    "$keelctl" export items --quiet - >"$work/piped.csv"
    check "a file holds what a pipe gets" "$(cmp "$work/items.csv" "$work/piped.csv" && echo same)" same
    run items "$work/nowhere/items.csv"
    says "a folder that does not exist is named" 1 "$work/nowhere/items.csv" "No such file"
    run items /dev/full
    says "a full disk is said" 1 "No space left on device"
    KEEL_DATABASE_URL=postgresql://nobody@127.0.0.1:1/none run items "$work/items.csv"
    says "without a database there is an error" 1 "database"
    check "and the file from before is still there" "$(cmp "$work/items.csv" "$work/piped.csv" && echo same)" same
}

# Enough rows for an interrupt to meet them: names so long that they do not fit into a pipe.
fill() {
    sql "ALTER TABLE items DISABLE TRIGGER USER;
         INSERT INTO items (name, description, price) SELECT 'n' || i, repeat('x', 1000), 1 FROM generate_series(1, 3000) i;
         ALTER TABLE items ENABLE TRIGGER USER" >/dev/null
}

test_interrupt() {
    local pid
    fill
    mkfifo "$work/pipe"
    "$keelctl" export items "$work/pipe" 2>"$work/err" &
    pid=$!
    exec {reader}<"$work/pipe"
    head -c 1000 <&"$reader" >/dev/null
    kill -INT "$pid"
    # What stands in the pipe is read, so that it gets to look at the signal.
    cat <&"$reader" >/dev/null
    wait "$pid"
    status=$? out="" err=$(<"$work/err")
    exec {reader}<&-
    says "an interrupt says that not all was written" 1 "Interrupted" "not all of it"

    # A file: the interrupt is there from the start, as it is held back until the first piece.
    cp "$work/items.csv" "$work/before.csv"
    timeout --preserve-status -s INT 0.001 "$keelctl" export items "$work/items.csv" 2>"$work/err"
    status=$?
    if [ "$status" = 0 ]; then
        check "an interrupt that came too late is a whole file" "$(wc -l <"$work/items.csv")" 3004
    else
        check "an interrupt leaves the file from before" "$(cmp "$work/items.csv" "$work/before.csv" && echo same)" same
    fi
    check "an interrupt leaves nothing beside it" "$(find "$work" -name 'items.csv.*' | wc -l)" 0
}

test_terminal() {
    command -v script >/dev/null || return 0
    script -qec "$keelctl export items $work/shown.csv" /dev/null </dev/null >"$work/shown" 2>&1
    check "the last line on a terminal is the same" "$(tr -d '\r' <"$work/shown" | grep -c 'items: 3,002 rows in')" 1
}

make_database
export KEEL_DATABASE_URL="dbname=$scratch" KEEL_MIGRATION_DATABASE_URL="dbname=$scratch"
"$keelctl" migrate up >/dev/null || exit 1
sql "INSERT INTO categories (name) VALUES ('Kitchen');
     INSERT INTO items (name, description, price, quantity, category_id, created_at, updated_at) VALUES
     ('=1+1', E'two\nlines', 1.5, 3, 1, '2026-01-01Z', '2026-01-01Z'), ('a \"b\", c', NULL, 2, 0, NULL, '2026-01-02Z', '2026-01-02Z'),
     ('gone', NULL, 3, 0, NULL, '2026-01-03Z', '2026-01-03Z'), ('gone too', NULL, 1, 0, NULL, '2026-01-03Z', '2026-01-03Z');
     UPDATE items SET is_active = false WHERE name LIKE 'gone%'" >/dev/null

test_calling
test_formats
test_files
test_interrupt
test_terminal
finish
