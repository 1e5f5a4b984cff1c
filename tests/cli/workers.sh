#!/usr/bin/env bash
# workers.sh - tests of keelctl workers: under a real multiwatch, and with a systemctl that writes down what it was told
#
# KEEL_PROGRAMS   folder of keelctl (default: build)
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
set -uo pipefail
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/support/local.sh disable=SC2154
. "$root/tests/support/local.sh"
keelctl=$programs/keelctl
watchers=()
trap 'finish_watchers; rm -rf "$work"' EXIT

# By KILL, as some workers were made not to listen to anything else; their supervisors first.
finish_watchers() {
    local pid children=()
    for pid in "${watchers[@]}"; do
        readarray -t -O "${#children[@]}" children < <(workers_of "$pid")
        kill -KILL "$pid"
    done
    kill -KILL "${children[@]}"
} 2>/dev/null

# run WORDS...: leaves status, out and err of one call.
run() {
    "$keelctl" workers "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    out=$(<"$work/out")
    err=$(<"$work/err")
}

# watch NAME COUNT: so many workers under a multiwatch, whose pid file is NAME.
watch() {
    multiwatch -f "$2" -r 500 -t 1000 -s TERM -- "$work/worker" >/dev/null 2>&1 &
    watcher=$!
    watchers+=("$watcher")
    disown
    printf '%s %s\n' "$watcher" "$(sed 's/.*) //' "/proc/$watcher/stat" | cut -d ' ' -f 20)" >"$work/$1"
    until [ "$(workers_of "$watcher" | wc -l)" = "$2" ]; do sleep 0.05; done
}

workers_of() {
    pgrep -P "$1"
}

# worker_is LINE...: what each worker does from now on; renamed into its place, as an installed program is.
worker_is() {
    printf '%s\n' '#!/bin/bash' "$@" >"$work/worker.new"
    chmod 0755 "$work/worker.new"
    mv "$work/worker.new" "$work/worker"
}

test_calling() {
    run
    says "without a verb it says what there is" 2 "restart" "Usage: keelctl workers"
    run dance
    says "another verb is refused" 2 "Usage: keelctl workers"
    run restart "$work/nowhere"
    says "a pid file that is not there is named" 1 "$work/nowhere"
    echo "$$" >"$work/other"
    run restart "$work/other"
    says "a pid that is no multiwatch's is not touched" 1 "$work/other does not run"
    echo "nonsense" >"$work/nonsense"
    run restart "$work/nonsense"
    says "what is no pid is none" 1 "$work/nonsense does not run"
}

test_replacing() {
    local before
    worker_is 'sleep 1000 & trap "kill $!; exit" TERM; wait'
    watch pool 3
    before=$(workers_of "$watcher")
    run restart "$work/pool"
    says "all workers of a multiwatch are replaced" 0 "$work/pool: 3 replaced."
    check "by as many others" "$(workers_of "$watcher" | wc -l) $(comm -12 <(sort <<<"$before") <(workers_of "$watcher" | sort))" "3 "
    check "under the same multiwatch" "$(ps -o comm= -p "$watcher")" multiwatch
    worker_is "echo new >>$work/new; exec sleep 1000"
    run restart "$work/pool"
    check "a new program file is taken up by each" "$(wc -l <"$work/new")" 3
    sed -i 's/ .*/ 1/' "$work/pool"
    run restart "$work/pool"
    says "a pid that another process has by now is not touched" 1 "does not run"
}

test_one_after_the_other() {
    # Each notes how many of its kind were there when it ended.
    worker_is "trap 'pgrep -c -P \$PPID >>$work/counts; exit' TERM; while :; do sleep 0.02; done"
    watch calm 3
    run restart "$work/calm"
    check "the others stay while one is replaced" "$(sort -u "$work/counts")" 3
}

test_broken_program() {
    local kept
    worker_is 'exec sleep 1000'
    watch broken 2
    kept=$(workers_of "$watcher" | tail -n 1)
    worker_is 'exit 1'
    run restart "$work/broken"
    says "a program that does not stay up stops it" 1 "does not stay up"
    check "and those behind go on" "$(ps -o comm= -p "$kept")" sleep
    worker_is 'exec sleep 1000'
}

test_stubborn_worker() {
    worker_is "trap '' TERM; while :; do sleep 0.05; done"
    watch stubborn 1
    KEEL_REQUEST_TIMEOUT_S=1 run restart "$work/stubborn"
    says "a worker that does not end is killed in the end" 0 "1 replaced."
}

# systemctl_is LINES...: from now on, and what it was told stands in $work/told.
systemctl_is() {
    mkdir -p "$work/bin"
    printf '%s\n' '#!/bin/bash' "echo \"\$*\" >>$work/told" "$@" >"$work/bin/systemctl"
    chmod 0755 "$work/bin/systemctl"
    rm -f "$work/told"
}

test_systemd() {
    local PATH=$work/bin:$PATH
    if [ -e /run/keel/workers.pid ]; then
        skip "systemd restarts unit by unit" "a keel-workers runs on this host"
        return
    fi
    systemctl_is 'if [ "$1" = list-units ]; then' 'echo "keel-auth@1.service loaded active running x"' \
        'echo "keel-worker@1.service loaded active running x"' 'fi'
    run restart
    says "under systemd each unit is started again" 0 "keel-auth@1.service replaced." "keel-worker@1.service replaced."
    check "one after the other" "$(tail -n +2 "$work/told" | tr '\n' ',')" "restart keel-auth@1.service,restart keel-worker@1.service,"
    systemctl_is '[ "$1" != list-units ] || echo "keel-worker@1.service loaded active running x"' '[ "$1" != restart ]'
    run restart
    says "a unit that does not start is named, with what to ask" 1 "keel-worker@1.service" "journalctl -u keel-worker@1.service"
    systemctl_is 'true'
    run restart
    says "where no worker runs it says what starts them" 1 "systemctl start keel.target"
    systemctl_is 'exit 1'
    run restart
    says "without systemd and without pid files it says so" 1 "systemd does not run here"
}

test_calling
test_replacing
test_one_after_the_other
test_broken_program
test_stubborn_worker
test_systemd
exit $((failed > 0))
