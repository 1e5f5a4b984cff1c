# shellcheck shell=bash
# wide.sh - what worker and runner take of memory for a large file that comes and goes over HTTP
#
# Its rows are wide, so that there is much to hold for whoever holds more than a part of it, and little to wait for.

wide_rows=32000

# wide_write_file ROWS FILE: 2 KB of each row.
wide_write_file() {
    awk -v rows="$1" 'BEGIN {
        words = sprintf("%2000s", "")
        gsub(/ /, "x", words)
        print "name,description,price"
        for (i = 1; i <= rows; i++)
            printf "Wide %d,%s,1.50\n", i, words
    }' >"$2"
}

wide_curl() {
    curl --silent --fail --noproxy '*' --header @<(printf 'Authorization: Bearer %s' "$(<"$work/token")") "$@"
}

# wide_round ROWS: up, imported by the runner, and down again; what comes down is no less than what went up.
wide_round() {
    local down
    transfer_empty
    wide_write_file "$1" "$work/wide.csv"
    wide_curl --request POST --header 'Content-Type: text/csv' --upload-file "$work/wide.csv" --output "$work/wide.answer" \
        "http://127.0.0.1:$port/api/items/import" || die "The file was not taken in: $(cat "$work/wide.answer" 2>/dev/null)"
    jobs_wait
    [[ $(instance_sql app <<<'SELECT concat_ws($$ $$, status, rows_accepted) FROM imports ORDER BY id DESC LIMIT 1') == "succeeded $1" ]] ||
        die "The runner did not import the file."
    down=$(wide_curl --output /dev/null --write-out '%{size_download}' "http://127.0.0.1:$port/api/items/export") ||
        die "The export failed."
    ((down > $(stat -c %s "$work/wide.csv"))) || die "The export has $down bytes only."
}

# wide_memory NAME PID...: the sum of what each holds (VmRSS) or held at the most (VmHWM), in KiB.
wide_memory() {
    local name=$1 pid
    shift
    for pid in "$@"; do
        sed -n "s/^$name:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$pid/status"
    done | awk '{sum += $1} END {print sum + 0}'
}

# Prints the lines of the one worker that there is and of a runner: by how many KiB they grew.
wide_growth() {
    local worker runner runners held_worker held_runner
    worker=$(memory_worker)
    (jobs_run) >/dev/null &
    runner=$!
    trap "jobs_stop $runner" EXIT
    # All that is there for good is there after the first one.
    wide_round 3
    runners="$runner $(<"/proc/$runner/task/$runner/children")"
    held_worker=$(wide_memory VmRSS "$worker")
    # shellcheck disable=SC2086 # pids are words
    held_runner=$(wide_memory VmRSS $runners)
    wide_round "$wide_rows"
    printf 'grown_worker 0 %d 0\n' $(($(wide_memory VmHWM "$worker") - held_worker))
    # shellcheck disable=SC2086
    printf 'grown_runner 0 %d 0\n' $(($(wide_memory VmHWM $runners) - held_runner))
}
