#!/bin/bash
# shared_host.sh - tests of the archive for a shared host: unpacked and served by Apache as CGI and by mod_fcgid, from .htaccess alone
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/local.sh
. "$here/../support/local.sh"

# PGHOST and the like name a cluster of the tests' own; a shared host has neither variables nor root's psql.
cluster="host=$PGHOST port=$PGPORT"
home=$work/home
site=$home/public_html
modules=/usr/lib/apache2/modules
apache_pid=

# As whoever owns the site: on a shared host, programs run as their owner.
as_owner() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && exec setpriv --reuid www-data --regid www-data --clear-groups -- env -i PATH="$PATH" HOME="$home" "$@")
    else
        (cd / && exec env -i PATH="$PATH" HOME="$home" "$@")
    fi
}

make_home() {
    mkdir -p "$site"
    echo "<title>My site</title>" >"$site/index.html"
    [ "$(id -u)" -ne 0 ] || chown -R www-data: "$home"
    psql -q -c "CREATE ROLE me_keel LOGIN PASSWORD 'me-password'" -c "CREATE DATABASE me_keel OWNER me_keel"
    verdict "there are a home, a site and a database" $?
}

test_archive() {
    local libraries
    make -s -C "$root" shared-host >"$work/out" 2>&1
    verdict "make shared-host makes an archive" $? "$(<"$work/out")"
    archive=$(sed -n 's|^\(.*\.tar\.gz\): .*|\1|p' "$work/out")
    [[ $archive == /* ]] || archive=$root/$archive
    # Opened here: the account of the host need not be able to look into the checkout.
    as_owner tar xz -C "$home" <"$archive"
    verdict "it unpacks in one's home" $?
    libraries=$(for program in api keelctl; do ldd "$home/keel/bin/$program"; done | grep -vE 'linux-vdso|ld-linux|/(libc|libm)\.so\.6' | awk '{print $3}' | sort -u)
    check "but for the C library, its programs load what lies beside them" "$(grep -v "^$home/keel/" <<<"$libraries")" ""
    check "which is few" "$(wc -l <<<"$libraries")" 5
    for library in $libraries; do
        grep -qF "${library##*/}" "$home/keel/INSTRUCTIONS.txt" || verdict "the instructions name $library" 1
    done
}

# setup ARGUMENT: leaves status and out.
setup() {
    out=$(as_owner "$home/keel/setup" "$@" 2>&1 </dev/null)
    status=$?
    err=
}

test_setup() {
    setup
    says "setup wants to know where the site is" 1 "keel/setup ~/public_html"
    setup "$home"
    says "it refuses to put the settings where anybody could fetch them" 1 "move it out"
    setup "$site"
    says "the first time it makes the settings" 1 "write database, user, password"
    check "which are the owner's alone" "$(stat -c %a "$home/keel/keel.env")" 600
    check "with secrets of their own" "$(grep -cE '^KEEL_[A-Z]+_SECRET=[A-Za-z0-9_-]{64}$' "$home/keel/keel.env")" 3
    sed -i -e "s|^KEEL_DATABASE_URL=.*|KEEL_DATABASE_URL=$cluster dbname=me_keel user=me_keel password=me-password|" "$home/keel/keel.env"
    printf 'KEEL_RATE_%s_PER_MINUTE=0\n' READ AUTH >>"$home/keel/keel.env"
    setup "$site"
    says "then it makes the tables and what the site needs" 0 "Keel is set up" "jobs run --once"
    cp -p "$home/keel/keel.env" "$work/before"
    setup "$site"
    says "again it does no harm" 0 "Keel is set up"
    cmp -s "$work/before" "$home/keel/keel.env"
    verdict "and leaves the settings alone" $?
    as_owner sh -c "printf 'owner-password-1\n' | KEEL_CONFIG=$home/keel/keel.env $home/keel/bin/keelctl user create me@mine.test --role admin" >/dev/null 2>"$work/err"
    verdict "the first account is made" $? "$(<"$work/err")"
}

load() {
    local name
    for name in "$@"; do
        echo "LoadModule ${name}_module $modules/mod_$name.so"
    done
}

# apache MODULE...: a host's Apache, which knows nothing of Keel and lets .htaccess decide.
apache() {
    port=$(free_port)
    mkdir -p "$work/apache"
    [ "$(id -u)" -ne 0 ] || chown www-data "$work/apache"
    {
        load mpm_prefork alias authz_core dir env headers include mime rewrite unique_id "$@"
        printf '%s\n' "ServerRoot $work/apache" "ServerName localhost" "Listen 127.0.0.1:$port" "PidFile $work/apache/pid" \
            "ErrorLog $work/apache/error.log" "Mutex file:$work/apache default" "TypesConfig /etc/mime.types" "StartServers 4" \
            "MaxRequestWorkers 32" "DocumentRoot $site" "DirectoryIndex index.html" "RLimitMEM 67108864" \
            "<Directory $site>" "AllowOverride All" "Require all granted" "</Directory>" \
            '<FilesMatch "^\.ht">' "Require all denied" "</FilesMatch>"
        [ "$(id -u)" -ne 0 ] || printf '%s\n' "User www-data" "Group www-data"
        [[ $* != *fcgid* ]] || printf '%s\n' "FcgidIPCDir $work/apache" "FcgidProcessTableFile $work/apache/processes" \
            "FcgidMaxRequestLen 2097152" "FcgidMaxProcesses 8"
    } >"$work/apache.conf"
    # A group of its own: Apache ends all of it.
    setsid setpriv --pdeathsig TERM -- /usr/sbin/apache2 -DFOREGROUND -f "$work/apache.conf" >"$work/apache/said" 2>&1 &
    apache_pid=$!
    for _ in {1..250}; do
        ! port_answers "$port" || break
        sleep 0.02
    done
    port_answers "$port"
    verdict "Apache serves the site: $*" $? "$(cat "$work/apache/said" "$work/apache/error.log" 2>/dev/null)"
}

apache_stop() {
    [ -n "$apache_pid" ] || return 0
    kill "$apache_pid" 2>/dev/null
    wait "$apache_pid" 2>/dev/null
    apache_pid=
}

# ask ARGUMENT... TARGET: status line, headers and body.
ask() {
    curl --silent --show-error --include --noproxy '*' --max-time 20 "${@:1:$#-1}" "http://127.0.0.1:$port${*: -1}" 2>&1 | tr -d '\r'
}

json=(-H 'Content-Type: application/json')

test_answers() {
    local token name=$1 target
    holds "$name: it is ready" "$(ask /api/health/ready)" "HTTP/1.1 200" '"status":"ready"' "X-Request-Id: " "X-Content-Type-Options: nosniff"
    token=$(ask "${json[@]}" -d '{"email":"me@mine.test","password":"owner-password-1"}' /api/auth/login | sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
    holds "$name: the token of a login is taken" "$(ask -H "Authorization: Bearer $token" /api/users/me)" "HTTP/1.1 200" '"email":"me@mine.test"'
    holds "$name: a row is written" "$(ask -H "Authorization: Bearer $token" "${json[@]}" -d '{"name":"On a shared host","price":1}' /api/items)" \
        "HTTP/1.1 201" "Location: /api/items/"
    holds "$name: a chunked body, too" \
        "$(ask -H "Authorization: Bearer $token" "${json[@]}" -H 'Transfer-Encoding: chunked' -d '{"name":"In pieces","price":1}' /api/items)" "HTTP/1.1 201"
    holds "$name: a file larger than other bodies is taken in" "$(ask -H "Authorization: Bearer $token" -H 'Content-Type: text/csv' -H 'Expect:' \
        --data-binary "@$work/items.csv" '/api/items/import?dry_run=true')" "HTTP/1.1 202" '"status":"queued"'
    holds "$name: all is given out as one" "$(ask '/api/items/export?format=csv')" "HTTP/1.1 200" "On a shared host"
    holds "$name: and found" "$(ask '/api/items?q=shared%20host&fields=name')" "HTTP/1.1 200" '"name":"On a shared host"'
    holds "$name: HEAD tells the length" "$(ask --head '/api/categories')" "HTTP/1.1 200" "Content-Length: "
    holds "$name: who is not signed in is told so" "$(ask -X DELETE /api/items/1)" "HTTP/1.1 401" '"code":"UNAUTHORIZED"'
    holds "$name: an unknown path is 404 in the envelope" "$(ask /api/nothing)" "HTTP/1.1 404" '"code":"NOT_FOUND"'
    holds "$name: a large body is 413 in the envelope" "$(ask "${json[@]}" -H 'Expect:' --data-binary "@$work/large" /api/items)" \
        "HTTP/1.1 413" '"code":"PAYLOAD_TOO_LARGE"' "X-Request-Id: "
    holds "$name: the page at /api/docs is there" "$(ask /api/docs/)" "HTTP/1.1 200" "<title>Keel API</title>"
    holds "$name: the site is as it was" "$(ask /)" "<title>My site</title>"
    for target in /keel.cgi /keel.fcgi /keel-error.shtml /.htaccess /keel.env; do
        case $(ask "$target") in
        "HTTP/1.1 404"* | "HTTP/1.1 403"*) ;;
        *) verdict "$name: $target is nobody's to fetch" 1 "$(ask "$target")" ;;
        esac
    done
    check "$name: its own errors stay the site's" "$(ask /nothing | grep -c '"success"')" 0
}

# burst: how many of 200 requests, 16 at once, a few logins among them, were answered as they should.
burst() {
    seq 200 | xargs -P 16 -I N sh -c "if [ \$((N % 40)) = 0 ]; then
        curl -s -o /dev/null -w '%{http_code}\n' -H 'Content-Type: application/json' -d '{\"email\":\"me@mine.test\",\"password\":\"owner-password-1\"}' http://127.0.0.1:$port/api/auth/login
    else curl -s -o /dev/null -w '%{http_code}\n' http://127.0.0.1:$port/api/items; fi" | grep -c '^200$'
}

workers_now() {
    pgrep -f "^$home/keel/bin/api" || true
}

test_limits_of_cgi() {
    check "CGI: within 64 MB of address space, 16 at once" "$(burst)" 200
}

test_limits_of_fcgid() {
    local pid peak most=0
    check "mod_fcgid: 16 at once" "$(burst)" 200
    check "mod_fcgid: by at most 8 processes" "$(($(workers_now | wc -l) <= 8))" 1
    for pid in $(workers_now); do
        peak=$(sed -n 's/^VmPeak:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")
        ((${peak:-0} <= most)) || most=$peak
    done
    echo "# the most address space that a worker ever had: $most kB"
    check "mod_fcgid: none of which ever had more than 64 MB of address space" "$((most > 1000 && most <= 65536)) $most" "1 $most"
}

# Of the processor's time, medians; the figure is printed.
test_cost() {
    local cost
    cost=$(KEEL_CONFIG=$home/keel/keel.env python3 - "$site/keel.cgi" <<'PYTHON'
import os, resource, subprocess, sys
os.environ.update(GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD="GET", REQUEST_URI="/api/items", REMOTE_ADDR="192.0.2.1", KEEL_LOG="/dev/null",
                  KEEL_RATE_FILE="", KEEL_HASH_FILE="")
taken = []
for _ in range(41):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.argv[1]], stdin=subprocess.DEVNULL, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stdout.startswith(b"Status: 200"), done
    taken.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
print("%.1f" % (sorted(taken)[20] * 1000))
PYTHON
    )
    echo "# a list as CGI: $cost ms of CPU, the shell in front included"
    check "a request as CGI costs at most 15 ms of CPU" "$(awk -v cost="$cost" 'BEGIN {print (cost > 0 && cost <= 15)}')" 1
}

# The very line that the instructions have; a mail that waits is sent by it.
test_cron() {
    local line
    line=$(sed -n 's/^ *\* \* \* \* \* //p' "$home/keel/INSTRUCTIONS.txt")
    sed -i -e 's/^KEEL_MAIL_TRANSPORT=.*/KEEL_MAIL_TRANSPORT=folder/' "$home/keel/keel.env"
    printf 'KEEL_MAIL_FOLDER=%s/mails\n' "$home" >>"$home/keel/keel.env"
    as_owner mkdir "$home/mails"
    ask "${json[@]}" -d '{"email":"me@mine.test"}' /api/auth/password/forgot >/dev/null
    as_owner sh -c "ulimit -v 65536; $line" 2>"$work/err"
    verdict "the line for cron does what is due" $? "$(<"$work/err")"
    check "such as sending mails" "$(find "$home/mails" -name '*.eml' | wc -l)" 1
    cp -p "$work/before" "$home/keel/keel.env"
}

test_doctor() {
    as_owner KEEL_CONFIG="$home/keel/keel.env" "$home/keel/bin/keelctl" doctor --url "http://127.0.0.1:$port/api" authorization body upload >"$work/out" 2>&1
    verdict "keelctl doctor asks through the web server, by the host's libcurl, and finds its limits right" $? "$(<"$work/out")"
}

test_wrong_settings() {
    sed -i 's/^KEEL_JWT_SECRET=.*/KEEL_JWT_SECRET=short/' "$home/keel/keel.env"
    holds "with settings that are wrong it says 500 in the envelope, and not why" "$(ask /api/health)" "HTTP/1.1 500" '"code":"INTERNAL_ERROR"'
    check "the host's log has why" "$(cat "$work/apache/error.log" "$home/keel/log/keel.log" | grep -c KEEL_JWT_SECRET | sed 's/^[1-9].*/some/')" some
    cp -p "$work/before" "$home/keel/keel.env"
}

trap 'apache_stop; finish' EXIT
head -c 1048577 /dev/zero >"$work/large"
awk 'BEGIN {print "name,price,description"; for (i = 0; i < 1500; i++) printf "Of a file,1.50,%01000d\n", i}' >"$work/items.csv"
make_home
test_archive
test_setup
apache cgi
test_answers CGI
test_limits_of_cgi
test_doctor
test_cron
test_wrong_settings
apache_stop
apache fcgid
test_answers mod_fcgid
test_limits_of_fcgid
apache_stop
check "nothing of it is left" "$(workers_now | wc -l)" 0
test_cost
[ "$failed" -eq 0 ]
