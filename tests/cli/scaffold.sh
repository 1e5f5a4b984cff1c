#!/usr/bin/env bash
# scaffold.sh - tests of keelctl new and keelctl report in a copy of the tree; nothing is built here
#
# KEEL_PROGRAMS   folder of keelctl (default: build)
set -uo pipefail
export LC_ALL=C.UTF-8

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/sql/harness.sh disable=SC2154
. "$here/../sql/harness.sh"
# shellcheck source=tests/support/calls.sh
. "$here/../support/calls.sh"

keelctl=${KEEL_PROGRAMS:-$root/build}/keelctl
called=("$keelctl")
unset "${!KEEL_@}"
export KEEL_ENV=testing
copy=$work/keel
# shellcheck disable=SC2054
fields=(customer:text:1..120 total:decimal quantity:int:0.. note:text? item_id:ref:items
    code:text:2..8:unique paid:bool due_at:time? share:decimal:5,3:0..1 user_id:ref:users? pages:int:1..5000000000)

copy_tree() {
    mkdir "$copy"
    (cd "$root" && cp -a Makefile .gitignore docs sql src tests "$copy/")
    commit "all of it"
}

# commit MESSAGE: everything, into a history of the copy's own.
commit() {
    git -C "$copy" init --quiet && git -C "$copy" add --all &&
        git -C "$copy" -c user.name=Test -c user.email=test@example.com commit --quiet --message "$1"
}

new() { run new "$@" --source "$copy"; }
report() { run report "$@" --source "$copy"; }

# Of every file of the copy.
fingerprint() {
    (cd "$copy" && find . -path ./.git -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
}

misuse() {
    local sentence=$1 part=$2
    shift 2
    new "$@"
    says "$sentence" 2 "keelctl: " "$part" "Usage: keelctl new"
}

test_refusals() {
    misuse "new needs to know what" "Say what"
    misuse "an unknown kind is named" "teapot" teapot
    misuse "a resource needs a name" "a name" resource
    misuse "a resource needs a field" "at least one field" resource orders
    misuse "a name in capitals is refused" "lower-case" resource Orders a:text
    misuse "a word of SQL is no table" "PostgreSQL" resource table a:text
    misuse "a word of C is no field" "word of C" resource orders register:text
    misuse "a word of SQL is no field" "word of PostgreSQL" resource orders order:int
    misuse "a column that all have is no field" "every resource has" resource orders version:int
    misuse "a parameter of lists is no field" "every list has" resource orders page:int
    misuse "a struct of the engine is named" "--one" resource requests a:text
    misuse "a field has a type" "name:type" resource orders customer
    misuse "an unknown type is named" "no type string" resource orders a:string
    misuse "an unknown option is named" "what does big mean" resource orders a:text:big
    misuse "a range the wrong way round is refused" "no range" resource orders a:int:5..1
    misuse "a range that is no number is refused" "no range" resource orders a:int:x..
    misuse "a negative length is refused" "no range" resource orders a:text:-1..5
    misuse "a time has no range" "has no range" resource orders a:time:1..2
    misuse "a decimal of no digits is refused" "no size" resource orders a:decimal:2,2
    misuse "a range beyond the decimal's digits is refused" "more digits" resource orders a:decimal:4,2:0..1000
    misuse "a table that is not there is named" "no resource with a table nowhere" resource orders a:ref:nowhere
    misuse "a reference says to what" "to which table" resource orders a:ref
    misuse "a unique text has a limit" "needs a limit" resource orders a:text:unique
    misuse "a unique flag is refused" "unique is for" resource orders a:bool:unique
    misuse "a field twice is refused" "there twice" resource orders a:int a:text
    misuse "a name too long for a constraint is refused" "too long" resource "$(printf 'a%.0s' {1..30})" \
        "$(printf 'b%.0s' {1..30})":int
    misuse "an endpoint names its module" "no module nothing" endpoint nothing.here GET /x
    misuse "an endpoint has a method" "method" endpoint items.archive FETCH /x
    misuse "an endpoint has a path" "path" endpoint items.archive POST items
    misuse "a row is named only where there is a table" "has no table" endpoint system.x GET '/x/{id}'
    misuse "who may change something is never guessed" "--permission" endpoint system.x POST /x
    misuse "a job needs a name" "such as reports.write" job
    misuse "a job's name in capitals is refused" "lower-case" job Reports.Write
    misuse "two dots are no name" "lower-case" job reports..write
    misuse "a name that is too long for its files' lines is refused" "at most 30" job "$(printf 'a%.0s' {1..31})"
    misuse "a job has one name" "tidy" job reports.write tidy
    misuse "a schedule that makes no sense is refused, and why is said" "minute: 99" job tidy --schedule '99 * * * *'
    misuse "a pipeline needs a name" "such as prices.load" pipeline
    new job purge
    says "a kind of job that is there is refused" 1 "kind of job purge already"
    new pipeline inventory.daily
    says "a pipeline that is there is refused" 1 "pipeline inventory.daily already"
    new pipeline items.export
    says "so is the name of a resource's export" 1 "pipeline items.export already"
    new resource items a:text
    says "a resource that is there is refused" 1 "resource items already"
    new endpoint items.get GET /items/all
    says "an endpoint that is there is refused" 1 "items.get already"
    new endpoint items.all GET /items
    says "a path that is there is refused" 1 "items.list has this"
    check "none of these has changed a file" "$(fingerprint)" "$before"
}

# Each of the files it makes is there already once, and one that it changes is not as it was.
test_nothing_is_overwritten() {
    local path
    for path in src/routes/orders.c tests/api/orders_test.c sql/migrations/9000_orders.up.sql; do
        echo "SELECT 'somebody'; /* did this */" >"$copy/$path"
        new resource orders "${fields[@]}"
        says "$path is not overwritten" 1 "already"
        check "and is as it was" "$(<"$copy/$path")" "SELECT 'somebody'; /* did this */"
        rm "$copy/$path"
    done
    sed -i 's/^static const struct module .const list/static const struct module *const all/' "$copy/src/routes/modules.c"
    new resource orders "${fields[@]}"
    says "a list of modules that is written otherwise is named" 1 "src/routes/modules.c has no line"
    cp -a "$root/src/routes/modules.c" "$copy/src/routes/"
    check "no file was made meanwhile" "$(fingerprint)" "$before"
}

# The test of another kind has the name that this one's would have.
test_no_job_is_overwritten() {
    new job life
    says "a test that is there is not overwritten" 1 "tests/jobs/life_test.c is there already"
    echo "SELECT 'somebody';" >"$copy/sql/migrations/9000_tidy_schedule.up.sql"
    new job tidy --schedule '@daily'
    says "nor is a migration of the schedule's name" 1 "9000_tidy_schedule.up.sql already"
    rm "$copy/sql/migrations/9000_tidy_schedule.up.sql"
    sed -i '/inventory_daily_pipeline/d' "$copy/src/pipeline/pipelines.h"
    new pipeline prices.load
    says "a list of pipelines that is written otherwise is named" 1 "src/pipeline/pipelines.h has no line"
    cp -a "$root/src/pipeline/pipelines.h" "$copy/src/pipeline/"
    check "and no file was made meanwhile" "$(fingerprint)" "$before"
}

# What is made compiles and passes in tests/local/scaffold.sh.
test_job() {
    new job reports.write --schedule '0 3 * * *'
    says "a job is made and reported" 0 "JOB ADDED" "Job:        reports.write" "Schedule:   0 3 * * *" \
        "src/jobs/kind_reports_write.c (created)" "src/jobs/kinds.c (modified)" "src/jobs/kinds.h (modified)" \
        "tests/jobs/reports_write_test.c (created)" "_reports_write_schedule.down.sql (created)" "Tests:      2 tests added"
    check "its schedule is a migration" "$(grep -c "'reports.write', 'reports.write', '0 3 \* \* \*'" "$copy"/sql/migrations/*_reports_write_schedule.up.sql)" 1
    new job tidy
    says "one that nobody schedules has no migration" 0 "Schedule:   none" "Tests:      1 tests added"
    check "and its test asks for none" "$(grep -c schedule "$copy/tests/jobs/tidy_test.c") $(find "$copy/sql" -name '*tidy*')" "0 "
    new job tidy
    says "a job is not made twice" 1 "src/jobs/kind_tidy.c is there already"
    new job reports.write --remove
    says "its schedule is not forgotten as it is taken back" 2 "reports.write has a schedule"
    new job reports.write --schedule '0 4 * * *' --remove
    says "a job with another schedule is not taken back" 1 "is no longer as it was made"
    new job reports.write --schedule '0 3 * * *' --remove
    says "a job is taken back" 0 "removed src/jobs/kind_reports_write.c" "changed src/jobs/kinds.c" "keelctl migrate down"
    new job tidy --remove
    says "one without a schedule, too" 0 "removed tests/jobs/tidy_test.c"
    check "and the tree is as it was before them" "$(fingerprint)" "$before"
}

# The longest names and times that there can be.
test_long() {
    local name minutes
    name=$(printf 'a%.0s' {1..14}).$(printf 'b%.0s' {1..15})
    minutes=$(seq --separator=, 0 59)
    new job "$name" --schedule "$minutes 0-23 1-31 1-12 sun-sat"
    says "a job may have a long name and a long time" 0 "Job:        $name" "$minutes 0-23"
    check "and its lines fit" "$(awk 'length > 100 {print FILENAME}' "$copy"/src/jobs/kind*.[ch] "$copy/tests/jobs/${name/./_}_test.c")" ""
    new job "$name" --schedule "$minutes 0-23 1-31 1-12 sun-sat" --remove
    says "it is taken back, too" 0 "removed src/jobs/kind_${name/./_}.c"
    new pipeline "$name"
    says "so may a pipeline" 0 "Pipeline:   $name"
    check "and its lines fit, too" "$(awk 'length > 100 {print FILENAME}' "$copy"/src/pipeline/pipeline*.[ch] "$copy/tests/pipeline/${name/./_}_test.c")" ""
    new pipeline "$name" --remove
    check "of both nothing is left" "$(fingerprint)" "$before"
}

test_pipeline() {
    new pipeline prices.load
    says "a pipeline is made and reported" 0 "PIPELINE ADDED" "Pipeline:   prices.load" "csv > filter > ndjson" \
        "src/pipeline/pipeline_prices_load.c (created)" "src/pipeline/pipelines.c (modified)" \
        "tests/pipeline/prices_load_test.c (created)" "Tests:      2 tests added"
    echo >>"$copy/src/pipeline/pipeline_prices_load.c"
    new pipeline prices.load --remove
    says "what was changed since is not taken back" 1 "pipeline_prices_load.c is no longer as it was made"
    sed -i '$ d' "$copy/src/pipeline/pipeline_prices_load.c"
    new pipeline prices.load --remove
    says "a pipeline is taken back" 0 "removed src/pipeline/pipeline_prices_load.c" "changed src/pipeline/pipelines.h"
    check "and the tree is as it was before it" "$(fingerprint)" "$before"
}

# A file that cannot be made after others were: nobody writes into a folder that is a file.
test_failed_write() {
    mv "$copy/tests/api" "$copy/tests/api.away"
    new resource orders "${fields[@]}"
    says "a file that cannot be written is named" 1 "tests/api/orders_test.c: cannot be written"
    mv "$copy/tests/api.away" "$copy/tests/api"
    check "and what was written before it is gone again" "$(fingerprint)" "$before"
}

test_made() {
    new resource orders "${fields[@]}"
    says "a resource is made and reported" 0 "API ENDPOINT ADDED" "[POST] /api/orders" "[DELETE] /api/orders/{id}" \
        "customer: text, 1 to 120 characters, required" "note: text, or null" "409: CONFLICT" \
        "src/routes/orders.c (created)" "src/routes/modules.c (modified)" "sql/seeds/dev.sql (modified)"
    check "it made as many tests as it says" "$(sed -n 's/^Tests: *\([0-9]*\) tests added.*/\1/p' "$work/out")" \
        "$(grep -c 'api_unit_test(' "$copy/tests/api/orders_test.c")"
    new endpoint items.archive POST '/items/{id}/archive'
    says "an endpoint is made and reported" 0 "Endpoint:   [POST] /api/items/{id}/archive" "permission items:write" \
        "src/routes/items.c (modified)" "tests/api/items_archive_test.c (created)" "Tests:      3 tests added"
    new endpoint system.echo GET /echo
    says "one without a table answers for itself" 0 "[GET] /api/echo" "200: data: null" "Tests:      2 tests added"
    new resource shelves label:text --one shelf
    says "a plural that is irregular has its singular said" 0 "[POST] /api/shelves"
    check "and it is a struct of that name" "$(grep -c '^struct shelf {' "$copy/src/routes/shelves.c")" 1
    new migration orders_weight
    says "a migration is made" 0 "_orders_weight.up.sql" "_orders_weight.down.sql"
}

test_taken_back() {
    rm "$copy"/sql/migrations/*_orders_weight.*
    new resource shelves label:text --one shelf --remove
    says "a resource is taken back" 0 "removed src/routes/shelves.c"
    new endpoint system.echo GET /echo --remove
    says "an endpoint is taken back" 0 "removed tests/api/system_echo_test.c" "changed src/routes/system.c"
    new endpoint items.archive POST '/items/{id}/archive' --remove
    says "another one, too" 0 "removed tests/api/items_archive_test.c"
    echo >>"$copy/src/routes/orders.c"
    new resource orders "${fields[@]}" --remove
    says "what was changed since is not taken back" 1 "src/routes/orders.c is no longer as it was made"
    sed -i '$ d' "$copy/src/routes/orders.c"
    new resource orders "${fields[@]}" --remove
    says "a resource with everything is taken back" 0 "removed src/routes/orders.c" "changed src/routes/modules.c"
    check "and the tree is as it was before" "$(fingerprint)" "$before"
}

test_endpoint_report() {
    printf 'api/items_test 18 0 0 %s\n' "$(date -d '1 minute' +%s)" >"$work/results"
    report endpoint items.get --results "$work/results"
    says "an endpoint is reported with the change that brought it" 0 "Endpoint:   [GET] /api/items/{id}" "One item." \
        "id: path" "200: data: Item" "404: NOT_FOUND" "src/routes/items.c (created)"
    report endpoint items.get --json
    says "the same as JSON" 0 '"endpoint": "[GET] /api/items/{id}"' '"404": "NOT_FOUND"' '"files_created_modified": ['
    report endpoint items
    says "a module is all of its endpoints" 0 "[DELETE] /api/items/{id}" "If-Match" "with the permission items:write"
    report endpoint nothing.here
    says "an endpoint that there is not is named" 1 "no endpoint or module nothing.here"
    report endpoint
    says "which one has to be said" 2 "Name an endpoint"
    report teapot
    says "there is no report of anything else" 2 "report does not know teapot"
    report
    says "of what has to be said" 2 "Say of what"
    "$keelctl" report fix --source "$work" >"$work/out" 2>&1
    check "a folder that is no checkout is named" "$? $(grep -c 'src/routes/modules.c' "$work/out")" "1 1"
}

# A commit whose message says what a fix's report asks for.
test_fix() {
    commit $'orders: let a customer be Ada\n\nIssue: Ada could not order.\nEndpoint: POST /api/orders\nRoot cause: the name was\ntoo short.\n\nVerified: by hand'
    local file count=0
    for file in orders items_archive system_echo shelves; do
        echo "api/${file}_test 1 0 0 $(date -d '1 minute' +%s)"
        count=$((count + $(grep -c '^        .*unit_test(' "$copy/tests/api/${file}_test.c")))
    done >"$work/results"
    report fix --results "$work/results"
    says "the last commit is a fix" 0 "FIX COMPLETE" "Issue:      Ada could not order." "Endpoint:   POST /api/orders" \
        "Root Cause: the name was too short." "Solution:   not said: the commit message has no line" \
        "src/routes/orders.c (created)" "  src/routes/items.c" "Added: $count" "Status: all passing" "Verified:   by hand"
    report fix --json --results "$work/results"
    says "the same as JSON" 0 '"root_cause": "the name was too short."' '"status": "all passing"'
    echo "api/orders_test 5 2 0 $(date -d '1 minute' +%s)" >>"$work/results"
    report fix --results "$work/results"
    says "a test that failed in its last run is said" 0 "Status: 2 failing"
    echo "api/orders_test 7 0 0 $(date -d '1 hour ago' +%s)" >>"$work/results"
    report fix --results "$work/results"
    says "a test that was not run since it changed is said" 0 "Status: not run since in 1 of 4 files"
    report fix --results "$work/nowhere"
    says "so are tests that were never run" 0 "Status: not run since in 4 of 4 files"
}

test_migration_report() {
    "$keelctl" migrate up >/dev/null
    "$keelctl" report migration 3 >"$work/out" 2>"$work/err"
    status=$? out=$(<"$work/out") err=$(<"$work/err")
    says "an applied migration is reported as it was" 0 "MIGRATION COMPLETE" "Migration:  0003_items" "Purpose:    items" \
        "  Added:" "    table items (id, name" "  Removed:" "    nothing" "Rollback:   keelctl migrate to 2" \
        "  sql/migrations/0003_items.up.sql" "Applied:    testing, database $PGDATABASE, 20"
    "$keelctl" report migration 3 --json >"$work/out" 2>"$work/err"
    status=$? out=$(<"$work/out") err=$(<"$work/err")
    says "the same as JSON" 0 '"report": "MIGRATION COMPLETE"' '"added": [' '"rollback": "keelctl migrate to 2"'
    sql "UPDATE schema_migrations SET changes = '' WHERE version = 2"
    check "what was not kept is said" "$("$keelctl" report migration 2 | grep -c '^Changes:    not kept')" 1
    "$keelctl" migrate to 2 >/dev/null
    check "what is not applied is said" "$("$keelctl" report migration 3 | grep -c -e '^Changes:    not known before' -e '^Applied:    not yet')" 2
    sql "ALTER TABLE schema_migrations DROP COLUMN changes"
    check "a table of an older program is read as well" "$("$keelctl" report migration 1 | grep -c '^Changes:    not kept')" 1
    "$keelctl" migrate up >/dev/null
    check "and gets its column with the next migration" "$("$keelctl" report migration 3 | grep -c '^    table items')" 1
    "$keelctl" report migration 99 >"$work/out" 2>&1
    check "a number that is none is named" "$? $(grep -c 'no migration number 99' "$work/out")" "1 1"
    "$keelctl" report migration x >"$work/out" 2>&1
    check "what is no number is misuse" "$?" 2
}

make_database
export KEEL_DATABASE_URL="dbname=$PGDATABASE"
copy_tree
before=$(fingerprint)
test_refusals
test_nothing_is_overwritten
test_no_job_is_overwritten
test_failed_write
test_job
test_long
test_pipeline
test_made
test_fix
test_taken_back
test_endpoint_report
test_migration_report
finish
