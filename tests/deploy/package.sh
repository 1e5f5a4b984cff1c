#!/usr/bin/env bash
# package.sh - the Debian package on a machine with systemd: installed, set up, started, replaced under load, removed
#
# KEEL_DEB   the package (default: the one that make deb built)
set -uo pipefail
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/support/local.sh disable=SC2154
. "$root/tests/support/local.sh"
# shellcheck source=tests/support/machine.sh disable=SC2154
. "$root/tests/support/machine.sh"
trap 'machine_end; rm -rf "$work"' EXIT

# run COMMAND...: leaves status, out and err of a command inside the machine.
run() {
    machine_run "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    out=$(<"$work/out")
    err=$(<"$work/err")
}

succeeds() {
    if [ "$status" = 0 ]; then verdict "$1" 0; else verdict "$1" 1 "exit $status: $out $err"; fi
}

fetch() {
    machine_run curl --silent --show-error --max-time 10 "http://127.0.0.1$1"
}

# Pids of the workers of all pools, in the machine's own counting.
pids() {
    machine_run systemctl show --property=MainPID --value 'keel-worker@*' 'keel-auth@*' | grep -v '^0*$' | sort
}

# soon COMMAND...: it comes true within ten seconds.
soon() {
    local _
    for _ in {1..100}; do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    return 1
}

# load_begin; load_end SENTENCE: no request of those meanwhile failed.
load_begin() {
    touch "$work/shared/loading"
    machine_run python3 /shared/load.py 80 /shared/loading >"$work/load" 2>&1 &
    loader=$!
    sleep 0.5
}

load_end() {
    sleep 0.5
    rm -f "$work/shared/loading"
    wait "$loader"
    if [[ $(<"$work/load") =~ ^requests\ ([0-9]+)\ failed\ 0 ]] && ((BASH_REMATCH[1] > 100)); then
        verdict "$1" 0
        echo "#   ${BASH_REMATCH[1]} requests"
    else
        verdict "$1" 1 "$(<"$work/load")"
    fi
}

test_install() {
    run dpkg -i /shared/keel.deb
    succeeds "the package installs"
    run stat -c '%a %U %G' /etc/keel /etc/keel/keel.env /etc/keel/owner.pgpass
    check "settings and the owner's password are for those who need them" "$out" $'750 root keel\n640 root keel\n600 root root'
    run sh -c 'grep -E "SECRET|PASSWORD" /etc/keel/keel.env | cut -d = -f 2 | sort -u | wc -l; grep -cE "@[A-Z_]+@" /etc/keel/keel.env'
    check "with secrets of their own" "$out" $'3\n0'
    run systemctl is-active keel.target
    check "nothing runs before there is a database" "$out" inactive
    run keelctl config get log
    succeeds "keelctl finds the settings by itself"
    run sh -c 'cd /tmp && runuser -u nobody keelctl config get log'
    check "who may not read them is told so" "$status $(grep -c /etc/keel/keel.env <<<"$err")" "1 1"
}

test_database() {
    run sh -c 'pg_lsclusters -h | grep -q . || pg_createcluster 15 main; systemctl start postgresql@15-main'
    succeeds "PostgreSQL starts"
    run keel-setup database
    says "keel-setup makes the database" 0 "MIGRATION COMPLETE" "keelctl user create"
    run keel-setup database
    says "and changes nothing the next time" 0 "Nothing to do"
    run sh -c 'keel-setup sql | runuser -u postgres -- psql -X -q -v ON_ERROR_STOP=1'
    check "what it prints for another host's does the same" "$status $out" "0 "
    run keelctl migrate up
    says "after which the owner can work there" 0 "Nothing to do"
}

test_start() {
    machine_run sh -c 'printf "KEEL_RATE_READ_PER_MINUTE=0\nKEEL_RATE_WRITE_PER_MINUTE=0\n" >>/etc/keel/keel.env'
    run systemctl enable --now keel.target
    succeeds "keel.target starts"
    check "with two workers and one that hashes" "$(pids | wc -l)" 3
    run systemctl is-active keel-jobs
    check "and one that runs jobs" "$out" active
    run systemctl is-enabled keel.target
    check "and will at the next boot" "$out" enabled
    run sh -c 'stat -c "%a %U %G" /run/keel/api.sock /run/keel/auth.sock'
    check "only the web server's group may connect" "$out" $'660 keel www-data\n660 keel www-data'
    # shellcheck disable=SC2016 # for the machine's shell
    run sh -c '/usr/share/keel/nginx/render --auth-socket=/run/keel/auth.sock --max-body="$(keelctl config get max_body_bytes)" \
        --max-upload="$(keelctl config get max_upload_bytes)" && rm -f /etc/nginx/sites-enabled/default && \
        sed -i "/^http {/a include keel/keel.conf;" /etc/nginx/nginx.conf && nginx -t && systemctl start nginx'
    succeeds "nginx takes the installed configuration"
    holds "the workers are ready" "$(fetch /api/health/ready)" '"status":"ready"'
    run journalctl --quiet --output=cat --unit='keel-worker@1'
    holds "their log is the journal's" "$out" '"message":"The worker serves."'
}

# As root, who sees the files with the workers' eyes. The host of a test has no address of its own, and little disk.
test_doctor() {
    run keelctl doctor
    check "keelctl doctor finds nothing wrong but what is meant so" \
        "$(grep -E '^(error|warning|skipped)' <<<"$out" | grep -vE '^warning  (environment|mail|disk) ')" ""
    holds "and knows the client's address from the journal" "$out" "ok       client" "this request came from 127.0.0.1"
    machine_run sh -c 'mkdir -p /run/systemd/system/keel-auth@.service.d && printf "[Service]\nMemoryMax=64M\n" \
        >/run/systemd/system/keel-auth@.service.d/test.conf && systemctl daemon-reload'
    run keelctl doctor memory
    says "it finds a bound of memory that no hash fits into" 1 "A worker may have 64 MB"
    machine_run sh -c 'rm -r /run/systemd/system/keel-auth@.service.d && systemctl daemon-reload'
}

test_hardening() {
    local pid words
    pid=$(pids | head -n 1)
    words=$(machine_run sh -c "grep -E '^(Uid|Gid|CapBnd|NoNewPrivs|Seccomp):' /proc/$pid/status | tr -s '\t' ' '")
    holds "a worker can gain nothing" "$words" "NoNewPrivs: 1" "Seccomp: 2" "CapBnd: 0000000000000000"
    check "and is not root" "$(grep -c 'Uid: 0' <<<"$words")" 0
    run nsenter --target "$pid" --mount -- sh -c 'touch /etc/keel/x /usr/x /var/lib/x 2>&1 | grep -c "Read-only"; touch /var/lib/keel/x /run/keel/shared/x && echo writable'
    check "it writes only where it has to" "$out" $'3\nwritable'
    run systemd-analyze security --no-pager keel-worker@1.service
    check "systemd's own judgement is below 2" "$(sed -n 's/.*Overall exposure level.*: \([0-9]\)\..*/\1/p' <<<"$out")" 1
}

# The password of the schema's owner is root's, and nothing that runs needs it.
test_owner() {
    local service
    run keelctl jobs enqueue audit.trim
    succeeds "a job that removes of the audit log is ordered"
    soon machine_run sh -c 'keelctl jobs list --kind audit.trim | grep -q succeeded'
    verdict "and the runner can carry it out" $? "$(machine_run keelctl jobs list --kind audit.trim)"
    for service in keel-worker@1 keel-jobs; do
        run sh -c "nsenter --target \"\$(systemctl show --property=MainPID --value $service)\" --mount -- \
            stat -c '%U %a' /etc/keel/owner.pgpass"
        check "$service has no way to the password of the schema's owner" "$out" "root 600"
    done
}

test_restart() {
    local before
    before=$(pids)
    load_begin
    run keelctl workers restart
    succeeds "keelctl workers restart replaces the workers"
    run keelctl workers restart
    load_end "under load no request fails"
    check "none of the old ones is left" "$(comm -12 <(echo "$before") <(pids) | wc -l) $(pids | wc -l)" "0 3"
    load_begin
    run dpkg -i /shared/keel.deb
    succeeds "installing the package again takes up its program"
    load_end "without a failed request"
}

test_accidents() {
    local pid
    pid=$(machine_run systemctl show --property=MainPID --value keel-worker@1)
    machine_run kill -KILL "$pid"
    soon machine_run sh -c "[ \$(systemctl show --property=MainPID --value keel-worker@1) -gt 1 ] && ! [ -d /proc/$pid ]"
    verdict "a worker that was killed is started again" $?
    machine_run mkdir -p /run/systemd/system/keel-worker@.service.d
    machine_run sh -c 'printf "[Service]\nWatchdogSec=1s\n" >/run/systemd/system/keel-worker@.service.d/test.conf; systemctl daemon-reload; systemctl restart keel-worker@1'
    sleep 2.5
    pid=$(machine_run systemctl show --property=MainPID --value keel-worker@1)
    run journalctl --quiet --unit=keel-worker@1 --grep='[Ww]atchdog timeout'
    check "a worker at rest keeps its watchdog calm" "$out" ""
    machine_run kill -STOP "$pid"
    soon machine_run sh -c "[ \$(systemctl show --property=MainPID --value keel-worker@1) -gt 1 ] && ! [ -d /proc/$pid ]"
    verdict "one that hangs is found by the watchdog and replaced" $?
    machine_run sh -c 'rm -r /run/systemd/system/keel-worker@.service.d; systemctl daemon-reload'
    machine_run systemctl stop --quiet keel-worker@1 keel-worker@2 2>/dev/null
    holds "the socket starts the first worker where none runs" "$(fetch /api/health)" '"status":"ok"'
    machine_run systemctl start keel.target
}

test_stop() {
    run systemctl stop keel.target
    check "stopping the target stops all" "$(pids | wc -l)" 0
    run sh -c 'ls /run/keel/*.sock'
    check "and takes the sockets away" "$out" ""
}

test_spawn_fcgi() {
    run sh -c 'mkdir -p /etc/default && cp /usr/share/keel/keel.default /etc/default/keel && keel-workers start'
    succeeds "keel-workers starts the same without systemd's help"
    run keel-workers status
    says "and says what runs" 0 "workers" "2 of 2" "auth" "1 of 1" "jobs"
    holds "the workers are ready" "$(fetch /api/health/ready)" '"status":"ready"'
    load_begin
    run keel-workers restart
    says "keelctl replaces those under multiwatch too" 0 "/run/keel/workers.pid: 2 replaced." "/run/keel/auth.pid: 1 replaced."
    load_end "and no request fails"
    run keel-workers stop
    succeeds "keel-workers stops them"
    run keel-workers status
    says "and says so" 1 "down"
    check "no worker is left" "$(machine_run pgrep -c -x api)" 0
}

test_remove() {
    machine_run systemctl start keel.target
    check "the workers run again" "$(pids | wc -l)" 3
    run dpkg -r keel
    succeeds "the package can be removed while it runs"
    check "nothing of it runs on" "$(machine_run pgrep -c -u keel)" 0
    run sh -c 'ls -d /usr/lib/keel /usr/share/keel /lib/systemd/system/keel* /usr/bin/keelctl 2>/dev/null'
    check "its files are gone" "$out" ""
    run sh -c 'ls /etc/keel/keel.env'
    succeeds "settings stay"
    run dpkg -P keel
    succeeds "a purge succeeds"
    run sh -c 'ls -d /etc/keel /var/lib/keel /var/log/keel; getent passwd keel; systemctl list-unit-files --no-legend "keel*"'
    check "and leaves neither settings nor user nor unit" "$out" ""
}

if ! machine_is_possible; then
    skip "the package works under systemd" "$machine_why"
    exit 0
fi
mkdir "$work/shared"
cp "${KEEL_DEB:-$(ls "$root"/build/deb/keel_*.deb)}" "$work/shared/keel.deb"
cp "$root/tests/deploy/load.py" "$work/shared/"
machine_start "$work/shared"
verdict "the machine starts" $? "$(tail -n 5 "$work/shared/console")"
test_install
test_database
test_start
test_doctor
test_hardening
test_owner
test_restart
test_accidents
test_stop
test_spawn_fcgi
test_remove
exit $((failed > 0))
