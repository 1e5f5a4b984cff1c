#!/usr/bin/env bash
# install.sh - tests of make install and make uninstall, and of the units that it installs
#
# KEEL_PROGRAMS   not looked at: what is installed is linked anew
set -uo pipefail
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/support/local.sh disable=SC2154
. "$root/tests/support/local.sh"
stage=$work/stage
# As a package has it, but for the settings' place, which a test may write to.
places=(PREFIX=/usr "SYSCONFDIR=$work/etc" "DESTDIR=$stage")

make_it() {
    make --no-print-directory -C "$root" -s "$@" "${places[@]}" >"$work/out" 2>&1
    status=$?
    out=$(<"$work/out") err=''
}

files() {
    (cd "$stage" && find . ! -type d | sort)
}

test_install() {
    make_it install
    says "make install says what to do next" 0 "keel-setup database" "systemctl enable --now keel.target"
    holds "programs, scripts, units and documents are in their places" "$(files)" ./usr/bin/keelctl ./usr/lib/keel/api \
        ./usr/sbin/keel-setup ./usr/sbin/keel-workers ./usr/lib/systemd/system/keel.target ./usr/share/keel/nginx/render \
        ./usr/share/keel/nginx/docs/index.html ./usr/share/keel/apache/keel-proxy.conf ./usr/share/doc/keel/OPERATIONS.md
    check "no word between at-signs is left in what is read on the host" \
        "$(grep -rlIE '@[A-Z]+DIR@' "$stage")" ""
    check "only what is run may be run" "$(cd "$stage" && find . -type f -executable | sort | tr '\n' ' ')" \
        "./usr/bin/keelctl ./usr/lib/keel/api ./usr/sbin/keel-setup ./usr/sbin/keel-workers ./usr/share/keel/nginx/render ./usr/share/keel/nginx/render-docs "
    check "nobody but its owner may change any of it" "$(find "$stage" -perm /022)" ""
    "$stage/usr/share/keel/nginx/render" --output="$work/nginx" --docs="$work/docs"
    check "the installed templates can be rendered" "$([ -s "$work/nginx/keel.conf" ] && echo yes)" yes
}

test_settings() {
    local keelctl=$stage/usr/bin/keelctl
    check "without a file there are the defaults" "$("$keelctl" config get db_retries)" 3
    mkdir -p "$work/etc/keel"
    echo "KEEL_DB_RETRIES=7" >"$work/etc/keel/keel.env"
    check "an installed keelctl reads the settings of its place" "$("$keelctl" config get db_retries)" 7
    check "another file wins over them" "$(KEEL_CONFIG='' "$keelctl" config get db_retries)" 3
    check "one of a checkout does not look there" "$("$programs/keelctl" config get db_retries)" 3
    echo "KEEL_NONSENSE=7" >"$work/etc/keel/keel.env"
    "$keelctl" config >/dev/null 2>"$work/err"
    holds "a mistake in them is named with the file" "$(<"$work/err")" "$work/etc/keel/keel.env:1" "KEEL_NONSENSE"
}

# verify: what systemd says of the units, as if they were installed here.
verify() {
    local units=$work/units name
    cp -r "$stage/usr/lib/systemd/system" "$units"
    # The programs are not where the units say.
    find "$units" -type f -exec sed -i "s,^ExecStart=/,ExecStart=$stage/," {} +
    for name in keel-worker@1 keel-auth@1 keel-jobs; do
        set -- "$@" "$units/$name.service"
    done
    SYSTEMD_UNIT_PATH=$units: systemd-analyze verify --man=no "$@" "$units/keel.target" 2>&1
}

test_units() {
    local name exposure
    if ! command -v systemd-analyze >/dev/null; then
        skip "systemd understands the units" "systemd is not installed"
        return
    fi
    check "systemd understands the units" "$(verify)" ""
    for name in keel-worker@1 keel-auth@1 keel-jobs; do
        exposure=$(SYSTEMD_UNIT_PATH=$work/units: systemd-analyze security --no-pager --offline=true "$name.service" 2>&1 |
            sed -n 's/.*Overall exposure level.*: \([0-9]*\)\..*/\1/p')
        check "and calls $name little exposed" "$exposure" 1
    done
}

test_again() {
    echo "KEEL_DB_RETRIES=7" >"$work/etc/keel/keel.env"
    make_it install
    says "installing again succeeds" 0
    check "and leaves the settings alone" "$(<"$work/etc/keel/keel.env")" KEEL_DB_RETRIES=7
    check "nothing half written is left" "$(find "$stage" -name '*.new')" ""
}

# worker_pids: those of the pool for everything.
worker_pids() {
    pgrep -P "$(sed 's/ .*//' "$work/run/workers.pid")"
}

# all_up: waits until all parts are; says whether they are.
all_up() {
    local tries
    for ((tries = 0; tries < 50; tries++)); do
        ! "$work/prefix/sbin/keel-workers" status >"$work/out" || return 0
        sleep 0.2
    done
    return 1
}

# connect_many COUNT SOCKET: prints how many connections it takes at once.
connect_many() {
    python3 -c '
import resource, socket, sys
count, path = int(sys.argv[1]), sys.argv[2]
resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
kept = []
try:
    for _ in range(count):
        kept.append(socket.socket(socket.AF_UNIX))
        kept[-1].setblocking(False)
        kept[-1].connect(path)
except BlockingIOError:
    kept.pop()
print(len(kept))' "$@"
}

# What a supervisor and a socket are told, as their own defaults would end the service.
test_endurance() {
    local round pids pid
    pid=$(worker_pids | head -n 1)
    check "a worker writes no core, and what it writes is for its user alone" \
        "$(sed -n 's/^Max core file size *\([0-9]*\) *\([0-9]*\) .*/\1 \2/p' "/proc/$pid/limits") $(sed -n 's/^Umask:[[:space:]]*//p' "/proc/$pid/status")" \
        "0 0 0077"
    for ((round = 0; round < 15; round++)); do
        readarray -t pids < <(worker_pids)
        kill -KILL "${pids[@]}" 2>/dev/null
        sleep 0.1
    done
    all_up
    check "thirty that are killed within seconds are brought back" $? 0
    readarray -t pids < <(worker_pids)
    kill -STOP "${pids[@]}"
    check "a thousand connections wait for workers that are busy, and none is refused" "$(connect_many 1000 "$work/run/api.sock")" 1000
    kill -CONT "${pids[@]}"
}

# As a host without systemd has it: installed in its place, started by the script.
test_keel_workers() {
    local script=$work/prefix/sbin/keel-workers user web before
    places=("PREFIX=$work/prefix" "SYSCONFDIR=$work/etc" DESTDIR=)
    make_it install
    user=$(id -un) web=$(id -gn)
    ((EUID != 0)) || user=www-data web=www-data
    mkdir -p "$work/etc/default" "$work/logs"
    sed -e "s,^RUN_AS=.*,RUN_AS=$user," -e "s,^WEB_GROUP=.*,WEB_GROUP=$web," -e "s,^RUN=.*,RUN=$work/run," \
        -e "s,^LOGS=.*,LOGS=$work/logs," -e "s,^STATE=.*,STATE=$work/state," "$work/prefix/share/keel/keel.default" >"$work/etc/default/keel"
    printf '%s\n' KEEL_DATABASE_URL=host=/nowhere "KEEL_JWT_SECRET=$(head -c 48 /dev/urandom | base64 -w 0)" \
        "KEEL_SESSION_SECRET=$(head -c 48 /dev/urandom | base64 -w 0)" \
        "KEEL_CURSOR_SECRET=$(head -c 48 /dev/urandom | base64 -w 0)" >"$work/etc/keel/keel.env"
    chmod 0755 "$work/etc" "$work/etc/keel"
    "$script" start >"$work/out" 2>&1
    check "keel-workers starts what its settings say" "$? $(<"$work/out")" "0 "
    "$script" status >"$work/out"
    holds "and says that all is up, also while there is no database" "$? $(<"$work/out")" "0 " "2 of 2" "1 of 1" "jobs"
    check "behind sockets for the web server's group alone" "$(stat -c '%a %G' "$work/run/api.sock" "$work/run/auth.sock" | sort -u)" "660 $web"
    test_endurance
    before=$(<"$work/run/workers.pid")
    "$script" start
    check "again it starts nothing" "$(<"$work/run/workers.pid")" "$before"
    "$script" restart >"$work/out" 2>&1
    holds "it has keelctl replace the workers" "$(<"$work/out")" "workers.pid: 2 replaced" "auth.pid: 1 replaced"
    "$script" stop
    "$script" status >"$work/out"
    check "it stops all of them" "$? $(grep -c ' down ' "$work/out") $(find "$work/run" -name '*.sock' -o -name '*.pid')" "1 3 "
    sed -i 's/^KEEL_JWT_SECRET=.*/KEEL_JWT_SECRET=/' "$work/etc/keel/keel.env"
    "$script" start >"$work/out" 2>&1
    check "what cannot start is said with the reason" "$? $(grep -c 'workers did not start: .*KEEL_JWT_SECRET' "$work/out")" "1 1"
    KEEL_DEFAULTS=$work/nowhere "$script" start 2>"$work/err"
    check "so are settings that are not there" "$? $(grep -c "$work/nowhere" "$work/err")" "1 1"
}

test_uninstall() {
    touch "$stage/usr/bin/other"
    make_it uninstall
    says "make uninstall succeeds" 0
    check "and leaves only what it did not put there" "$(files)" ./usr/bin/other
    check "folders of its own are gone" "$(find "$stage" -name 'keel*')" ""
    make_it uninstall
    says "again it has nothing to do" 0
}

test_install
test_settings
test_units
test_again
test_uninstall
test_keel_workers
exit $((failed > 0))
