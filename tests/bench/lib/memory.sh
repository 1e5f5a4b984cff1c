# shellcheck shell=bash
# memory.sh - what a worker holds after 10,000 and after 100,000 requests of every kind
#
# With one worker, so that each request is its. PSS is then at its highest too: nobody shares the program's pages.

# Writes "pss10 pss100 anonymous10 anonymous100" in KiB to $work/memory, or nothing where /proc does not show it to us.
memory_measure() {
    local worker served=0 first
    instance_run up 1
    worker=$(memory_worker)
    memory_read "$worker" >/dev/null || {
        say "A worker's memory is shown to root only: not measured."
        return 0
    }
    served=$(memory_load "$served" 10000) || exit 1
    first=$(memory_read "$worker")
    served=$(memory_load "$served" 100000) || exit 1
    [[ $(memory_worker) == "$worker" ]] || die "The worker was replaced while its memory was measured."
    printf '%s %s\n' "$first" "$(memory_read "$worker")" >"$work/memory"
}

memory_worker() {
    local watcher _
    read -r watcher _ <"$var/state/workers.pid"
    awk '{print $1}' "/proc/$watcher/task/$watcher/children"
}

# memory_load SERVED WANTED: prints how many were served in the end.
memory_load() {
    local served=$1 measured
    while ((served < $2)); do
        measured=$(load_wrk mix 16 $(($2 - served > 20000 ? 3 : 1))) || exit 1
        served=$((served + ${measured%% *}))
    done
    printf '%s\n' "$served"
}

# Prints PSS and anonymous memory in KiB. A worker hides its memory from everybody but root.
memory_read() {
    { cat "/proc/$1/smaps_rollup" || sudo -n cat "/proc/$1/smaps_rollup"; } 2>/dev/null |
        awk '/^Pss:/ {pss = $2} /^Anonymous:/ {anonymous = $2} END {if (!pss) exit 1; print pss, anonymous}'
}
