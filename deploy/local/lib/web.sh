# shellcheck shell=bash
# web.sh - nginx of this instance, its configuration rendered from the same pieces as production's

web_pid() {
    process_recorded nginx nginx
}

web_url() {
    printf 'http://127.0.0.1:%s\n' "$(cat "$var/state/port" 2>/dev/null || printf '%s' "$port")"
}

# Writes nginx.conf and its pieces into a folder of their own, and the page at /api/docs into its place.
web_render() {
    local max_body max_upload cache origins accounts=''
    max_body=$(web_setting max_body_bytes)
    max_upload=$(web_setting max_upload_bytes)
    cache=$(web_setting cache_seconds)
    origins=$(web_setting cors_origins)
    [[ $(web_setting environment) != development ]] || accounts=$(programs_demo_accounts | tr '\n' ' ')
    "$checkout/nginx/render" --output="$1" --listen="127.0.0.1:$port" --socket="$(pool_socket workers)" \
        --auth-socket="$(pool_socket auth)" --max-body="$max_body" --max-upload="$max_upload" --cache="$cache" \
        --cache-path="$var/tmp/cache" --client-connections=0 --cors-origins="$origins" --logs="$var/log" --log-prefix=nginx- \
        --docs="$var/docs" --demo-accounts="${accounts% }" || die "nginx's configuration cannot be written."
    web_main "$1" >"$1/nginx.conf"
}

# Prints a setting that the web server shares with the workers.
web_setting() {
    settings_keelctl config get "$1" 2>/dev/null ||
        die "keelctl config get $1 failed: keelctl does not understand $var/keel.env."
}

# The part that Debian's own nginx.conf plays in production.
web_main() {
    ((EUID != 0)) || printf 'user %s;\n' "$web_user"
    cat <<TEXT
worker_processes auto;
pid "$var/state/nginx.started";
error_log "$var/log/nginx-error.log" warn;
env TZ=UTC;
events {
    worker_connections 4096;
}
http {
    default_type application/octet-stream;
    client_body_temp_path "$var/tmp/body";
    fastcgi_temp_path "$var/tmp/fastcgi";
    proxy_temp_path "$var/tmp/proxy";
    uwsgi_temp_path "$var/tmp/uwsgi";
    scgi_temp_path "$var/tmp/scgi";
    include "$1/keel.conf";
}
TEXT
}

# Starts nginx, or starts it again when its configuration changed.
web_ensure() {
    local fresh=$var/nginx.new running=false
    rm -rf -- "$fresh"
    web_render "$fresh"
    ! web_pid >/dev/null || running=true
    if $running && web_same "$fresh"; then
        rm -rf -- "$fresh"
        return 0
    fi
    # Asked first, so that a configuration that cannot work does not cost the running nginx.
    web_nginx "$fresh" -t
    if $running; then
        web_stop
        changed+=("nginx started again with its new configuration")
    else
        changed+=("nginx started")
    fi
    rm -rf -- "$var/nginx"
    web_render "$var/nginx"
    rm -rf -- "$fresh"
    started+=(web)
    web_start
}

# Is the running configuration the one just rendered, but for the folder it lies in?
web_same() {
    local file text
    for file in "$1"/*; do
        text=$(<"$file")
        [[ ${text//"$1"/"$var/nginx"} == "$(cat -- "$var/nginx/${file##*/}" 2>/dev/null)" ]] || return 1
    done
}

web_start() {
    local pid='' left=50
    rm -f -- "$var/state/nginx.started"
    web_nginx "$var/nginx"
    # The command returns before the daemon has written its pid.
    until [[ -n $pid ]] && process_runs "$pid" nginx; do
        ((left-- > 0)) || die "nginx ended at once; see $var/log/nginx-error.log."
        sleep 0.02
        pid=$(cat "$var/state/nginx.started" 2>/dev/null) || pid=''
    done
    process_record nginx "$pid"
    printf '%s\n' "$port" >"$var/state/port"
}

# web_nginx FOLDER OPTION...: nginx with the configuration in this folder.
web_nginx() {
    local folder=$1
    shift
    step "Starting nginx" nginx -p "$var" -e "$var/log/nginx-error.log" -c "$folder/nginx.conf" "$@"
}

# QUIT lets the requests in hand finish. Children that outlived a master that was killed still hold the port; they are
# known by the log of this instance, which they have open.
web_stop() {
    local pid
    if pid=$(web_pid); then
        process_end "$pid" QUIT 50
    fi
    for pid in $(web_orphans); do
        process_end "$pid" QUIT 50
    done
    rm -f -- "$var/state/nginx.pid" "$var/state/nginx.started" "$var/state/port"
}

web_orphans() {
    local pid
    for pid in $(process_find '/proc/[0-9]*/fd/*' 3 "$var/log/nginx-error.log"); do
        ! process_runs "$pid" nginx: || printf '%s\n' "$pid"
    done
}

# Prints the status code of a path, 000 when nobody answers.
web_code() {
    curl --silent --noproxy '*' --max-time 5 --output /dev/null --write-out '%{http_code}' "$(web_url)$1" || true
}

web_wait_ready() {
    local deadline=$((SECONDS + 30)) answer
    until [[ $(web_code /api/health/ready) == 200 ]]; do
        if ((SECONDS >= deadline)); then
            answer=$(curl --silent --noproxy '*' --max-time 5 "$(web_url)/api/health/ready" || true)
            die "Keel is not ready after 30 s; it says: ${answer:-nothing}. See $var/log."
        fi
        sleep 0.1
    done
}
