#!/bin/bash
# scaffold.sh - tests of keelctl new: a resource, a job and a pipeline in a copy of the tree, built, tested, taken back
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/local.sh
. "$here/../support/local.sh"

cluster=$here/../support/cluster
copy=$work/keel
# shellcheck disable=SC2054
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
    commit "all of it" && build programs
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

test_resource() {
    new resource orders "${fields[@]}"
    says "a resource is made and reported" 0 "API ENDPOINT ADDED" "[POST] /api/orders" "[DELETE] /api/orders/{id}" \
        "customer: text, 1 to 120 characters, required" "note: text, or null" "409: CONFLICT" \
        "src/routes/orders.c (created)" "src/routes/modules.c (modified)" "sql/seeds/dev.sql (modified)" \
        "Tests:      9 tests added, not run yet"
    cp "$work/out" "$work/made"
    check "it made as many tests as it says" "$(grep -c 'api_unit_test(' "$copy/tests/api/orders_test.c")" 9
    new endpoint items.archive POST '/items/{id}/archive'
    says "an endpoint is made and reported" 0 "Endpoint:   [POST] /api/items/{id}/archive" "permission items:write" \
        "src/routes/items.c (modified)" "tests/api/items_archive_test.c (created)" "Tests:      3 tests added"
    new job reports.write --schedule '0 3 * * *'
    says "a job is made and reported" 0 "JOB ADDED" "src/jobs/kind_reports_write.c (created)" "Tests:      2 tests added"
    new pipeline prices.load
    says "a pipeline is made and reported" 0 "PIPELINE ADDED" "src/pipeline/pipeline_prices_load.c (created)" "Tests:      2 tests added"
    new migration orders_weight
    says "a migration is made" 0 "$copy/sql/migrations/" "_orders_weight.up.sql"
    rm "$copy"/sql/migrations/*_orders_weight.*
}

test_build() {
    build programs
    check "it compiles without a warning" "$? $(grep -i warning <<<"$said")" "0 "
    build "MODE=$mode" "build/$mode/tests/api/orders_test" "build/$mode/tests/api/items_archive_test" \
        "build/$mode/tests/api/routes_test" "build/$mode/tests/api/statuses_test" "build/$mode/tests/jobs/kinds_test" \
        "build/$mode/tests/jobs/reports_write_test" "build/$mode/tests/pipeline/prices_load_test"
    check "its tests compile without a warning" "$? $(grep -i warning <<<"$said")" "0 "
    if command -v clang-format >/dev/null; then
        (cd "$copy" && clang-format --dry-run --Werror src/routes/*.c src/jobs/kind*.[ch] src/pipeline/pipeline*.[ch] \
            tests/api/orders_test.c tests/api/items_archive_test.c tests/jobs/reports_write_test.c tests/pipeline/prices_load_test.c) \
            >"$work/out" 2>&1
        verdict "it is formatted" $? "$(<"$work/out")"
    else
        skip "it is formatted" "there is no clang-format here"
    fi
    said=$("$copy/tests/check/layers" 2>&1)
    verdict "every include goes the way it may" $? "$said"
    said=$("$copy/tests/check/catalog" "$copy/build" 2>&1)
    verdict "its columns and statements fit the database that its migration makes" $? "$said"
    said=$("$cluster" run "$copy/tests/sql/schema.sh" newest_migration names test_seed audit dev_seed migrations_with_rows 2>&1)
    verdict "its migration goes up, down and up, and its seeds load twice" $? "$(grep -v '^ok' <<<"$said")"
}

# The tests that came with what was made, and those of every row.
run_tests() {
    local name programs=()
    for name in api/orders api/items_archive jobs/reports_write jobs/kinds pipeline/prices_load api/routes api/statuses; do
        programs+=("$copy/build/$mode/tests/${name}_test")
    done
    KEEL_TEST_LANES=1 KEEL_SEEN=$copy/build/test-seen KEEL_RESULTS=$copy/build/test-results "$copy/tests/run" "${programs[@]}" \
        >"$work/tests" 2>&1
    verdict "the tests of every row pass with it" $? "$(<"$work/tests")"
}

# passes FOLDER/NAME COUNT
passes() {
    grep -q "^$1 *$2 passed  *[0-9.]* s$" "$work/tests"
    verdict "the $2 tests of $1 pass" $? "$(<"$work/tests")"
}

# The program that was built tells of the two.
test_tables() {
    holds "the job is among the kinds" "$("$copy/build/keelctl" jobs kinds)" "reports.write"
    holds "the pipeline is among the pipelines" "$("$copy/build/keelctl" pipeline list)" "prices.load" "csv > filter > ndjson"
    check "and can be run" \
        "$(printf 'name\nKettle\n' | KEEL_DATABASE_URL=dbname=postgres "$cluster" run "$copy/build/keelctl" pipeline run prices.load --in - --quiet)" '{"name":"Kettle"}'
}

# What tests of every row and its own tests saw is all that the checklist asks for.
test_checklist() {
    "$copy/build/keelctl" docs --output "$copy/docs" >"$work/out" 2>&1
    said=$("$copy/tests/check/catalog" "$copy/build" --source "$copy" --seen "$copy/build/test-seen" \
        --results "$copy/build/test-results" 2>&1)
    check "the checklist finds nothing missing of it" "$(grep -E '(^  |: )(orders|items.archive)[.:]' <<<"$said")" ""
    check "and has looked at all of it" "$(grep -c -P '^(orders\.[a-z]+|items.archive)\t.*\tyes\t' <<<"$said")" 11
    git -C "$copy" checkout --quiet docs
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
    says "the tests are counted, and were seen to pass" 0 "Tests:      9 tests added, all passing"
    check "the files are what git says has changed, but for the reference" \
        "$(sed -n '/^Files/,/^Tests/p' "$work/out" | sort)" "$(sed -n '/^Files/,/^Tests/p' "$work/made" |
            sed 's/added, not run yet: make test/added, all passing/' | sort)"
    touch -d '1 minute' "$copy/tests/api/orders_test.c"
    report endpoint orders.create
    says "what changed since is not called passing" 0 "Endpoint:   [POST] /api/orders" "Tests:      9 tests added, not run since"
    report endpoint orders.create --json
    says "the same as JSON" 0 '"endpoint": "[POST] /api/orders"' '"note": "text, or null"' '"409": "CONFLICT"'
    report endpoint nothing.here
    says "an endpoint that there is not is named" 1 "no endpoint or module nothing.here"
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
    new pipeline prices.load --remove
    says "a pipeline is taken back" 0 "removed tests/pipeline/prices_load_test.c" "changed src/pipeline/pipelines.c"
    new job reports.write --schedule '0 3 * * *' --remove
    says "a job is taken back" 0 "removed src/jobs/kind_reports_write.c" "changed src/jobs/kinds.c"
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

# block LANGUAGE N: the Nth piece of that language in CONTRIBUTING.md.
block() {
    awk -v fence='```'"$1" -v wanted="$2" '$0 == fence { at++; inside = 1; next } /^```$/ { inside = 0 } inside && at == wanted' \
        "$root/CONTRIBUTING.md"
}

fit() {
    said=$("$copy/tests/check/catalog" "$copy/build" 2>&1)
}

# Whoever copies what CONTRIBUTING.md shows has a resource.
test_by_hand() {
    local source=$copy/src/routes/suppliers.c
    new migration suppliers
    block sql 1 >"$(echo "$copy"/sql/migrations/*_suppliers.up.sql)"
    block sql 2 >"$(echo "$copy"/sql/migrations/*_suppliers.down.sql)"
    sed -i 's/^extern const struct module module_items;$/&\nextern const struct module module_suppliers;/
        s/^ *&module_items,$/&\n    \&module_suppliers,/' "$copy/src/routes/modules.c"
    block c 1 | sed 's/ \.example = [^,]*,//' >"$source"
    build programs && fit
    holds "a body without examples is told by field" "$said" \
        "suppliers.create: name of its body has no .example" "suppliers.create: rating of its body has no .example"
    block c 1 >"$source"
    build programs
    verdict "the resource by hand compiles as it stands in CONTRIBUTING.md" $? "$said"
    fit
    verdict "and fits the database that its migration makes" $? "$said"
    said=$("$cluster" run "$copy/tests/sql/schema.sh" newest_migration names 2>&1)
    verdict "which goes up, down and up" $? "$(grep -v '^ok' <<<"$said")"
}

copy_tree
verdict "the copied tree builds" $? "$said"
before=$(fingerprint)
test_resource
test_build
run_tests
passes api/orders_test 9
passes api/items_archive_test 3
passes jobs/reports_write_test 2
passes jobs/kinds_test 10
passes pipeline/prices_load_test 2
test_tables
test_checklist
test_report
test_serve
test_removal
test_by_hand
[ "$failed" -eq 0 ]
