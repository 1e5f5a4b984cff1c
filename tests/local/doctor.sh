#!/usr/bin/env bash
# doctor.sh - tests of keelctl doctor on a whole instance: nginx, workers, mail and PostgreSQL, healthy and then not
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/local.sh disable=SC2154
. "$here/../support/local.sh"

# doctor CHECK...: leaves status and out.
doctor() {
    local user=()
    ((EUID != 0)) || user=(--user www-data)
    out=$(KEEL_CONFIG=$KEEL_VAR/keel.env "$KEEL_VAR/bin/keelctl" doctor "${user[@]}" --url "http://127.0.0.1:$KEEL_PORT/api" "$@" 2>&1)
    status=$?
    err=''
}

test_healthy() {
    run up
    says "an instance comes up" 0 "Keel is up"
    doctor
    # Jobs are not run yet by an instance; it is a place for development; a disk is as full as it is.
    check "but for what is meant so, nothing is wrong with it" \
        "$(grep -E '^(warning|error|skipped) ' <<<"$out" | grep -vE '^warning  environment|^[a-z]+ +(disk|memory) ')" ""
    says "its way through nginx is sound" "$status" "ok       web" "ok       authorization" "ok       paths" "ok       body" \
        "ok       upload" "ok       client"
}

test_limits() {
    KEEL_MAX_BODY_BYTES=2000000 doctor body
    says "nginx with a smaller limit than the program is found" 1 "error    body" "--max-body=2000000"
    KEEL_MAX_BODY_BYTES=1000 doctor body
    says "so is one with a larger" 0 "warning  body"
    KEEL_MAX_UPLOAD_BYTES=2000000000 doctor upload
    says "the limit of files to import is another one" 1 "error    upload" "--max-upload=2000000000"
    KEEL_MAX_UPLOAD_BYTES=2000000 doctor upload
    says "which may be too large as well" 0 "warning  upload"
}

# The way that many go wrong: the web server's own address is trusted, and it is everybody's.
test_forging() {
    KEEL_TRUSTED_PROXIES=127.0.0.0/8 run up
    KEEL_TRUSTED_PROXIES=127.0.0.0/8 doctor client
    says "an address that a client can forge is found" 1 "error    client"
    run up
}

test_without_workers() {
    kill "$(sed 's/ .*//' "$KEEL_VAR/state/workers.pid")"
    while [ -n "$(workers)" ]; do sleep 0.1; done
    doctor web authorization
    says "workers that are gone are found" 1 "error    web" "502" "skipped  authorization"
    run down
    doctor web database
    says "so is all of it" 1 "systemctl start nginx" "systemctl start postgresql"
}

place doctor
test_healthy
test_limits
test_forging
test_without_workers
exit $((failed > 0))
