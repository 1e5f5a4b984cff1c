#!/usr/bin/env bash
# pipeline.sh - tests of keelctl pipeline as operators call it
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
called=("$keelctl" pipeline)
unset "${!KEEL_@}"
export KEEL_ENV=testing

test_calling() {
    run
    says "pipeline without a form is misuse" 2 "Usage: keelctl pipeline list"
    run paint
    says "an unknown form is named" 2 "paint"
    run show
    says "show wants a name" 2 "pipeline list"
    run run nothing
    says "an unknown pipeline is named" 1 "nothing"
    run run inventory.daily --set colour=red
    says "an unknown parameter is named" 2 "colour=red"
    run run inventory.daily --set da=2026-01-12
    says "half a name is no name" 2 "da=2026-01-12"
}

test_looking() {
    run list
    says "list names each pipeline and its parts" 0 "inventory.daily" "query > upsert"
    run show inventory.daily
    says "show draws the parts in their order" 0 "[ query " "        |" "        v" "[ upsert " "--set day="
    check "the reader stands above the writer" "$(grep -n -o -E 'query|upsert' "$work/out" | head -n 2 | tr '\n' ' ')" "3:query 6:upsert "
}

# What exports and imports a resource stands in its column table alone.
test_resources() {
    run list
    says "list has the export and the import of each resource" 0 "items.export" "query > csv|ndjson|json" "items.import" \
        "csv|ndjson > decode > require > copy > deduplicate > look up > upsert" "categories.import"
    check "but no import of what nobody may add" "$(grep -c -E '^(schedules|jobs|entries)\.import' "$work/out")" 0
    check "each name is there once" "$(cut -f 1 "$work/out" | sort | uniq -d)" ""
    run show items.export
    says "show draws an export with its columns" 0 "items.export:" "[ query " "[ csv|ndjson|json ]" "id, name" \
        "keelctl export items"
    check "all of them, as an export has them" "$(sed -n '/csv|ndjson/,/^$/p' "$work/out" | tr -s ' \n' ' ' | sed 's/.*: //; s/, /,/g; s/ $//')" \
        "$("$keelctl" export items | head -n 1)"
    check "in lines that fit a terminal" "$(awk 'length > 100' "$work/out")" ""
    run show items.import
    says "an import with what it requires and refers to" 0 "[ decode " "[ require " "name, price" \
        "category_id among categories" "[ upsert " "keelctl import items"
    check "rows that refer to none of their own have no order" "$(grep -c '\[ order' "$work/out")" 0
    run show categories.import
    says "a tree is written from its root" 0 "[ order " "parent_id"
    run run items.export
    says "run says which command runs an export" 1 "items.export is run by" "keelctl export items"
    run run items.import --in -
    says "and which an import" 1 "items.import is run by" "keelctl import items"
}

test_running() {
    sql "INSERT INTO items (name, price, quantity) VALUES ('Kettle', 1.50, 4), ('Pot', 2, 0)" >/dev/null
    run run inventory.daily --set day=2026-01-12
    says "a run says what it has written" 0 "inventory.daily: 1 rows in"
    run run inventory.daily --set day=2026-01-12 --quiet
    check "quiet says nothing" "$out$err" ""
    check "the day is there once" "$(sql "SELECT * FROM inventory_daily")" "2026-01-12||2|4|6.00"
    run run inventory.daily --set day=soon
    says "what is no day is refused by the database" 1 "keelctl:"
    check "and changes nothing" "$(sql "SELECT count(*) FROM inventory_daily")" 1
}

make_database
export KEEL_DATABASE_URL="dbname=$scratch" KEEL_MIGRATION_DATABASE_URL="dbname=$scratch"
"$keelctl" migrate up >/dev/null || exit 1
test_calling
test_looking
test_resources
test_running
finish
