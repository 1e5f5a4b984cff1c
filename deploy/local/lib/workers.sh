# shellcheck shell=bash
# workers.sh - the FastCGI workers: spawn-fcgi makes a socket, multiwatch keeps its workers alive
#
# There are two pools, each with a socket, a multiwatch and workers of its own: `workers` serves everything, `auth` what
# is below /api/auth/, where hashing a password takes a core for tens of milliseconds. They start and stop together.

pools=(workers auth)

# The number of its workers that was asked for.
pool_size() {
    if [[ $1 == auth ]]; then
        printf '%s\n' "$auth_workers"
    else
        printf '%s\n' "$workers"
    fi
}

pool_socket() {
    if [[ $1 == auth ]]; then
        printf '%s\n' "$sockets/auth.sock"
    else
        printf '%s\n' "$sockets/api.sock"
    fi
}

pool_watcher() {
    process_recorded "$1" multiwatch
}

pool_pids() {
    local watcher
    watcher=$(pool_watcher "$1") || return 0
    process_children_of "$watcher"
}

# Are there as many workers as were asked for, and their socket?
pool_is_whole() {
    [[ $(pool_pids "$1" | wc -l) == "$(pool_size "$1")" && -S $(pool_socket "$1") ]]
}

workers_are_whole() {
    local pool
    for pool in "${pools[@]}"; do
        pool_is_whole "$pool" || return 1
    done
}

# Everything a worker is told at its start, in one short text; it holds secrets only as a hash.
workers_fingerprint() {
    { printf '%s\n' "$workers" "$auth_workers" "$sockets" && settings_overrides && cat -- "$var/worker.env"; } | sha256sum | cut -d ' ' -f 1
}

workers_pids() {
    local pool
    for pool in "${pools[@]}"; do
        pool_pids "$pool"
    done
}

# Does any pool run?
workers_run() {
    local pool
    for pool in "${pools[@]}"; do
        ! pool_watcher "$pool" >/dev/null || return 0
    done
    return 1
}

# Do the workers run another program than the one in bin? Recorded, not remembered: a run that copied the program and
# then failed has told the next one nothing.
workers_are_old() {
    [[ $(sha256sum <"$var/bin/api") != "$(cat "$var/state/workers.program" 2>/dev/null)" ]]
}

# Starts what is missing, takes up what is new.
workers_ensure() {
    local fingerprint alive
    settings_for_workers
    fingerprint=$(workers_fingerprint)
    # One may be between its end and its successor's start.
    workers_are_whole || sleep 0.3
    alive=$(workers_pids | wc -l)
    if workers_are_whole && [[ $fingerprint == "$(cat "$var/state/workers.settings" 2>/dev/null)" ]]; then
        workers_are_old || return 0
        workers_restart
        changed+=("workers replaced by the new build")
        return 0
    fi
    if [[ $alive == 0 ]]; then
        changed+=("workers started")
    elif [[ $fingerprint == "$(cat "$var/state/workers.settings" 2>/dev/null)" ]]; then
        changed+=("workers started again: $alive of $((workers + auth_workers)) were up")
    else
        changed+=("workers started again with their new settings")
    fi
    workers_stop
    started+=(workers)
    workers_start
    printf '%s\n' "$fingerprint" >"$var/state/workers.settings"
}

workers_start() {
    local pool
    for pool in "${pools[@]}"; do
        pool_start "$pool"
    done
    sha256sum <"$var/bin/api" >"$var/state/workers.program"
}

pool_start() {
    local pid size socket niceness=0
    size=$(pool_size "$1")
    socket=$(pool_socket "$1")
    # Who signs in waits anyway, and must not take the processor from those who read.
    [[ $1 != auth ]] || niceness=10
    printf '== %(%FT%TZ)T start of %s workers for %s\n' -1 "$size" "${socket##*/}" >>"$var/log/workers.log"
    (
        settings_environment "$var/worker.env"
        [[ $1 != auth ]] || export KEEL_POOL=auth
        cd /
        pool_exec_workers "$socket" "$size" "$niceness" "$web_user" "$web_user" "$var/bin/api"
    ) </dev/null >>"$var/log/workers.log" 2>&1 9>&- &
    pid=$!
    pool_wait_started "$pid" "$size" || {
        kill -s TERM "$pid" 2>/dev/null || true
        die "The workers did not start: $(pool_last_words "$var/log/workers.log")"
    }
    process_record "$1" "$pid"
    disown
}

# multiwatch passes TERM on and ends when its workers have; each finishes the request in hand. Besides the recorded ones
# there may be one whose record was lost, or workers that outlived theirs: known by this instance's own copy of api.
workers_stop() {
    local pool pid
    for pid in $(for pool in "${pools[@]}"; do pool_watcher "$pool"; done) $(workers_lost_watchers); do
        process_end "$pid" TERM 150
    done
    for pid in $(process_find_program "$var/bin/api"); do
        process_end "$pid" TERM 100
    done
    for pool in "${pools[@]}"; do
        rm -f -- "$(pool_socket "$pool")" "$var/state/$pool.pid"
    done
    rm -f -- "$var/state/workers.settings"
}

workers_lost_watchers() {
    local pid
    for pid in $(process_find '/proc/[0-9]*/exe' 2 '*/multiwatch'); do
        ! process_runs "$pid" "-- $var/bin/api" || printf '%s\n' "$pid"
    done
}

# Replaces the workers one by one under their living multiwatch, which keeps the socket: no request fails.
workers_restart() {
    local pool report records=()
    workers_run || die "The workers are not running: make up starts them."
    for pool in "${pools[@]}"; do
        pool_watcher "$pool" >/dev/null || die "Some workers are not running: make up starts them again."
        records+=("$var/state/$pool.pid")
    done
    report=$(settings_keelctl workers restart "${records[@]}" 2>&1) ||
        die "${report#keelctl: } The last words: $(pool_last_words "$var/log/workers.log")"
    sha256sum <"$var/bin/api" >"$var/state/workers.program"
}
