# shellcheck shell=bash
# mail.sh - the process that sends what lies in the outbox: keelctl, kept alive by multiwatch as the workers are

mail_watcher() {
    process_recorded mail multiwatch
}

# Everything it is told at its start, and the program that it runs.
mail_fingerprint() {
    { settings_overrides && cat -- "$var/worker.env" "$var/bin/keelctl"; } | sha256sum | cut -d ' ' -f 1
}

# Starts it, or starts it again when its settings or its program changed.
mail_ensure() {
    local fingerprint
    fingerprint=$(mail_fingerprint)
    if mail_watcher >/dev/null; then
        [[ $fingerprint != "$(cat "$var/state/mail.settings" 2>/dev/null)" ]] || return 0
        changed+=("mail started again")
    else
        changed+=("mail started")
    fi
    mail_stop
    started+=(mail)
    mail_start
    printf '%s\n' "$fingerprint" >"$var/state/mail.settings"
}

mail_start() {
    local pid
    printf '== %(%FT%TZ)T start\n' -1 >>"$var/log/mail.log"
    (
        settings_environment "$var/worker.env"
        cd /
        pool_exec_command "$web_user" "$var/bin/keelctl" mail send --watch 1
    ) </dev/null >>"$var/log/mail.log" 2>&1 9>&- &
    pid=$!
    pool_wait_started "$pid" 1 || {
        kill -s TERM "$pid" 2>/dev/null || true
        die "Mail did not start; see $var/log/mail.log."
    }
    process_record mail "$pid"
    disown
}

# TERM lets it finish the mail in hand. Besides the recorded one there may be one that outlived its supervisor.
mail_stop() {
    local pid
    if pid=$(mail_watcher); then
        process_end "$pid" TERM 350
    fi
    for pid in $(process_find_program "$var/bin/keelctl"); do
        ! process_runs "$pid" "mail send --watch" || process_end "$pid" TERM 350
    done
    rm -f -- "$var/state/mail.pid" "$var/state/mail.settings"
}
