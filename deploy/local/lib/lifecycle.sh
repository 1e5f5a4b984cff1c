# shellcheck shell=bash
# lifecycle.sh - the commands: up, down, status, logs, restart-workers

instance_up() {
    changed=() started=()
    instance_need_tools
    database_find_tools
    programs_need
    place_create
    trap instance_undo EXIT
    trap 'exit 130' INT TERM
    # Before anything is started: a port in use must leave nothing behind. An nginx whose master was killed is no reason.
    if ! web_pid >/dev/null; then
        web_stop
    fi
    [[ $port == "$(cat "$var/state/port" 2>/dev/null)" ]] || ports_need "$port"
    programs_take keelctl
    database_prepare
    settings_complete
    database_start
    programs_migrate
    programs_take_api
    programs_seed
    workers_ensure
    runner_ensure
    web_ensure
    web_wait_ready
    trap - EXIT INT TERM
    instance_report
}

# Whatever this run started ends with it when a later step fails; what ran before goes on.
instance_undo() {
    local status=$? part
    trap - EXIT
    ((status != 0)) || return 0
    for ((part = ${#started[@]} - 1; part >= 0; part--)); do
        "${started[part]}_stop" || true
    done
    rm -rf -- "$var/pg.new" "$var/nginx.new"
    exit "$status"
}

instance_need_tools() {
    local tool missing=()
    for tool in nginx spawn-fcgi multiwatch setpriv setsid flock curl awk sha256sum base64; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    ((${#missing[@]} == 0)) || die "Missing here: ${missing[*]}. On Debian 12, deploy/local/packages run installs them."
    for tool in postgres www-data; do
        ((EUID != 0)) || id -u "$tool" >/dev/null 2>&1 || die "The user $tool is missing; Debian's packages create it."
    done
}

instance_report() {
    local url what
    url=$(web_url)
    if ((${#changed[@]} == 0)); then
        say "Keel is up at $url; nothing to change."
        return 0
    fi
    for what in "${changed[@]}"; do
        say "  $what"
    done
    if [[ " ${started[*]-} " != *" database "* ]]; then
        say "Keel is up at $url."
        return 0
    fi
    cat <<TEXT

${say_bold}Keel is up: $url/api${say_plain}
To read and try it in a browser: $url/api/docs

$(programs_demo_accounts | awk -F : '{printf "  %-20s %s\n", $1, $2}')

Mails go to $(instance_mail_place)

Try:
  curl -s '$url/api/items?per_page=3'
  TOKEN=\$(curl -s $url/api/auth/login -H 'Content-Type: application/json' -d '{"email":"editor@example.com","password":"editor-password-1"}' | sed -n 's/.*"token": *"\\([^"]*\\)".*/\\1/p'); echo "\$TOKEN"
  curl -s $url/api/items -H "Authorization: Bearer \$TOKEN" -H 'Content-Type: application/json' -d '{"name":"Trail lamp","price":19.99,"quantity":5}'
TEXT
}

instance_down() {
    local was=false
    if [[ ! -d $var/state ]]; then
        say "Keel is down: nothing was ever started in $var."
        return 0
    fi
    place_lock
    ! { web_pid || runner_watcher || workers_run || database_pid; } >/dev/null || was=true
    web_stop
    runner_stop
    workers_stop
    database_stop
    instance_sweep_sockets
    if $was; then
        say "Keel is down; its data stays in $var."
    else
        say "Keel was down already."
    fi
}

# A killed PostgreSQL leaves its socket behind.
instance_sweep_sockets() {
    rm -f -- "$sockets/api.sock" "$sockets/auth.sock" "$sockets/db/.s.PGSQL.5432" "$sockets/db/.s.PGSQL.5432.lock"
}

instance_status() {
    local all=true pid pool ready=no
    if pid=$(database_pid); then
        say_part PostgreSQL up "pid $pid"
    else
        say_part PostgreSQL down ''
        all=false
    fi
    for pool in "${pools[@]}"; do
        instance_pool_status "$pool" || all=false
    done
    if pid=$(runner_watcher); then
        say_part jobs up "mails to $(instance_mail_place), pid $pid"
    else
        say_part jobs down ''
        all=false
    fi
    if pid=$(web_pid); then
        say_part nginx up "pid $pid"
        [[ $(web_code /api/health/ready) != 200 ]] || ready=yes
    else
        say_part nginx down ''
        all=false
    fi
    say_part ready "$ready" "$(web_url)/api/health/ready"
    say_part URL '' "$(web_url)/api"
    say_part docs '' "$(web_url)/api/docs"
    $all && [[ $ready == yes ]]
}

# Where mail goes: the folder to look into, or the transport's name.
instance_mail_place() {
    local transport folder
    transport=$(settings_keelctl config get mail_transport 2>/dev/null) || return 0
    folder=$(settings_keelctl config get mail_folder 2>/dev/null) || return 0
    if [[ $transport == folder ]]; then
        printf '%s\n' "$folder"
    else
        printf '%s\n' "$transport"
    fi
}

# Says how many of a pool's workers are up. Claim: all of them.
instance_pool_status() {
    local pids wanted
    pids=$(pool_pids "$1" | tr '\n' ' ')
    wanted=$(instance_pool_wanted "$1")
    if [[ -z $pids ]]; then
        say_part "$1" down ''
        return 1
    fi
    say_part "$1" up "$(wc -w <<<"$pids") of $wanted, pids $pids"
    [[ $(wc -w <<<"$pids") == "$wanted" ]]
}

# What multiwatch was told, whatever this call's environment says.
instance_pool_wanted() {
    local watcher words
    watcher=$(pool_watcher "$1") || return 0
    words=$(tr '\0' ' ' <"/proc/$watcher/cmdline")
    words=${words#* -f }
    printf '%s\n' "${words%% *}"
}

instance_logs() {
    [[ -d $var/log ]] || die "There are no logs in $var: make up starts the instance."
    exec tail -n 20 -F -- "$var/log/keel/keel.log" "$var/log/workers.log" "$var/log/jobs.log" "$var/log/nginx-error.log" "$var/log/postgresql.log"
}

instance_restart_workers() {
    [[ -d $var/state ]] || die "The workers are not running: make up starts them."
    place_lock
    workers_restart
    say "Workers replaced: $(workers_pids | tr '\n' ' ')"
}
