#!/usr/bin/env bash
# doctor.sh - tests of keelctl doctor: each check where all is well and where something is not, on a real PostgreSQL
#
# KEEL_PROGRAMS   folder of keelctl (default: build)
# shellcheck disable=SC2030,SC2031 # a setting in a subshell is meant for that alone
set -uo pipefail
export LC_ALL=C.UTF-8

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/sql/harness.sh disable=SC2154
. "$here/../sql/harness.sh"
keelctl=${KEEL_PROGRAMS:-$root/build}/keelctl
unset "${!KEEL_@}"
web=''

# Who looks at files: an account that may write only what it is given.
user=()
if [ "$(id -u)" = 0 ]; then
    user=(--user nobody)
    chmod 0755 "$work"
fi

secret() {
    head -c 48 /dev/urandom | base64 -w 0
}

# Settings with which nothing is wrong, on this database.
write_settings() {
    mkdir -p "$work/shared" "$work/mails"
    [ "$(id -u)" != 0 ] || chown nobody "$work/shared"
    chmod 0700 "$work/mails"
    cat >"$work/keel.env" <<TEXT
KEEL_ENV=production
KEEL_DATABASE_URL=dbname=$PGDATABASE user=$role password=app-password
KEEL_MIGRATION_DATABASE_URL=dbname=$PGDATABASE
KEEL_JWT_SECRET=$(secret)
KEEL_SESSION_SECRET=$(secret)
KEEL_CURSOR_SECRET=$(secret)
KEEL_PUBLIC_URL=https://shop.example.com
KEEL_MAIL_TRANSPORT=sendmail
KEEL_MAIL_COMMAND=/bin/true
KEEL_MAIL_FROM=Shop <shop@example.com>
KEEL_RATE_FILE=$work/shared/rate
KEEL_HASH_FILE=$work/shared/hash
KEEL_LOG=$work/shared/keel.log
KEEL_UPLOAD_FOLDER=$work/shared
KEEL_MAX_UPLOAD_BYTES=1048576
TEXT
    chmod 0640 "$work/keel.env"
    export KEEL_CONFIG=$work/keel.env
}

# run WORDS...: leaves status, out and err of one call.
run() {
    "$keelctl" doctor "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    out=$(<"$work/out")
    err=$(<"$work/err")
}

# finds SENTENCE CHECK VERDICT PART...: that check, run alone, says so, with each part; and the exit status follows.
finds() {
    local sentence=$1 name=$2 wanted=$3 part expected=0
    shift 3
    run "${user[@]}" ${url:+--url "$url"} "$name"
    [ "$wanted" != error ] || expected=1
    if [ "$status" != "$expected" ] || ! grep -qE "^$wanted +$name " <<<"$out"; then
        verdict "$sentence" 1 "exit $status: $out $err"
        return
    fi
    for part in "$@"; do
        if [[ "$out" != *"$part"* ]]; then
            verdict "$sentence" 1 "no <$part> in: $out"
            return
        fi
    done
    verdict "$sentence" 0
}

test_calling() {
    run --list
    check "--list names every check" "$status $(grep -c . <<<"$out")" "0 22"
    run nonsense
    check "an unknown check is misuse" "$status $(grep -c 'no check nonsense' <<<"$err")" "2 1"
    run --frob
    check "so is an unknown option" "$status" 2
    run --user nobody-at-all
    check "so is a user that is none" "$status" 2
    run --json secrets disk
    check "--json says of each what was found" "$status $(python3 -c '
import json, sys
report = json.load(sys.stdin)
print(report["healthy"], *[check["name"] + "=" + check["verdict"] for check in report["checks"]],
      all(finding["text"] for check in report["checks"] for finding in check["findings"]))' <<<"$out")" "0 True secrets=ok disk=$(disk_verdict) True"
    KEEL_CURSOR_SECRET='' KEEL_ENV=testing run --json secrets
    check "and whether it is healthy, with the same exit status" "$status $(grep -c '"healthy":false' <<<"$out")" "1 1"
}

# has_line SENTENCE TEXT: in what was said last.
has_line() {
    verdict "$1" "$([[ $out == *"$2"* ]] && echo 0 || echo 1)" "no <$2> in: $out"
}

test_wrong_settings() {
    local report line
    finds "settings that can be read are well" settings ok "$work/keel.env"
    { cat "$work/keel.env" && echo KEEL_NOSUCH=1; } >"$work/wrong.env"
    KEEL_CONFIG=$work/wrong.env run --json
    report=$out
    KEEL_CONFIG=$work/wrong.env run
    check "a wrong one is a finding, and nothing else is looked at" \
        "$status $(grep -c '^error' <<<"$out") $(grep -vc '^error\|mend: \|^0 ok, 0 skipped, 0 warnings, 1 errors$' <<<"$out")" "1 1 0"
    has_line "an unknown one with the line that takes it out" "mend: sed -i '/^KEEL_NOSUCH=/d' $work/wrong.env"
    check "as JSON, too" "$(python3 -c '
import json, sys
report = json.load(sys.stdin)
print(report["healthy"], *[check["name"] + "=" + check["verdict"] for check in report["checks"]])' <<<"$report")" "False settings=error"
    line=$(sed -n 's/^ *mend: //p' <<<"$out")
    bash -c "$line"
    KEEL_CONFIG=$work/wrong.env KEEL_DB_RETRIES=many run
    has_line "a value that cannot be is told with one that can" "mend: KEEL_DB_RETRIES="
    sed -i '/^KEEL_CURSOR_SECRET=/d; /^KEEL_PUBLIC_URL=/d' "$work/wrong.env"
    echo KEEL_CURSOR_SECRET=changeme >>"$work/wrong.env"
    KEEL_CONFIG=$work/wrong.env run disk
    check "several are told at once" "$status $(grep -c '^error ' <<<"$out")" "1 2"
    has_line "a weak secret in production with the line that makes a strong one" "openssl rand"
    has_line "and an address that is missing with an example" "mend: KEEL_PUBLIC_URL=https://"
    KEEL_CONFIG=$work/nowhere.env run --json
    check "settings that cannot be read are said in JSON as well" "$status $(grep -c '"healthy":false' <<<"$out") $(grep -c 'nowhere.env' <<<"$out")" "1 1 1"
    KEEL_CONFIG=$work/nowhere.env run --list
    check "what there is to check is told without settings" "$status $(grep -c . <<<"$out")" "0 22"
    KEEL_CONFIG=$work/nowhere.env run --frob
    check "and misuse is misuse" "$status" 2
}

disk_verdict() {
    "$keelctl" doctor disk | sed -n 's/ .*//;1p'
}

test_settings() {
    finds "production with an address of its own is well" environment ok "https://shop.example.com"
    KEEL_ENV=development finds "development is told" environment warning "KEEL_ENV=production" "$work/keel.env"
    KEEL_PUBLIC_URL=http://localhost finds "links that lead here alone are told" environment warning "KEEL_PUBLIC_URL="
    KEEL_PUBLIC_URL=http://shop.example.com finds "so are links without TLS" environment warning "unencrypted"
    finds "good secrets are well" secrets ok
    KEEL_ENV=testing KEEL_SESSION_SECRET='' finds "a missing secret is an error, with the line that makes one" secrets error \
        "KEEL_SESSION_SECRET is not set" "openssl rand" "$work/keel.env"
    KEEL_ENV=testing KEEL_CURSOR_SECRET=changeme finds "a weak one is a warning outside of production" secrets warning "weak"
    KEEL_JWT_SECRET=$(secret)
    export KEEL_JWT_SECRET
    KEEL_CURSOR_SECRET=$KEEL_JWT_SECRET finds "two that are the same are an error" secrets error "KEEL_JWT_SECRET and KEEL_CURSOR_SECRET"
    unset KEEL_JWT_SECRET
    finds "without proxies nobody is believed" proxies ok
    KEEL_TRUSTED_PROXIES="10.0.0.5 fd00::/8" finds "named proxies are well" proxies ok "10.0.0.5"
    KEEL_TRUSTED_PROXIES="10.0.0.5, 0.0.0.0/0" finds "everybody as a proxy is an error" proxies error "KEEL_TRUSTED_PROXIES=10.0.0.5"
    KEEL_TRUSTED_PROXIES="::/0" finds "in IPv6 too" proxies error
    KEEL_TRUSTED_PROXIES="10.0.0.5 shop.example" finds "what is no network is an error" proxies error "shop.example"
}

# The line that mends the secret is run as it is printed.
test_mending_a_secret() {
    local line
    cp "$work/keel.env" "$work/other.env"
    sed -i 's/^KEEL_ENV=.*/KEEL_ENV=testing/; s/^KEEL_CURSOR_SECRET=.*/KEEL_CURSOR_SECRET=changeme/' "$work/other.env"
    KEEL_CONFIG=$work/other.env run secrets
    line=$(sed -n 's/^ *mend: //p' <<<"$out")
    bash -c "${line% && keelctl workers restart}"
    KEEL_CONFIG=$work/other.env finds "the line that is printed mends it" secrets ok
}

test_files() {
    finds "files for their owner and group are well" files ok
    chmod 0644 "$work/keel.env"
    finds "settings that others may read are an error" files error "0644" "chmod g-w,o= $work/keel.env"
    chmod 0640 "$work/keel.env"
    KEEL_MAIL_TRANSPORT=folder KEEL_MAIL_FOLDER=$work/mails finds "a closed folder of mails is well" files ok
    chmod 0755 "$work/mails"
    KEEL_MAIL_TRANSPORT=folder KEEL_MAIL_FOLDER=$work/mails finds "an open one is an error" files error "$work/mails"
    touch "$work/pass"
    chmod 0640 "$work/pass"
    KEEL_MIGRATION_DATABASE_URL="dbname=x passfile=$work/pass" finds "so is a password file that a group may read" files error "chmod go= $work/pass"
    mkdir -m 0750 "$work/keys"
    (umask 022 && echo x >"$work/keys/k1.pem")
    KEEL_KEY_FOLDER=$work/keys finds "and a key that others may read" files error "$work/keys/k1.pem"
}

test_places() {
    finds "a log that can be written is well" log ok "$work/shared/keel.log"
    KEEL_LOG=syslog finds "syslog needs no file" log ok
    KEEL_LOG=/proc/keel.log finds "a log in a folder that takes no file is an error" log error "install -d"
    finds "what the workers share can be written" shared ok
    KEEL_RATE_FILE='' finds "without rate limits it warns" shared warning "KEEL_RATE_FILE="
    KEEL_UPLOAD_FOLDER=$work/shared finds "a folder of uploads that can be written is well" shared ok
    KEEL_UPLOAD_FOLDER=$work/nowhere finds "one that is not there is an error" shared error "install -d" "$work/nowhere"
    KEEL_HASH_FILE=/proc/keel/hash finds "a file of turns that cannot be made is an error" shared error "/proc/keel/hash"
    KEEL_METRICS_FILE=/proc/keel/metrics finds "and so is one of metrics" shared error "/proc/keel/metrics"
    if [ "$(id -u)" = 0 ]; then
        touch "$work/shared/mine"
        chmod 0600 "$work/shared/mine"
        KEEL_LOG=$work/shared/mine finds "root's own file is none of the workers'" log error "Permission denied"
    fi
    finds "a disk with room is well" disk "$(disk_verdict)"
    if unshare --mount -- mount -t tmpfs -o size=4m tmpfs "$work/mails" 2>/dev/null; then
        out=$(unshare --mount -- bash -c "mount -t tmpfs -o size=4m tmpfs '$work/mails' && KEEL_LOG='$work/mails/log' '$keelctl' doctor disk")
        check "a full one is an error" "$(grep -cE '^error +disk .*mails' <<<"$out")" 1
    fi
}

test_memory() {
    finds "hashing that fits is well" memory ok "19 MB"
    KEEL_ARGON2_MEMORY_KIB=65536 KEEL_HASH_SLOTS=1024 finds "a burst that takes the host's memory is an error" memory error "KEEL_HASH_SLOTS="
    KEEL_ARGON2_MEMORY_KIB=8192 KEEL_ARGON2_PASSES=1 finds "cheap hashing is an error in production" memory error "KEEL_ARGON2_MEMORY_KIB=19456"
    KEEL_ENV=testing KEEL_ARGON2_MEMORY_KIB=8192 KEEL_ARGON2_PASSES=1 finds "and a warning elsewhere" memory warning
    (
        ulimit -v 400000
        KEEL_ARGON2_MEMORY_KIB=1048576 finds "memory that cannot be had is an error" memory error "cannot be hashed"
    )
    if group=$(make_group 128M); then
        out=$(bash -c "echo \$\$ >'$group/cgroup.procs' && KEEL_HASH_SLOTS=4 exec '$keelctl' doctor memory")
        check "so is a burst beyond what a control group may have" "$(grep -cE '^error +memory .* of the 128 MB' <<<"$out")" 1
        rmdir "$group"
    fi
}

# make_group SIZE: prints the folder of a new control group with so much memory, where one can be made.
make_group() {
    local place
    for place in /sys/fs/cgroup/memory /sys/fs/cgroup; do
        if mkdir "$place/keel_doctor_$$" 2>/dev/null; then
            place=$place/keel_doctor_$$
            ! { echo "$1" >"$place/memory.limit_in_bytes" || echo "$1" >"$place/memory.max"; } 2>/dev/null || {
                echo "$place"
                return 0
            }
            rmdir "$place"
        fi
    done
    return 1
}

test_database() {
    finds "a database that answers is well" database ok "PostgreSQL"
    KEEL_DATABASE_URL="host=$work/nowhere dbname=x password=hunter2" finds "one that does not is an error" database error "systemctl start postgresql"
    check "that shows no password" "$(grep -c hunter2 <<<"$out$err")" 0
    KEEL_DATABASE_URL="dbname=nobodys user=$role password=app-password" finds "a database that is not there is told from it" database error "keel-setup database"
    KEEL_DATABASE_URL="dbname=$PGDATABASE user=$role password=hunter2" finds "so is a wrong password" database error "password authentication failed" "keel-setup database"
    KEEL_ENV=testing KEEL_DATABASE_URL='' finds "no database at all is an error" database error "KEEL_DATABASE_URL="
    KEEL_DATABASE_URL="host=$work/nowhere" finds "what needs one is skipped then" schema skipped
    KEEL_DATABASE_URL="dbname=$PGDATABASE" finds "a superuser as the workers' role is a warning" database warning "superuser"
    finds "the owner can be reached" owner ok
    KEEL_MIGRATION_DATABASE_URL='' finds "one role for both is a warning" owner warning "KEEL_MIGRATION_DATABASE_URL="
    finds "a database without schema is an error" schema error "keelctl migrate up"
    finds "without one the queue cannot be read" runner error "keelctl migrate up"
    "$keelctl" migrate up >/dev/null
    sql "GRANT USAGE ON SCHEMA public TO $role; GRANT SELECT ON ALL TABLES IN SCHEMA public TO $role" >/dev/null
    finds "a migrated one is well" schema ok
    sql "INSERT INTO schema_migrations (version, name, checksum, duration_us) VALUES (9000, 'future', 'x', 1)" >/dev/null
    finds "a newer one is an error" schema error "newer program"
    sql "DELETE FROM schema_migrations WHERE version = 9000" >/dev/null
}

# A function of the same name in front of PostgreSQL's own.
test_clock() {
    finds "clocks that agree are well" clock ok
    sql "CREATE SCHEMA late; CREATE FUNCTION late.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
         'SELECT pg_catalog.clock_timestamp() - interval ''5 s'''; GRANT USAGE ON SCHEMA late TO $role;
         ALTER ROLE $role IN DATABASE $PGDATABASE SET search_path = late, pg_catalog, public" >/dev/null
    finds "seconds apart they are a warning" clock warning "5.0 s" "timedatectl"
    sql "CREATE OR REPLACE FUNCTION late.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
         'SELECT pg_catalog.clock_timestamp() + interval ''1 hour'''" >/dev/null
    finds "an hour is an error" clock error "3600.0 s"
    sql "ALTER ROLE $role IN DATABASE $PGDATABASE RESET search_path; DROP SCHEMA late CASCADE" >/dev/null
}

test_mail() {
    finds "a mail command that is there is well" mail ok
    KEEL_MAIL_COMMAND=/nowhere/sendmail finds "one that is not is an error" mail error "/nowhere/sendmail"
    KEEL_MAIL_TRANSPORT=none finds "no mail is a warning" mail warning "KEEL_MAIL_TRANSPORT=smtp"
    KEEL_MAIL_TRANSPORT=folder KEEL_MAIL_FOLDER=$work/mails finds "mails that nobody gets are a warning" mail warning "$work/mails"
    KEEL_ENV=testing KEEL_MAIL_TRANSPORT=folder finds "a folder that is not named is an error" mail error "KEEL_MAIL_FOLDER"
    KEEL_MAIL_TRANSPORT=smtp KEEL_MAIL_SMTP_URL=smtp://127.0.0.1:1 finds "a server that is not there is an error" mail error "127.0.0.1"
    finds "an empty outbox is well" outbox ok
    sql "INSERT INTO mail_outbox (kind, recipient, subject, text_body, html_body, message_id, next_attempt_at)
         VALUES ('reset', 'ada@example.org', 'S', 't', 'h', '<1@x>', now() - interval '1 minute')" >/dev/null
    finds "a mail of a minute ago may wait" outbox ok
    sql "UPDATE mail_outbox SET next_attempt_at = now() - interval '20 minutes'" >/dev/null
    finds "one of twenty waits for nobody" outbox error "1 mails are due, one since 20 minutes" "systemctl start"
    sql "UPDATE mail_outbox SET failed_at = now(), last_error = 'x'" >/dev/null
    finds "one given up is a warning" outbox warning "keelctl mail list --failed"
}

test_runner() {
    finds "an empty queue is well" runner ok
    sql "INSERT INTO jobs (kind, run_at) VALUES ('noop', now() - interval '1 minute'), ('noop', now() + interval '1 day')" >/dev/null
    finds "a job of a minute ago may wait" runner ok
    sql "UPDATE jobs SET run_at = now() - interval '20 minutes' WHERE run_at < now()" >/dev/null
    finds "one of twenty waits for nobody" runner error "1 jobs are due, one since 20 minutes" "keel-jobs"
    sql "INSERT INTO job_queues (name, paused) VALUES ('default', true)" >/dev/null
    finds "unless its queue is to stand still" runner ok
    sql "DELETE FROM job_queues; DELETE FROM jobs; INSERT INTO jobs (kind, state, runner, lease_until)
         VALUES ('noop', 'running', 'gone', now() - interval '10 minutes')" >/dev/null
    finds "what a runner left behind is an error" runner error "1 runners have left"
    sql "DELETE FROM jobs; INSERT INTO jobs (kind, state, finished_at) VALUES ('noop', 'failed', now())" >/dev/null
    finds "a failed job is a warning" runner warning "keelctl jobs list"
}

# serve MOOD: from now on the web server is in this mood, at $url.
serve() {
    [ -z "$web" ] || kill "$web"
    exec {port_of}< <(exec python3 "$root/tests/support/web_moods.py" "$1" 1048576 "$work/shared/keel.log" \
        "${version:-0}" "${commit:-0}")
    web=$!
    read -r -u "$port_of" port
    exec {port_of}<&-
    url=http://127.0.0.1:$port/api
}

test_web() {
    local version commit
    serve old
    run --url "$url" web
    version=$(sed -n 's/.*this keelctl is \([^ ]*\) .*/\1/p' <<<"$out")
    commit=$(sed -n 's/.*this keelctl is [^ ]* (\(.*\))\./\1/p' <<<"$out")
    finds "workers of another build are a warning" web warning "keelctl workers restart"
    serve ok
    finds "the same build that answers is well" web ok "$commit" "$url"
    finds "a header that arrives is well" authorization ok
    finds "so are paths that do" paths ok
    finds "and a limit that is the same" body ok
    finds "for files to import, too" upload ok "A file of 1048576 bytes passes"
    KEEL_UPLOAD_FOLDER='' finds "where none are taken in there is nothing to look at" upload skipped
    finds "and an address that cannot be forged" client ok "127.0.0.1"
    url=$url/ finds "a slash at the end of the URL is no harm" web ok
    serve gone
    finds "a web server without workers is an error" web error "502" "systemctl start keel.target"
    finds "and what asks through it is skipped" authorization skipped
    serve elsewhere
    finds "a path that leads nowhere is an error" web error "include keel/keel.conf"
    serve broken
    finds "so is another program's answer" web error "not by this program"
    serve unready
    finds "workers that are not ready are an error" web error "schema version 1"
    serve deaf
    finds "a header that is dropped is an error" authorization error "CGIPassAuth On"
    serve closed
    finds "what is refused for another reason is a warning" authorization warning "403"
    serve decoding
    finds "a path that was decoded is an error" paths error "AllowEncodedSlashes"
    serve twice
    finds "one that was decoded twice too" paths error "decoded once more"
    serve strict
    finds "a method that does not arrive is an error" paths error "limit_except"
    serve small
    finds "a web server that takes less than the program is an error" body error "--max-body=1048576"
    finds "for files to import, too" upload error "refuses a file of 1048576 bytes" "--max-upload=1048576"
    serve large
    finds "one that takes more is a warning" body warning "lets a body through"
    finds "and so are files to import" upload warning "lets a file through"
    serve plain
    finds "a 413 outside of the envelope is a warning" body warning "not in the envelope"
    finds "for files to import, too" upload warning "not in the envelope"
    serve silent
    finds "a web server that says nothing to an announced file is skipped" upload skipped
    serve direct
    finds "a web server that lets the program say is well" upload ok
    KEEL_MAX_BODY_BYTES=1073741824 finds "a limit that is too large to be tried is skipped" body skipped
    serve trusting
    KEEL_TRUSTED_PROXIES=127.0.0.1 finds "an address that can be forged is an error" client error "KEEL_TRUSTED_PROXIES"
    KEEL_LOG=/nowhere/log finds "without a log it cannot be told" client skipped
    url=http://127.0.0.1:1/api finds "no web server at all is an error" web error "systemctl start nginx"
}

make_database
role=keel_doctor_$$
sql "CREATE ROLE $role LOGIN PASSWORD 'app-password'" >/dev/null
trap '[ -z "$web" ] || kill "$web"; sql "DROP OWNED BY $role; DROP ROLE $role" >/dev/null; close_all' EXIT
write_settings
url=''
test_calling
test_wrong_settings
test_settings
test_mending_a_secret
test_files
test_places
test_memory
test_database
test_clock
test_mail
test_runner
test_web
finish
