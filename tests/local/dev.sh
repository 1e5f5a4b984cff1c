#!/bin/bash
# dev.sh - tests of make dev: a change is built and taken up, an error costs nothing, Ctrl-C leaves the instance running
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/local.sh
. "$here/../support/local.sh"

# The sources and what is built of them, with its times, so that only what changes is compiled.
copy_tree() {
    mkdir "$work/keel"
    (cd "$root" && cp -a Makefile VERSION cgi-bin deploy include nginx sql src tests "$work/keel/")
    cp -a "$programs" "$work/keel/build"
    rm -rf "$work/keel/build/san" "$work/keel/build/cov"
    # What is older than its source, or of another compiler's making, is built before anything is measured.
    make --silent -C "$work/keel" programs >"$work/out" 2>&1 || cat "$work/out"
}

# waits_for PART: until dev has said so since the last call; leaves in `said` what it said.
waits_for() {
    local _
    for _ in {1..600}; do
        said=$(tail -c "+$((heard + 1))" "$work/dev")
        if [[ $said == *"$1"* ]]; then
            heard=$(stat -c %s "$work/dev")
            return 0
        fi
        sleep 0.1
    done
    return 1
}

# hears SENTENCE PART
hears() {
    local status=0
    waits_for "$2" || status=1
    verdict "$1" "$status" "$said"
}

# Written in place, as most editors do; health and readiness say another word then.
source_says() {
    local file=$work/keel/src/routes/system.c text
    text=$(sed "s/(struct status){\"[a-z]*\"});\$/(struct status){\"$1\"});/" "$file")
    printf '%s\n' "$text" >"$file"
}

test_change() {
    local before
    before=$(workers)
    source_says changed
    hears "a change is built and taken up" "Ready"
    holds "it names the file" "$said" "src/routes/system.c changed"
    holds "the workers run the new source" "$(fetch /api/health)" '"status":"changed"'
    check "they are new ones" "$(comm -12 <(tr ' ' '\n' <<<"$before" | grep . | sort) <(workers | tr ' ' '\n' | grep . | sort))" ""
}

test_compile_error() {
    local before
    before=$(workers)
    echo 'this is no C;' >>"$work/keel/src/routes/system.c"
    hears "an error is shown" "The build failed"
    holds "in the compiler's words" "$said" "src/routes/system.c:" "error:"
    check "the workers go on" "$(workers)" "$before"
    holds "and answer" "$(fetch /api/health)" '"status":"changed"'
    sed -i '$d' "$work/keel/src/routes/system.c"
    hears "the repaired source is taken up" "Ready"
}

# It compiles, but a worker would refuse to start: a list cannot be sorted by what can be NULL.
test_refused_table() {
    local before file=$work/keel/src/routes/items.c text
    before=$(workers)
    text=$(<"$file")
    printf '%s\n' "${text/category_id), .uses = /category_id), .uses = SORT | }" >"$file"
    hears "a table that no worker would start with is shown" "column category_id: SORT needs"
    check "the workers go on with the last good build" "$(workers)" "$before"
    printf '%s\n' "$text" >"$file"
    hears "the repaired table is taken up" "Ready"
    check "by as many workers" "$(workers | wc -w)" "$(wc -w <<<"$before")"
}

test_interrupt() {
    local status
    # As the terminal does it: to the whole group.
    kill -INT -- "-$dev"
    wait "$dev"
    status=$?
    hears "Ctrl-C says what goes on" "The instance still runs"
    check "and is no failure" "$status" 0
    holds "it does" "$(fetch /api/health/ready)" '"status":'
    check "nobody watches any more" "$(pgrep -fc "inotifywait.*$work")" 0
}

if ! command -v inotifywait >/dev/null; then
    skip "make dev builds what changes" "there is no inotifywait here"
    exit 0
fi
place var
copy_tree
root=$work/keel programs=$work/keel/build
unset KEEL_PROGRAMS
run dev
refuses "dev needs an instance that runs" "make up starts it"
run up
says "the copied tree is up" 0 "Keel is up"
heard=0
# A process group of its own, whose Ctrl-C is not ignored as a script's background jobs do.
set -m
"$root/deploy/local/instance" dev >"$work/dev" 2>&1 &
dev=$!
set +m
hears "dev says what it watches" "Watching"
# inotifywait sets its watches after that.
sleep 0.5
test_change
test_compile_error
test_refused_table
test_interrupt
[ "$failed" -eq 0 ]
