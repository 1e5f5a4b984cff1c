#!/bin/bash
# hosts.sh - tests of nginx in front of workers on several hosts: two pools, each on a port of its own, and one is lost
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/local.sh
. "$here/../support/local.sh"
# shellcheck source=deploy/lib/pool.sh
. "$here/../../deploy/lib/pool.sh"

web=$work/web
declare -A supervisors=()

stop_all() {
    local pid
    rm -f "$work/load"
    [ ! -s "$web/nginx.pid" ] || kill "$(<"$web/nginx.pid")"
    for pid in "${supervisors[@]}"; do
        kill -TERM "$pid" 2>/dev/null
    done
    wait
}
trap 'stop_all; finish' EXIT

# A host of its own has the same settings, secrets and database, and its own shared files.
start_host() {
    local number=$1 left=100
    (
        export KEEL_RATE_READ_PER_MINUTE=0 KEEL_RATE_WRITE_PER_MINUTE=0 KEEL_RATE_AUTH_PER_MINUTE=0 KEEL_LOG=$work/host$number.log
        export KEEL_RATE_FILE=$work/shared/rate$number KEEL_HASH_FILE=$work/shared/hash$number
        export KEEL_CONFIG=$KEEL_VAR/worker.env
        unset KEEL_PORT KEEL_VAR KEEL_WORKERS KEEL_PROGRAMS
        cd / && pool_exec_workers "127.0.0.1:${ports[number]}" 2 0 www-data www-data "$program"
    ) >>"$work/host$number.out" 2>&1 </dev/null &
    supervisors[$number]=$!
    until port_answers "${ports[number]}" || ((left-- == 0)); do
        sleep 0.1
    done
}

# At once and without a word, as when a machine loses its power.
kill_host() {
    local pid=${supervisors[$1]} children
    children=$(ps -o pid= --ppid "$pid")
    kill -STOP "$pid"
    # shellcheck disable=SC2086 # one word for each
    kill -KILL $children "$pid"
    wait "$pid" 2>/dev/null
    unset "supervisors[$1]"
}

stop_host() {
    kill -TERM "${supervisors[$1]}"
    wait "${supervisors[$1]}"
    unset "supervisors[$1]"
}

# render PORT...: nginx leads to these hosts from now on.
render() {
    local addresses
    addresses=$(printf ',127.0.0.1:%s' "$@")
    "$root/nginx/render" --output="$web/keel" --listen="127.0.0.1:$port" --workers="${addresses#,}" --client-connections=0 --logs="$web/log"
}

start_nginx() {
    mkdir -p "$web/log"
    sed -e "s|^pid .*|pid $web/nginx.pid;|" -e "s|/var/log/nginx|$web/log|" -e "s|include /etc/nginx/sites-enabled.*|include $web/keel/keel.conf;|" \
        -e '/modules-enabled/d' -e '/conf\.d/d' -e "$([ "$(id -u)" -eq 0 ] || echo '/^user /d')" /etc/nginx/nginx.conf >"$web/nginx.conf"
    nginx_do
}

nginx_do() {
    nginx -p "$web" -e "$web/log/error.log" -c "$web/nginx.conf" "$@"
}

sign_in() {
    token=$(curl --silent --noproxy '*' --max-time 10 -H 'Content-Type: application/json' \
        -d '{"email":"editor@example.com","password":"editor-password-1"}' "http://127.0.0.1:$port/api/auth/login" |
        sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
}

load_begin() {
    : >"$work/load"
    KEEL_TOKEN=$token "$root/tests/support/writers.py" "$port" "$work/load" 8 >"$work/told" &
    load=$!
    sleep 1
}

# load_end SENTENCE REFUSED: no more than so many requests were refused, nothing was wrong, and what was acknowledged is there,
# once.
load_end() {
    local sentence=$1 requests refused wrong
    sleep 1
    rm -f "$work/load"
    wait "$load"
    read -r _ requests _ refused _ wrong <"$work/told"
    verdict "$sentence" $((requests < 50 || refused > $2 || wrong > 0)) "$(head -n 2 "$work/told")"
    echo "# $(head -n 1 "$work/told")"
    # Names that were not acknowledged may be there, but none twice.
    check "and each write that was acknowledged is there once" "$(tail -n +3 "$work/told" | ask_names)" "0 0"
}

# How many of the names are missing, and how many there are twice.
ask_names() {
    (
        cat <<'SQL'
CREATE TEMP TABLE told (name text);
COPY told FROM STDIN;
SQL
        cat
        printf '\\.\n'
        cat <<'SQL'
SELECT (SELECT count(*) FROM told WHERE NOT EXISTS (SELECT FROM items WHERE items.name = told.name)) || ' ' ||
       (SELECT count(*) FROM (SELECT FROM items WHERE name LIKE 'Written %' GROUP BY name HAVING count(*) > 1) AS twice);
SQL
    ) | psql -X -q -At "$(sed -n 's/^KEEL_MIGRATION_DATABASE_URL=//p' "$KEEL_VAR/keel.env")"
}

# has_share NUMBER: this host has answered many of the requests.
has_share() {
    local count
    count=$(grep -c '"route":"items\.' "$work/host$1.log")
    verdict "host $1 had its share" $((count < 20)) "$count requests"
}

test_both() {
    load_begin
    load_end "two hosts answer, and no request fails" 0
    has_share 1
    has_share 2
}

test_kill() {
    load_begin
    kill_host 1
    sleep 2
    load_end "a host that dies costs at most what it was doing" 8
    load_begin
    load_end "while it is away no request fails" 0
    start_host 1
    sleep 6
    load_begin
    load_end "nor when it is back" 0
}

# The order that docs/OPERATIONS.md gives for taking a host out.
test_maintenance() {
    load_begin
    render "${ports[2]}"
    nginx_do -s reload
    sleep 1
    stop_host 1
    sleep 1
    start_host 1
    render "${ports[1]}" "${ports[2]}"
    nginx_do -s reload
    load_end "a host that is taken out first costs no request" 0
}

test_rendering() {
    "$root/nginx/render" --output="$work/other" --workers='10.0.0.11:9000;' 2>/dev/null
    check "an address that is none is refused" $? 2
    "$root/nginx/render" --output="$work/other" --auth-workers=10.0.0.11:9001 2>/dev/null
    check "workers for signing in alone are, too" $? 2
    "$root/nginx/render" --output="$work/other" --workers=a.internal:9000,b.internal:9000 --auth-workers=a.internal:9001
    holds "workers for signing in have an upstream of their own" "$(sed -n '/upstream keel_auth/,/}/p' "$work/other/keel.conf")" "a.internal:9001"
    holds "which the others are not in" "$(sed -n '/upstream keel_fresh/,/}/p' "$work/other/keel.conf")" "a.internal:9000" "b.internal:9000"
}

place hosts
run up
says "an instance is there" 0 "Keel is up"
mkdir "$work/shared"
install -m 0755 "$programs/api" "$work/api"
program=$work/api port=$(free_port)
ports=(0 "$(free_port)" "$(free_port)")
touch "$work/host1.log" "$work/host2.log"
[ "$(id -u)" -ne 0 ] || chown www-data "$work/shared" "$work"/host?.log
start_host 1
start_host 2
render "${ports[1]}" "${ports[2]}"
verdict "the configuration is rendered" $?
start_nginx
verdict "nginx takes it" $?
sign_in
test_rendering
test_both
test_kill
test_maintenance
[ "$failed" -eq 0 ]
