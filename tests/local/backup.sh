#!/bin/bash
# backup.sh - tests of docs/OPERATIONS.md, "Backup and restore": its very commands, on an instance of the test's own
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/local.sh
. "$here/../support/local.sh"
# shellcheck source=tests/support/cluster
. "$here/../support/cluster"
# shellcheck source=deploy/lib/roles.sh
. "$here/../../deploy/lib/roles.sh"
trap 'cluster_stop; finish' EXIT

backups=$work/backups
moment=''

# block HEADING NUMBER: the text of this block below a heading of the document, with the places of this test.
block() {
    awk -v heading="### $1" -v wanted="$2" '
        /^#/ && !inside { found = $0 == heading }
        /^```/ { inside = !inside; if (inside && found) number++; next }
        inside && found && number == wanted' "$root/docs/OPERATIONS.md" |
        sed -e "s|/var/backups/keel|$backups|g" -e "s|/var/lib/postgresql/15/main|$KEEL_VAR/pg|g" \
            -e "s|2026-01-12 10:00:00+00|$moment|"
}

# follow SENTENCE HEADING NUMBER: runs a block as root would; each of its commands must succeed.
follow() {
    local text
    text=$(block "$2" "$3")
    if [ -z "$text" ]; then
        verdict "$1" 1 "the document has no such block"
        return
    fi
    (
        set -e
        cd /
        eval "$text"
    ) >"$work/out" 2>&1
    verdict "$1" $? "$(tail -n 5 "$work/out")"
}

# What the commands meet on this machine instead of Debian's services.
systemctl() {
    case "$*" in
    'start postgresql') database start ;;
    'restart postgresql') database stop && database start ;;
    'stop keel.target postgresql') database stop ;;
    'stop keel.target' | 'start keel.target') ;;
    *) return 1 ;;
    esac
}

keelctl() {
    "$programs/keelctl" "$@"
}

if [ "$(id -u)" -ne 0 ]; then
    runuser() { "${@:4}"; }
    install() { mkdir -p -- "${@:6}"; }
    chown() { :; }
fi

# database start|stop: the instance's cluster without anything else of it.
database() {
    local folder
    folder=$(sed -n 's/^KEEL_DATABASE_URL=host=\([^ ]*\) .*/\1/p' "$KEEL_VAR/keel.env")
    cluster_as_owner "$(cluster_programs)/pg_ctl" -D "$KEEL_VAR/pg" -s -w -t 60 -l "$KEEL_VAR/log/postgresql.log" \
        -o "-c unix_socket_directories='$folder'" "$1" >"$work/pg_ctl" 2>&1 </dev/null
}

# The instance's cluster has no superuser who can sign in; on a Debian host there is one, by the socket.
allow_superuser() {
    PGPASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    cluster_as_owner "$(cluster_programs)/postgres" --single -D "$KEEL_VAR/pg" -c exit_on_error=on postgres \
        <<<"ALTER ROLE postgres PASSWORD '$PGPASSWORD';" >"$work/out" 2>&1
    verdict "there is a superuser" $? "$(tail -n 3 "$work/out")"
    PGHOST=$(sed -n 's/^KEEL_DATABASE_URL=host=\([^ ]*\) .*/\1/p' "$KEEL_VAR/keel.env")
    export PGHOST PGPORT=5432 PGUSER=postgres PGPASSWORD
}

ask() {
    psql -X -q -At -v ON_ERROR_STOP=1 -d keel "$@"
}

# Rows and a checksum of every table, and where each sequence is.
sums() {
    ask <<'SQL'
SELECT format('SELECT %L, count(*), md5(coalesce(string_agg(t::text, E''\n'' ORDER BY t::text COLLATE "C"), '''')) FROM %I.%I AS t',
              schemaname || '.' || tablename, schemaname, tablename)
FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY schemaname, tablename
\gexec
SELECT sequencename, last_value FROM pg_sequences ORDER BY sequencename;
SELECT 'grants', md5(string_agg(relname || coalesce(relacl::text, ''), ',' ORDER BY relname)) FROM pg_class
WHERE relnamespace = 'public'::regnamespace;
SQL
}

tables() {
    grep '^public\.' <<<"$1"
}

# call METHOD PATH [BODY]: the answer to the editor.
call() {
    curl --silent --show-error --noproxy '*' --max-time 10 -X "$1" -H "Authorization: Bearer $token" \
        ${3:+-H 'Content-Type: application/json' -d "$3"} "http://127.0.0.1:$KEEL_PORT/api$2"
}

sign_in() {
    token=''
    token=$(call POST /auth/login '{"email":"editor@example.com","password":"editor-password-1"}' |
        sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
}

test_dump() {
    local wanted got
    database start
    wanted=$(sums)
    holds "there is something to keep" "$wanted" "public.items|" "public.users|" "public.audit_log|"
    follow "a dump is taken" "A dump" 1
    check "which only its owner reads" "$(stat -c %a "$backups")" 700
    # The commands of the restore meet another cluster from here on.
    cluster_start
    roles_sql "$(password MIGRATION_)" "$(password '')" | psql -X -q -d postgres >"$work/out" 2>&1
    KEEL_DATABASE_URL=$(elsewhere keel_app '')
    KEEL_MIGRATION_DATABASE_URL=$(elsewhere keel_owner MIGRATION_)
    export KEEL_DATABASE_URL KEEL_MIGRATION_DATABASE_URL
    follow "it is restored into another cluster" "A dump" 2
    got=$(sums)
    check "with each row of each table, each sequence and each grant" "$got" "$wanted"
    follow "over what is there, too" "A dump" 2
    got=$(sums)
    check "with the same outcome" "$got" "$wanted"
    run up
    says "the instance starts on it" 0 "Keel is up"
    answers_as_before
    run down
    cluster_stop
    unset KEEL_DATABASE_URL KEEL_MIGRATION_DATABASE_URL
}

# password PREFIX: of the role that the setting KEEL_<PREFIX>DATABASE_URL names.
password() {
    sed -n "s/^KEEL_$1DATABASE_URL=.* password=//p" "$KEEL_VAR/keel.env"
}

elsewhere() {
    echo "host=$PGHOST dbname=keel user=$1 password=$(password "$2")"
}

# The token and the item are from before.
answers_as_before() {
    holds "who was signed in still is" "$(call GET /users/me)" '"email":"editor@example.com"'
    holds "what was there is there" "$(call GET "/items/$item")" '"name":"Kept"'
    holds "and there is room for more" "$(call POST /items '{"name":"New","price":2}')" '"name":"New"'
}

test_base_backup() {
    local wanted got left=100
    export PGHOST=$source_host PGUSER=postgres PGPASSWORD=$source_password
    block "A base backup, and each change since" 1 >>"$KEEL_VAR/pg/postgresql.conf"
    run up
    says "the instance runs" 0 "Keel is up"
    follow "a base backup is taken while it does" "A base backup, and each change since" 2
    sign_in
    item=$(call POST /items '{"name":"Kept","price":1}' | sed -n 's/.*"data":{"id":\([0-9]*\).*/\1/p')
    run down
    database start
    wanted=$(sums)
    holds "there is something to lose" "$wanted" "public.items|494"
    moment=$(ask -c 'SELECT clock_timestamp()')
    ask -c 'DELETE FROM items' -c 'DELETE FROM users'
    check "all is lost by mistake" "$(ask -c 'SELECT count(*) FROM items')" 0
    follow "the moment before it is gone back to" "A base backup, and each change since" 3
    until [ "$(ask -c 'SELECT pg_is_in_recovery()')" = f ] || ((left-- == 0)); do
        sleep 0.2
    done
    got=$(sums)
    # A sequence may be up to 32 further on: PostgreSQL notes that many numbers ahead.
    check "each row is back, also those that came behind the base backup" "$(tables "$got")" "$(tables "$wanted")"
    run up
    says "the instance starts on it" 0 "Keel is up"
    answers_as_before
}

start() {
    place backup
    run up
    says "an instance is there" 0 "Keel is up"
    sign_in
    item=$(call POST /items '{"name":"Kept","price":1}' | sed -n 's/.*"data":{"id":\([0-9]*\).*/\1/p')
    run down
    allow_superuser
    source_host=$PGHOST source_password=$PGPASSWORD
}

start
test_dump
test_base_backup
[ "$failed" -eq 0 ]
