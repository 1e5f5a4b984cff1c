#!/bin/bash
# instance.sh - tests of the local instance behind make up, down, status and restart
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/local.sh
. "$here/../support/local.sh"

test_calling() {
    run
    says "called without a word it shows its commands" 2 "Usage:" "restart-workers"
    KEEL_PORT=http run up
    refuses "a port that is none is refused" "KEEL_PORT=http"
    KEEL_WORKERS=0 run up
    refuses "no workers are refused" "KEEL_WORKERS=0"
    KEEL_AUTH_WORKERS=many run up
    refuses "nor workers for /api/auth/ that are no number" "KEEL_AUTH_WORKERS=many"
    KEEL_PROGRAMS=$work/nowhere run up
    refuses "programs that are not built are named" "$work/nowhere/api is missing"
    run status
    says "status of what was never started is an exit of 1" 1 "down"
    run down
    says "down of what was never started is fine" 0 "nothing was ever started"
    check "none of these has left anything" "$(find "$KEEL_VAR" 2>/dev/null) $(processes_of "$KEEL_VAR")" " "
}

test_missing_tool() {
    mkdir "$work/tools"
    ln -s /usr/bin/* /bin/* "$work/tools/" 2>/dev/null
    rm "$work/tools/multiwatch"
    PATH=$work/tools run up
    refuses "a missing tool is named" "Missing here: multiwatch" "packages"
}

# Everything that any process's command line shows meanwhile.
watch_arguments() {
    while :; do
        ps -eo args
        sleep 0.02
    done >"$work/arguments" &
    watcher=$!
}

secrets() {
    sed -n 's/^KEEL_.*_SECRET=//p; s/.*password=//p' "$KEEL_VAR/keel.env"
}

test_first_start() {
    local secret found=0
    watch_arguments
    run up
    kill "$watcher"
    wait "$watcher" 2>/dev/null
    says "up makes everything from nothing" 0 "database created" "http://127.0.0.1:$KEEL_PORT/api" "http://127.0.0.1:$KEEL_PORT/api/docs" \
        "editor@example.com" "admin-password-1" "viewer-password-1"
    first=$out
    check "keel.env is the owner's alone" "$(stat -c '%a %U' "$KEEL_VAR/keel.env")" "600 $(id -un)"
    check "it has five secrets" "$(secrets | grep -cE '^.{20,}$')" 5
    while IFS= read -r secret; do
        ! grep -qF -- "$secret" "$work/arguments" "$work/out" "$work/err" || found=$((found + 1))
    done < <(secrets)
    check "no secret is on a command line or printed" "$found" 0
    rm "$work/arguments"
    check "workers do not have the schema owner's password" "$(grep -c MIGRATION "$KEEL_VAR/worker.env")" 0
}

test_what_it_says() {
    local line token_line
    holds "ready says so" "$(fetch /api/health/ready)" '"status":"ready"'
    line=$(grep -m 1 "curl -s '" <<<"$first")
    holds "the first line to try works" "$(bash -c "$line")" '"items":[{"id":'
    token_line=$(grep -F "TOKEN=\$(" <<<"$first")
    line=$(tail -n 1 <<<"$first")
    holds "the other two make an item" "$(bash -c "$token_line; $line")" '"name":"Trail lamp"' '"price":19.99'
    check "some 500 items are there" "$(fetch '/api/items?per_page=1' | grep -cE '"total":(4[5-9]|5[0-4])[0-9],')" 1
}

test_users() {
    local wanted_database=postgres wanted_web=www-data
    if [ "$(id -u)" -ne 0 ]; then
        wanted_database=$(id -un) wanted_web=$(id -un)
    fi
    check "PostgreSQL does not run as root" "$(ps -o user= -p "$(pid_of PostgreSQL)")" "$wanted_database"
    # shellcheck disable=SC2046 # one word per worker
    check "neither do the workers" "$(ps -o user= -p $(workers | tr ' ' ',' | sed 's/,$//') | sort -u)" "$wanted_web"
    # 127.0.0.1, and 0A for listening, as /proc writes them.
    check "nobody but this machine is listened to" \
        "$(awk -v port="$(printf ':%04X' "$KEEL_PORT")" '$4 == "0A" && index($2, port) {print $2}' /proc/net/tcp /proc/net/tcp6 2>/dev/null)" \
        "$(printf '0100007F:%04X' "$KEEL_PORT")"
}

# Whatever lies in the outbox is a file a moment later, its links to where this instance is.
test_mail() {
    local tries mails=$KEEL_VAR/mail
    check "mails are nobody else's business" "$(stat -c %a "$mails")" 700
    psql -XAtqd "$(sed -n 's/^KEEL_DATABASE_URL=//p' "$KEEL_VAR/keel.env")" -c "
        INSERT INTO mail_outbox (kind, recipient, subject, text_body, html_body, message_id)
        VALUES ('test', 'ada@example.org', 'Hello', 'text', 'html', '<0@x>');
        INSERT INTO jobs (kind, is_shared) VALUES ('mail.send', true)"
    for ((tries = 0; tries < 100; tries++)); do
        ! compgen -G "$mails/*.eml" >/dev/null || break
        sleep 0.1
    done
    check "a mail in the outbox and its job become a file" "$(grep -c '^To: ada@example.org' "$mails"/*.eml)" 1
    holds "links lead to this instance" "$(cat "$KEEL_VAR/worker.env")" "KEEL_PUBLIC_URL=http://127.0.0.1:$KEEL_PORT"
    check "what sends it runs as the workers do" "$(ps -o user= -p "$(pid_of jobs)")" "$(ps -o user= -p "$(workers | cut -d ' ' -f 1)")"
}

by_owner() {
    psql -XAtqd "$(sed -n 's/^KEEL_MIGRATION_DATABASE_URL=//p' "$KEEL_VAR/keel.env")" -c "$1"
}

# Whatever comes by the clock, carried out here by the runner, which has no owner's password.
test_schedules() {
    local tries name
    by_owner "INSERT INTO audit_log (at, route, method, status) VALUES (now() - interval '400 days', 'old', 'POST', 200)"
    for name in $(by_owner 'SELECT name FROM schedules'); do
        KEEL_CONFIG=$KEEL_VAR/keel.env "$programs/keelctl" schedule run "$name" >/dev/null
    done
    for ((tries = 0; tries < 200; tries++)); do
        [ "$(by_owner "SELECT count(*) FROM jobs WHERE state IN ('queued', 'running') AND failures = 0 AND run_at <= now()")" != 0 ] || break
        sleep 0.1
    done
    check "the job of each schedule succeeds" "$(by_owner "SELECT kind, errors FROM jobs WHERE unique_key LIKE 'schedule:%' AND state <> 'succeeded'")" ""
    check "an old entry of the audit log is gone" "$(by_owner "SELECT result FROM jobs WHERE kind = 'audit.trim'; SELECT count(*) FROM audit_log WHERE route = 'old'")" \
        $'{"removed": 1}\n0'
}

test_again() {
    local before
    before="$(workers) $(pid_of nginx) $(pid_of PostgreSQL) $(sha256sum <"$KEEL_VAR/keel.env")"
    run up
    says "up again changes nothing and says so" 0 "nothing to change"
    check "the same processes and secrets are there" \
        "$(workers) $(pid_of nginx) $(pid_of PostgreSQL) $(sha256sum <"$KEEL_VAR/keel.env")" "$before"
    run status
    says "status says that all is up" 0 "PostgreSQL  up" "workers     up" "auth        up    1 of 1" "jobs        up" \
        "nginx       up" "ready       yes"
}

test_restart() {
    local before auth
    before=$(workers)
    auth=$(pid_of_auth)
    run restart-workers
    says "restart-workers says who is new" 0 "Workers replaced"
    check "the worker for /api/auth/ too" "$([ "$auth" != "$(pid_of_auth)" ] && echo new)" new
    check "as many, and none of the old ones" \
        "$(workers | wc -w) $(comm -12 <(tr ' ' '\n' <<<"$before" | grep . | sort) <(workers | tr ' ' '\n' | grep . | sort))" "4 "
}

# repairs PART SENTENCE: after PART was killed, status says so and up brings it back.
repairs() {
    run status
    says "without $1 status is an exit of 1" 1 "$1"
    run up
    says "$2" 0 "Keel is up"
    holds "and ready again" "$(fetch /api/health/ready)" '"status":"ready"'
}

test_half_up() {
    kill -9 "$(cut -d ' ' -f 1 "$KEEL_VAR/state/workers.pid")"
    repairs workers "up replaces workers whose supervisor was killed"
    check "no worker of before is left" "$(workers | wc -w) $(pgrep -fxc "$KEEL_VAR/bin/api")" "4 5"
    kill -9 "$(cut -d ' ' -f 1 "$KEEL_VAR/state/auth.pid")"
    repairs auth "up replaces the worker for /api/auth/, too"
    check "and nothing is left of it" "$(workers | wc -w) $(pgrep -fxc "$KEEL_VAR/bin/api")" "4 5"
    kill -9 "$(pid_of jobs)"
    repairs jobs "up starts the runner of jobs again when its supervisor was killed"
    check "and there is one, with two processes" "$(pgrep -fxc "$KEEL_VAR/bin/keelctl jobs run")" 3
    kill -9 "$(pid_of nginx)"
    repairs nginx "up starts nginx again, whose children still had the port"
    kill -9 "$(pid_of PostgreSQL)"
    repairs PostgreSQL "up starts PostgreSQL again after a crash"
    rm "$KEEL_VAR/run/api.sock"
    run up
    says "up makes the workers' socket again" 0 "workers started again"
    KEEL_AUTH_WORKERS=2 run up
    says "KEEL_AUTH_WORKERS says how many serve /api/auth/" 0 "with their new settings"
    run status
    says "status counts them" 0 "auth        up    2 of 2"
    run up
    says "without it there is one again" 0 "Keel is up"
}

test_changes() {
    local before newer=$work/newer
    mkdir "$newer"
    cp "$programs/api" "$programs/keelctl" "$newer/"
    # Another program that does the same: nobody reads what follows an ELF file's sections.
    printf 'another build' >>"$newer/api"
    before=$(pid_of nginx)
    KEEL_PROGRAMS=$newer run up
    says "a new build is taken up" 0 "replaced by the new build"
    check "nginx went on meanwhile" "$(pid_of nginx)" "$before"
    KEEL_PROGRAMS=$newer KEEL_MAX_BODY_BYTES=4096 run up
    says "new settings are taken up, by nginx too" 0 "with their new settings" "new configuration"
    holds "the page at /api/docs offers a development instance's accounts" "$(fetch /api/docs)" \
        'data-demo-accounts="admin@example.com:admin-password-1 editor@example.com:editor-password-1 viewer@example.com:viewer-password-1"'
    KEEL_PROGRAMS=$newer KEEL_ENV=testing run up
    holds "and no other's" "$(fetch /api/docs)" 'data-demo-accounts=""'
    KEEL_PROGRAMS=$newer KEEL_LOG_LEVEL=nonsense run up
    refuses "a setting that is wrong is said in one sentence" "KEEL_LOG_LEVEL"
    run up
    says "without them all is as before" 0 "Keel is up"
}

test_port_in_use() {
    local other=$work/second
    instances+=("$other")
    KEEL_VAR=$other run up
    refuses "a port in use is said in one sentence" "Port $KEEL_PORT is in use by nginx (pid $(pid_of nginx))"
    check "and nothing is left" "$(processes_of "$other") $(find "$other" -type s)" " "
}

test_moved_port() {
    local old=$KEEL_PORT
    KEEL_PORT=$(free_port)
    run up
    says "KEEL_PORT moves it" 0 "http://127.0.0.1:$KEEL_PORT"
    holds "it answers there" "$(fetch /api/health)" '"status":"ok"'
    port_answers "$old"
    check "and no more where it was" "$?" 1
    KEEL_PORT='' run up
    says "it stays there when nobody says where" 0 "http://127.0.0.1:$KEEL_PORT; nothing to change"
}

test_two_at_once() {
    "$root/deploy/local/instance" up >"$work/one" 2>&1 &
    run up
    wait $!
    check "two at once both succeed" "$? $status" "0 0"
}

test_down() {
    local port=$KEEL_PORT
    run down
    says "down says where the data is" 0 "its data stays in $KEEL_VAR"
    check "no process is left" "$(processes_of "$KEEL_VAR")" ""
    port_answers "$port"
    check "no port either" "$?" 1
    check "nor a socket" "$(find "$KEEL_VAR" -type s | grep -c .)" 0
    run status
    says "status says that all is down" 1 "PostgreSQL  down" "nginx       down"
    run down
    says "down again is fine" 0 "was down already"
    run up
    says "up again finds its data" 0 "PostgreSQL started"
    holds "the item that was made before is there" "$(fetch '/api/items?per_page=1')" '"name":"Trail lamp"'
    run down
}

# tree FOLDER: what a checkout needs to run, with its programs built.
tree() {
    mkdir -p "$1/build"
    cp -r "$root/deploy" "$root/nginx" "$1/"
    cp "$programs/api" "$programs/keelctl" "$1/build/"
}

test_closed_folder() {
    local closed=$work/closed real
    if [ "$(id -u)" -ne 0 ]; then
        skip "a checkout in a closed folder works" "only root has a reason to have one"
        return
    fi
    mkdir -m 0700 "$closed"
    tree "$closed/keel"
    (
        unset KEEL_VAR KEEL_PROGRAMS
        "$closed/keel/deploy/local/instance" up >"$work/out" 2>"$work/err" &&
            real=$(readlink -f "$closed/keel/var") && echo "$real" >"$work/real"
    )
    status=$? out=$(<"$work/out") err=$(<"$work/err")
    says "a checkout below a folder of mode 0700 works" 0 "Keel is up"
    holds "it answers" "$(fetch /api/health/ready)" '"status":"ready"'
    real=$(<"$work/real")
    check "the checkout's var leads to its state" "$real" "/var/lib/keel-local/${real##*/}"
    KEEL_VAR=$real run down
    rm -rf "$real"
    rmdir --ignore-fail-on-non-empty /var/lib/keel-local
}

test_ordinary_user() {
    local user=keeltest$$ home
    if [ "$(id -u)" -ne 0 ] || ! useradd -m "$user" 2>/dev/null; then
        skip "an ordinary user can do it" "no user can be made here"
        return
    fi
    home=$(getent passwd "$user" | cut -d : -f 6)
    tree "$home/keel"
    chown -R "$user:" "$home/keel"
    as_user() {
        (cd "$home" && env -u KEEL_VAR -u KEEL_PROGRAMS runuser -u "$user" -- keel/deploy/local/instance "$1")
    }
    as_user up >"$work/out" 2>"$work/err"
    status=$? out=$(<"$work/out") err=$(<"$work/err")
    says "an ordinary user can do it" 0 "Keel is up"
    holds "it answers" "$(fetch /api/health/ready)" '"status":"ready"'
    check "all of it is the user's" "$(pgrep -f "$home/keel/var" | xargs -r ps -o user= -p | sort -u | head -c 8)" "${user:0:8}"
    kill -9 "$(cut -d ' ' -f 1 "$home/keel/var/state/workers.pid")"
    as_user up >/dev/null 2>&1
    check "it finds the workers again whose supervisor was killed" "$(pgrep -fxc "$home/keel/var/bin/api")" 5
    as_user down >/dev/null 2>&1
    # A container whose first process reaps no orphans keeps them as zombies.
    # shellcheck disable=SC2009 # pgrep does not tell them apart
    check "and goes again" "$(ps -u "$user" -o stat= | grep -vc Z)" 0
    userdel -rf "$user" 2>/dev/null
}

test_full_disk() {
    local disk=$work/disk
    mkdir "$disk"
    if ! mount -t tmpfs -o size=100m tmpfs "$disk" 2>/dev/null; then
        skip "a full disk is said in one sentence" "no file system can be mounted here"
        return
    fi
    chmod 0755 "$disk"
    KEEL_VAR=$disk/var run up
    refuses "a full disk is said in one sentence" "MB left" "300 MB are needed"
    check "and nothing runs" "$(processes_of "$disk")" ""
    umount "$disk"
}

place var
test_calling
test_missing_tool
test_first_start
test_what_it_says
test_users
test_mail
test_schedules
test_again
test_restart
test_half_up
test_changes
test_port_in_use
test_moved_port
test_two_at_once
test_down
test_closed_folder
test_ordinary_user
test_full_disk
[ "$failed" -eq 0 ]
