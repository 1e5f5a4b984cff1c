#!/bin/bash
# pooler.sh - tests of deploy/pgbouncer.ini: an instance whose workers and runner reach PostgreSQL through it
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/local.sh
. "$here/../support/local.sh"

pooler=''
stop_pooler() {
    [ -z "$pooler" ] || kill "$pooler" 2>/dev/null
}
trap 'stop_pooler; finish' EXIT

as_owner() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid postgres --regid postgres --init-groups --pdeathsig TERM -- "$@"
    else
        setpriv --pdeathsig TERM -- "$@"
    fi
}

# The file as it is, with the places of this test; the socket of PostgreSQL lies elsewhere here, and both may not share one.
write_pooler() {
    local database=$1 password=$2
    mkdir -p "$work/bouncer"
    sed -e "s|host=/var/run/postgresql|host=$database|" -e "s|/var/run/postgresql|$work/bouncer|; s|/var/log/postgresql|$work/bouncer|" \
        -e "s|/etc/pgbouncer/|$work/bouncer/|" "$root/deploy/pgbouncer.ini" >"$work/bouncer/pgbouncer.ini"
    (umask 077 && printf '"keel_app" "%s"\n' "$password" >"$work/bouncer/userlist.txt")
    [ "$(id -u)" -ne 0 ] || chown -R postgres: "$work/bouncer"
}

start_pooler() {
    local left=50
    as_owner /usr/sbin/pgbouncer -q "$work/bouncer/pgbouncer.ini" >"$work/bouncer.out" 2>&1 &
    pooler=$!
    until [ -S "$work/bouncer/.s.PGSQL.6432" ] || ((left-- == 0)); do
        sleep 0.1
    done
}

# call METHOD PATH [BODY]: the answer to the editor.
call() {
    curl --silent --show-error --noproxy '*' --max-time 10 -X "$1" -H "Authorization: Bearer ${token:-none}" \
        ${3:+-H 'Content-Type: application/json' -d "$3"} "http://127.0.0.1:$KEEL_PORT/api$2"
}

sign_in() {
    token=$(curl --silent --noproxy '*' --max-time 10 -H 'Content-Type: application/json' \
        -d '{"email":"editor@example.com","password":"editor-password-1"}' "http://127.0.0.1:$KEEL_PORT/api/auth/login" |
        sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
}

test_start() {
    local url host
    place pooler
    run up
    says "an instance is there" 0 "Keel is up"
    url=$(sed -n 's/^KEEL_DATABASE_URL=//p' "$KEEL_VAR/keel.env")
    host=${url#host=}
    write_pooler "${host%% *}" "${url##*password=}"
    start_pooler
    verdict "PgBouncer starts with the file" $? "$(<"$work/bouncer.out")"
    export KEEL_DATABASE_URL="host=$work/bouncer port=6432 dbname=keel user=keel_app password=${url##*password=}" KEEL_DB_PREPARED=false
    run up
    says "the instance goes through it" 0 "Keel is up"
}

test_requests() {
    local id n refused=0
    sign_in
    verdict "one can sign in" "$([ -n "$token" ]; echo $?)"
    id=$(call POST /items '{"name":"Pooled","price":1}' | sed -n 's/.*"data":{"id":\([0-9]*\).*/\1/p')
    holds "an item is made" "$(call GET "/items/$id")" '"name":"Pooled"'
    holds "changed" "$(call PATCH "/items/$id" '{"price":2}')" '"price":2.00'
    holds "found" "$(call GET '/items?q=pooled')" "\"id\":$id"
    holds "and deleted" "$(call DELETE "/items/$id")" '"success":true'
    holds "many operations are one" "$(call POST /items/bulk '{"operations":[{"op":"create","data":{"name":"A","price":1}},{"op":"create","data":{"name":"B","price":1}}]}')" '"success":true'
    check "an export is whole" "$(call GET '/items/export?format=ndjson' | grep -c '"id":')" \
        "$(call GET /items | sed -n 's/.*"total":\([0-9]*\).*/\1/p')"
    for n in {1..40}; do
        call GET "/items?page=$n&per_page=5" | grep -q '"success":true' || refused=$((refused + 1))
    done
    check "and all of 40 more are answered" "$refused" 0
}

test_sessions() {
    local count
    count=$(PGHOST=$work/bouncer PGPORT=6432 PGUSER=keel_app PGPASSWORD=${KEEL_DATABASE_URL##*password=} psql -X -At -d keel \
        -c "SELECT count(*) <= 8 AND count(*) > 0 FROM pg_stat_activity WHERE usename = 'keel_app'")
    check "PostgreSQL has no more sessions than the file allows" "$count" t
}

test_restart() {
    local left=50
    kill "$pooler"
    wait "$pooler" 2>/dev/null
    holds "without it there is a 503 in the envelope" "$(call GET /items)" SERVICE_UNAVAILABLE
    rm -f "$work/bouncer/.s.PGSQL.6432"
    start_pooler
    until call GET /items | grep -q '"success":true' || ((left-- == 0)); do
        sleep 0.1
    done
    holds "and with it the next requests are answered" "$(call GET /items)" '"success":true'
}

if [ ! -x /usr/sbin/pgbouncer ]; then
    skip "an instance behind PgBouncer" "pgbouncer is not installed"
    exit 0
fi
test_start
test_requests
test_sessions
test_restart
[ "$failed" -eq 0 ]
