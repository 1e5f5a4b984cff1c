#!/usr/bin/env bash
# tls.sh - tests of the way to a PostgreSQL on another machine: encrypted, and to no other server than the right one
#
# KEEL_PROGRAMS   folder of api and keelctl (default: build)
set -uo pipefail
export LC_ALL=C.UTF-8

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/sql/harness.sh disable=SC2154
. "$here/../sql/harness.sh"
# shellcheck source=tests/support/cluster
. "$here/../support/cluster"

keelctl=${KEEL_PROGRAMS:-$root/build}/keelctl
unset "${!KEEL_@}"
export KEEL_ENV=testing
trap 'cluster_stop; close_all' EXIT

# make_authority NAME: its certificate is NAME.crt.
make_authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1" \
        -keyout "$work/$1.key" -out "$work/$1.crt" 2>/dev/null
}

# make_server_certificate AUTHORITY FOLDER: for localhost, there.
make_server_certificate() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \
        -keyout "$2/server.key" -out "$work/server.csr" 2>/dev/null &&
        openssl x509 -req -in "$work/server.csr" -CA "$work/$1.crt" -CAkey "$work/$1.key" -CAcreateserial -days 2 \
            -extfile <(printf 'subjectAltName=DNS:localhost') -out "$2/server.crt" 2>/dev/null &&
        chmod 0600 "$2/server.key"
}

# A server that speaks TLS and nothing else over TCP.
serve_encrypted() {
    local data
    cluster_start || exit 1
    data=$cluster_folder/data
    # With SCRAM, as a cluster has it whose settings nobody changed.
    psql -Xq <<<"ALTER ROLE CURRENT_USER PASSWORD '$PGPASSWORD'" || exit 1
    make_authority right && make_authority wrong && make_server_certificate right "$data" || exit 1
    [ "$(id -u)" -ne 0 ] || chown postgres: "$data"/server.*
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    printf '%s\n' "ssl = on" "listen_addresses = '127.0.0.1'" "port = $port" >>"$data/postgresql.conf"
    printf '%s\n' "local all all scram-sha-256" "hostssl all all 127.0.0.1/32 scram-sha-256" >"$data/pg_hba.conf"
    cluster_as_owner "$(cluster_programs)/pg_ctl" -D "$data" -w -l "$data/server.log" restart >/dev/null 2>&1 </dev/null || {
        tail -n 5 "$data/server.log" >&2
        exit 1
    }
    export PGPORT=$port
}

# ask HOST WORDS: migrates over TCP with these words in the URL; leaves status and said.
ask() {
    KEEL_DATABASE_URL="host=$1 hostaddr=127.0.0.1 port=$port user=postgres password=$PGPASSWORD dbname=$PGDATABASE connect_timeout=5 $2" \
        "$keelctl" migrate "${3:-status}" >"$work/out" 2>&1 </dev/null
    status=$?
    said=$(<"$work/out")
}

# refused SENTENCE PART: the last call failed, saying so, and without the password.
refused() {
    [ "$status" -ne 0 ] && [[ $said == *"$2"* && $said != *"$PGPASSWORD"* ]]
    verdict "$1" "$?" "exit $status: $said"
}

serve_encrypted
make_database

ask localhost "sslmode=verify-full sslrootcert=$work/right.crt" up
verdict "migrations go over TLS to a server that is who it says" "$status" "$said"
check "and what they made is there" "$(sql "SELECT count(*) > 0 FROM items" 2>&1 | tail -n 1)" f
ask localhost "sslmode=verify-full sslrootcert=$work/wrong.crt"
refused "a server that another authority vouches for is refused" "certificate verify failed"
ask elsewhere "sslmode=verify-full sslrootcert=$work/right.crt"
refused "so is one that has another name" "does not match host name"
ask localhost "sslmode=disable"
refused "a server that wants TLS takes nobody without" "no encryption"
finish
