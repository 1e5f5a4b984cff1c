# shellcheck shell=bash
# runner.sh - the process that does what lies in the queue of jobs: keelctl, kept alive by multiwatch as the workers are

runner_watcher() {
    process_recorded jobs multiwatch
}

# The runners themselves; they have processes of their own, which end with them.
runner_pids() {
    local pid pids fields
    pids=$(process_find_program "$var/bin/keelctl")
    for pid in $pids; do
        process_runs "$pid" "keelctl jobs run" && process_read "$pid" || continue
        grep -qxF -- "${fields[1]}" <<<"$pids" || printf '%s\n' "$pid"
    done
}

# Everything it is told at its start, and the program that it runs.
runner_fingerprint() {
    { settings_overrides && cat -- "$var/worker.env" "$var/bin/keelctl"; } | sha256sum | cut -d ' ' -f 1
}

# Starts it, or starts it again when its settings or its program changed.
runner_ensure() {
    local fingerprint
    fingerprint=$(runner_fingerprint)
    if runner_watcher >/dev/null; then
        [[ $fingerprint != "$(cat "$var/state/jobs.settings" 2>/dev/null)" ]] || return 0
        changed+=("jobs started again")
    else
        changed+=("jobs started")
    fi
    runner_stop
    started+=(runner)
    runner_start
    printf '%s\n' "$fingerprint" >"$var/state/jobs.settings"
}

runner_start() {
    local pid
    printf '== %(%FT%TZ)T start\n' -1 >>"$var/log/jobs.log"
    (
        settings_environment "$var/worker.env"
        cd /
        pool_exec_command "$web_user" "$var/bin/keelctl" jobs run
    ) </dev/null >>"$var/log/jobs.log" 2>&1 9>&- &
    pid=$!
    pool_wait_started "$pid" 1 || {
        kill -s TERM "$pid" 2>/dev/null || true
        die "The runner of jobs did not start; see $var/log/jobs.log."
    }
    process_record jobs "$pid"
    disown
}

# TERM lets it finish what runs, for as long as KEEL_JOB_DRAIN_S says. Besides the recorded one there may be one that
# outlived its supervisor.
runner_stop() {
    local pid drain
    drain=$(settings_keelctl config get job_drain_s 2>/dev/null) || drain=20
    if pid=$(runner_watcher); then
        process_end "$pid" TERM $((drain * 10 + 100))
    fi
    for pid in $(runner_pids); do
        process_end "$pid" TERM $((drain * 10 + 100))
    done
    runner_stop_older
    rm -f -- "$var/state/jobs.pid" "$var/state/jobs.settings"
}

# An instance that was started by an older version has a process that only sends mail.
runner_stop_older() {
    local pid
    ! pid=$(process_recorded mail multiwatch) || process_end "$pid" TERM 350
    rm -f -- "$var/state/mail.pid" "$var/state/mail.settings"
}
