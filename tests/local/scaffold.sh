#!/bin/bash
# scaffold.sh - tests of keelctl new: a resource is made in a copy of the tree, built, tested, served, and taken back
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/local.sh
. "$here/../support/local.sh"

cluster=$here/../support/cluster
copy=$work/keel
fields=(customer:text:1..120 total:decimal quantity:int:0.. note:text? item_id:ref:items
    code:text:2..8:unique paid:bool due_at:time? share:decimal:5,3:0..1 user_id:ref:users? pages:int:1..5000000000)

# The sources, and what is built of them with its times, so that only what is new is compiled.
copy_tree() {
    mkdir -p "$copy/build"
    (cd "$root" && cp -a Makefile VERSION .clang-format .gitignore cgi-bin deploy docs include nginx sql src tests "$copy/")
    (cd "$programs" && cp -a api keelctl gen release "$copy/build/") 2>/dev/null
    # The build with sanitizers is there after make test, and saves compiling the tests' support.
    if [ -d "$programs/san/tests/support" ]; then
        mkdir -p "$copy/build/san/tests"
        (cd "$programs/san" && cp -a gen src libkeel.a "$copy/build/san/" && cp -a tests/support "$copy/build/san/tests/")
        mode=san
    fi
    build programs
    commit "all of it"
}

# commit MESSAGE: all that is not built, into a history of the copy's own.
commit() {
    git -C "$copy" init --quiet && git -C "$copy" add --all &&
        git -C "$copy" -c user.name=Test -c user.email=test@example.com commit --quiet --message "$1"
}

# build WORDS...: any warning is an error; what the compiler says is in `said`.
mode=release
build() {
    said=$(make --silent -C "$copy" CI=1 "$@" 2>&1)
}

# new WORDS...: leaves status, out and err of one call of keelctl new; the program is the one from before.
new() {
    "$programs/keelctl" new "$@" --source "$copy" >"$work/out" 2>"$work/err"
    status=$?
    out=$(<"$work/out")
    err=$(<"$work/err")
}

# Of every file of the copy but what is built.
fingerprint() {
    (cd "$copy" && find . \( -path ./build -o -path ./.git \) -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
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

# A file that cannot be made after others were: nobody writes into a folder that is a file.
test_failed_write() {
    mv "$copy/tests/api" "$copy/tests/api.away"
    new resource orders "${fields[@]}"
    says "a file that cannot be written is named" 1 "tests/api/orders_test.c: cannot be written"
    mv "$copy/tests/api.away" "$copy/tests/api"
    check "and what was written before it is gone again" "$(fingerprint)" "$before"
}

test_resource() {
    new resource orders "${fields[@]}"
    says "a resource is made and reported" 0 "API ENDPOINT ADDED" "[POST] /api/orders" "[DELETE] /api/orders/{id}" \
        "customer: text, 1 to 120 characters, required" "note: text, or null" "409: CONFLICT" \
        "src/routes/orders.c (created)" "src/routes/modules.c (modified)" "sql/seeds/dev.sql (modified)" \
        "Tests:      7 tests added, not run yet"
    cp "$work/out" "$work/made"
    check "it made as many tests as it says" "$(grep -c 'api_unit_test(' "$copy/tests/api/orders_test.c")" 7
    new endpoint items.archive POST '/items/{id}/archive'
    says "an endpoint is made and reported" 0 "Endpoint:   [POST] /api/items/{id}/archive" "permission items:write" \
        "src/routes/items.c (modified)" "tests/api/items_archive_test.c (created)" "Tests:      3 tests added"
    new migration orders_weight
    says "a migration is made" 0 "$copy/sql/migrations/" "_orders_weight.up.sql"
    rm "$copy"/sql/migrations/*_orders_weight.*
}

test_build() {
    build programs
    check "it compiles without a warning" "$? $(grep -i warning <<<"$said")" "0 "
    build "MODE=$mode" "build/$mode/tests/api/orders_test" "build/$mode/tests/api/items_archive_test"
    check "its tests compile without a warning" "$? $(grep -i warning <<<"$said")" "0 "
    if command -v clang-format >/dev/null; then
        (cd "$copy" && clang-format --dry-run --Werror src/routes/*.c tests/api/orders_test.c tests/api/items_archive_test.c) \
            >"$work/out" 2>&1
        verdict "it is formatted" $? "$(<"$work/out")"
    else
        skip "it is formatted" "there is no clang-format here"
    fi
    said=$("$copy/tests/check/layers" 2>&1)
    verdict "every include goes the way it may" $? "$said"
    said=$("$copy/tests/check/catalog" "$copy/build" 2>&1)
    verdict "its columns and statements fit the database that its migration makes" $? "$said"
    said=$("$cluster" run "$copy/tests/sql/schema.sh" 2>&1)
    verdict "its migration goes up, down and up, and its seeds load twice" $? "$(grep -v '^ok' <<<"$said")"
}

# run_tests NAME COUNT
run_tests() {
    local said
    said=$(KEEL_RESULTS=$copy/build/test-results "$copy/tests/run" "$copy/build/$mode/tests/api/$1" 2>&1)
    verdict "the $2 tests of $1 pass" "$(grep -qx "$2 passed, 0 failed" <<<"$said" && echo 0 || echo 1)" "$said"
}

report() {
    "$copy/build/keelctl" report "$@" --source "$copy" >"$work/out" 2>"$work/err"
    status=$?
    out=$(<"$work/out")
    err=$(<"$work/err")
}

# The program that has the resource now says the same of it as the one that made it.
test_report() {
    report endpoint orders
    check "the rows that were built are the ones reported" \
        "$(sed -n '/^Request:/,/^Files/p' "$work/out")" "$(sed -n '/^Request:/,/^Files/p' "$work/made")"
    says "the tests are counted, and were seen to pass" 0 "Tests:      7 tests added, all passing"
    check "the files are what git says has changed, but for the reference" \
        "$(sed -n '/^Files/,/^Tests/p' "$work/out" | sort)" "$(sed -n '/^Files/,/^Tests/p' "$work/made" |
            sed 's/added, not run yet: make test/added, all passing/' | sort)"
    touch -d '1 minute' "$copy/tests/api/orders_test.c"
    report endpoint orders.create
    says "what changed since is not called passing" 0 "Endpoint:   [POST] /api/orders" "Tests:      7 tests added, not run since"
    report endpoint orders.create --json
    says "the same as JSON" 0 '"endpoint": "[POST] /api/orders"' '"note": "text, or null"' '"409": "CONFLICT"'
    report endpoint nothing.here
    says "an endpoint that there is not is named" 1 "no endpoint or module nothing.here"
}

# A commit whose message says what a fix's report asks for.
test_fix() {
    commit $'orders: let a customer be Ada\n\nIssue: Ada could not order.\nEndpoint: POST /api/orders\nRoot cause: the name was\ntoo short.\n\nVerified: by hand'
    touch -d '1 minute ago' "$copy/tests/api/orders_test.c" "$copy/tests/api/items_archive_test.c"
    report fix
    says "the last commit is a fix" 0 "FIX COMPLETE" "Issue:      Ada could not order." "Endpoint:   POST /api/orders" \
        "Root Cause: the name was too short." "Solution:   not said: the commit message has no line" \
        "src/routes/orders.c (created)" "src/routes/items.c" "Added: 10" "Status: all passing" "Verified:   by hand"
    sed -i 's/\(api.orders_test 7\) 0/\1 2/' "$copy/build/test-results"
    report fix
    says "a test that failed is said" 0 "Status: 2 failing"
    rm "$copy/build/test-results"
    report fix
    says "tests that did not run are said" 0 "Status: not run since in 2 of 2 files"
}

call() {
    curl --silent --show-error --noproxy '*' --max-time 10 -H 'Content-Type: application/json' "$@"
}

test_serve() {
    local token api
    programs=$copy/build
    place orders
    run up
    says "an instance with it comes up" 0 "Keel is up"
    api=http://127.0.0.1:$KEEL_PORT/api
    holds "the demo data has one" "$(fetch /api/orders)" '"customer":"Customer A"' '"total":1'
    token=$(call -d '{"email":"editor@example.com","password":"editor-password-1"}' "$api/auth/login" |
        sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
    holds "an editor adds one" "$(call -H "Authorization: Bearer $token" -d '{"customer":"Ada","total":19.99,"quantity":3,
        "item_id":1,"code":"A-1","share":0.125,"pages":3000000000}' "$api/orders")" \
        '"message":"Order created successfully"' '"total":19.99' '"pages":3000000000'
    holds "a wrong one is told what is wrong" "$(call -H "Authorization: Bearer $token" -d '{"customer":" ","total":1.234}' "$api/orders")" \
        '"code":"blank"' '"code":"too_precise"' '"code":"required"'
    holds "the list can be filtered" "$(fetch '/api/orders?code=A-1&min_total=19&sort=-total')" '"customer":"Ada"' '"total":1'
    run down
    programs=$root/build
}

test_removal() {
    new endpoint items.archive POST '/items/{id}/archive' --remove
    says "an endpoint is taken back" 0 "removed tests/api/items_archive_test.c" "changed src/routes/items.c"
    echo >>"$copy/src/routes/orders.c"
    new resource orders "${fields[@]}" --remove
    says "what was changed since is not taken back" 1 "src/routes/orders.c is no longer as it was made"
    sed -i '$ d' "$copy/src/routes/orders.c"
    new resource orders "${fields[@]}" --remove
    says "a resource is taken back" 0 "removed src/routes/orders.c" "changed src/routes/modules.c"
    check "and the tree is as it was before" "$(fingerprint)" "$before"
}

copy_tree
check "the copied tree builds" "$(grep -i -e error -e warning <<<"$said")" ""
before=$(fingerprint)
test_refusals
test_nothing_is_overwritten
test_failed_write
test_resource
test_build
run_tests orders_test 7
run_tests items_archive_test 3
test_report
test_fix
test_serve
test_removal
[ "$failed" -eq 0 ]
