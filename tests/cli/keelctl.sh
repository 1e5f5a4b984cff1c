#!/usr/bin/env bash
# keelctl.sh - tests of keelctl as people and scripts call it, on a real PostgreSQL
#
# KEEL_PROGRAMS   folder of keelctl (default: build)
set -uo pipefail
export LC_ALL=C.UTF-8

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/sql/harness.sh disable=SC2154
. "$here/../sql/harness.sh"
# shellcheck source=tests/support/calls.sh
. "$here/../support/calls.sh"

keelctl=${KEEL_PROGRAMS:-$root/build}/keelctl
called=("$keelctl")
unset "${!KEEL_@}"
export KEEL_ENV=testing KEEL_ARGON2_MEMORY_KIB=64 KEEL_ARGON2_PASSES=1

# done_with SENTENCE: the last call succeeded and said nothing on stderr.
done_with() {
    check "$1" "$status $err" "0 "
}

# fails SENTENCE PART: exit 1, one sentence on stderr, nothing on stdout.
fails() {
    [ -z "$out" ] || err="stdout: $out"
    says "$1" 1 "keelctl: " "${@:2}"
}

# misused SENTENCE PART: exit 2, with the usage on stderr.
misused() {
    [ -z "$out" ] || err="stdout: $out"
    says "$1" 2 "keelctl: " "$2" "Usage: keelctl"
}

test_calling() {
    run
    check "called without a word it shows its commands on stderr" "$status ${out:-nothing} ${err%% *}" "2 nothing Usage:"
    run help
    says "help goes to stdout" 0 "migrate" "seed" "user" "mail" "config" "routes" "check" "recount" "purge" "audit"
    run help migrate
    says "help of one command says how it is called" 0 "Usage: keelctl migrate" "baseline"
    run migrate --help
    says "--help behind a command does the same" 0 "Usage: keelctl migrate"
    run frobnicate
    misused "an unknown command is named" "There is no command frobnicate"
    run help frobnicate
    says "help for an unknown command is an error" 2 "There is no command frobnicate"
    run migrate sideways
    misused "an unknown form is named" "sideways"
    run migrate up --frob
    misused "an unknown option is named" "--frob"
    run migrate up 3
    misused "a word too many is named" "3 is not expected"
    run migrate up --wait soon
    misused "a number that is none is refused" "--wait needs a number"
    run migrate up --dir
    misused "an option without its value is refused" "--dir needs a value"
    run migrate down 0
    misused "down by nothing is refused" "0 is no number"
    run migrate status --dry-run
    misused "--dry-run is only for what changes something" "--dry-run"
    KEEL_DATABASE_URL='' run migrate status
    fails "without a database it says which setting is missing" "KEEL_DATABASE_URL"
    KEEL_DATABASE_URL="host=$work/nowhere dbname=x password=hunter2" run migrate status
    fails "a database that is away is one error, with the reason" "No such file"
    check "a password of the connection is never shown" "$(grep -c hunter2 "$work/err")" 0
    KEEL_DB_RETRIES=many run routes
    fails "a wrong setting is named by its variable" "KEEL_DB_RETRIES"
    "$keelctl" help >/dev/full 2>/dev/null
    check "output that cannot be written is a failure" "$?" 1
}

test_migrate() {
    local count newest
    count=$(find "$root/sql/migrations" -name '*.up.sql' | wc -l)
    newest=$(find "$root/sql/migrations" -name '*.up.sql' -printf '%f\n' | sort | tail -n 1)
    newest=${newest%.up.sql}
    run migrate status
    says "status of a new database lists what is pending" 0 "pending" "nothing applied, $count pending"
    run migrate up --dry-run
    says "a dry run reports everything" 0 "MIGRATION DRY RUN COMPLETE" "$newest" "nothing was changed"
    check "a dry run leaves the database empty" "$(sql "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")" 0
    run migrate up
    done_with "up succeeds"
    check "each migration has its report" "$(grep -c '^MIGRATION COMPLETE$' "$work/out")" "$count"
    says "a report has all its parts" 0 "Migration:  0001_accounts" "Purpose:    accounts" "Changes:" "  Added:" \
        "    table users (id, email, " "  Modified:" "  Removed:" "Rollback:   keelctl migrate to 0" "Files:" \
        "  sql/migrations/0001_accounts.up.sql" "Applied:    testing, database $PGDATABASE, 20" " ms"
    run migrate up
    says "up again does nothing and says so" 0 "Nothing to do"
    run migrate history
    says "history has a line per migration" 0 $'0001_accounts\t20' "$PGUSER"
    run migrate status
    says "status shows them as applied" 0 $'0001_accounts\tapplied\t20' "at $newest, 0 pending"
    run migrate verify
    says "verify finds no difference" 0 "$count applied migrations"
    run migrate down
    says "down takes back the newest, and says how to undo that" 0 "$newest (taken back)" "  Removed:" \
        "Rollback:   keelctl migrate to $((10#${newest%%_*}))"
    run migrate to 1
    says "to an older version goes down" 0 "taken back"
    check "and stops at that version" "$(sql 'SELECT max(version) FROM schema_migrations')" 1
    run migrate to 99
    fails "to a version that is none is refused" "no migration number 99"
    run migrate down 99
    says "down by more than there are goes back to the beginning" 0 "0001_accounts (taken back)"
    run migrate baseline 1
    says "baseline marks one" 0 "1 migration marked"
    sql 'DELETE FROM schema_migrations'
    run migrate up
    done_with "up works again after all that"
    sql "UPDATE schema_migrations SET checksum = 'x' WHERE version <= 2"
    run migrate verify
    fails "verify names every changed file" "0002"
    check "the first of them too" "$(grep -c 'was changed after it was applied' "$work/err")" 2
    run migrate status
    says "status marks a changed file" 0 $'0001_accounts\tchanged since'
    sql "DELETE FROM schema_migrations WHERE version <= 2"
    run migrate up
    fails "up refuses what was never applied below the newest" "never applied"
    sql "INSERT INTO schema_migrations (version, name, checksum, duration_us) VALUES (9000, 'future', 'x', 1)"
    run migrate status
    says "status shows what this program does not know" 0 $'9000_future\twithout a file'
    run migrate up
    fails "an older program refuses a newer schema" "use a newer program"
    sql "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
}

test_folder() {
    local folder=$work/migrations
    mkdir "$folder"
    run migrate new first_step --dir "$folder"
    says "new makes a pair of files" 0 "$folder/0001_first_step.up.sql" "$folder/0001_first_step.down.sql"
    run migrate up --dir "$folder"
    fails "an empty new file is refused by name, whichever of the two is read first" "0001_first_step." ".sql: holds no statement"
    echo "CREATE TABLE a (id bigint PRIMARY KEY);" >>"$folder/0001_first_step.up.sql"
    echo "DROP TABLE a;" >>"$folder/0001_first_step.down.sql"
    run migrate new second --dir="$folder"
    says "new takes the next number" 0 "0002_second.up.sql"
    printf -- '-- Purpose: a name\n\nALTER TABLE a ADD COLUMN name text NOT NULL,\n  ALTER COLUMN id TYPE int;\nCREATE INDEX a_name_idx ON a (name);\n' \
        >"$folder/0002_second.up.sql"
    echo "ALTER TABLE a DROP COLUMN name;" >"$folder/0002_second.down.sql"
    run migrate new 'Bad-Name' --dir "$folder"
    misused "a name that would be no file's is refused" "lower-case"
    run migrate new again --dir "$work/nowhere"
    fails "a folder that is not there is named" "$work/nowhere"
    run migrate up --dir "$folder"
    says "a new file's purpose is its name, without the hint below it" 0 $'Purpose:    first step.\nChanges:'
    says "changes of a table are listed one by one" 0 "    column a.name: text not null" \
        "    column a.id: bigint not null -> integer not null" "    index a_name_idx on a" \
        "Rollback:   keelctl migrate to 1 --dir $folder"
    printf -- '-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY a_id_idx ON a (id);\n' >"$folder/0003_third.up.sql"
    run migrate up --dry-run --dir "$folder"
    says "a dry run says what it could not try" 0 "0003_third was not tried"
    run migrate up --dir "$folder"
    says "what cannot be taken back says so" 0 "Rollback:   none" "index a_id_idx on a"
    printf 'SELECT 1;\n\nSELEC;\n' >"$folder/0004_wrong.up.sql"
    run migrate up --dir "$folder"
    fails "an error names file and line" "0004_wrong.up.sql:3: syntax error"
    sql "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
}

test_seed() {
    run seed
    misused "seed needs to know which" "dev or test"
    run seed dev
    fails "seeding a database without tables fails" "users"
    "$keelctl" migrate up >/dev/null
    run seed dev
    says "seed dev adds three accounts and the data" 0 "admin@example.com was added" "viewer@example.com was added" "dev.sql"
    check "the items are there" "$(sql 'SELECT count(*) > 100 FROM items')" t
    check "each account has its role" "$(sql "SELECT string_agg(email || ' ' || role, ',' ORDER BY email) FROM users JOIN user_roles ON user_id = id")" \
        "admin@example.com admin,editor@example.com editor,viewer@example.com viewer"
    local before
    before=$(sql "SELECT count(*), sum(hashtext(i::text)::bigint) FROM items i")
    run seed dev
    says "seeding again changes nothing and says so" 0 "admin@example.com is there already"
    check "not one row" "$(sql "SELECT count(*), sum(hashtext(i::text)::bigint) FROM items i")" "$before"
    KEEL_ENV=production KEEL_JWT_SECRET=b0Zk3nq8vJ2xT6yW1mRc9LpA5sDfGhUe4Ki7Bo KEEL_CURSOR_SECRET=Q4w8eR2tY6uI0oP5aS9dF3gH7jK1lZxC \
    KEEL_SESSION_SECRET=Z7x5cV3bN1mL9kJ7hG5fD3sA1qW8eR6t KEEL_MAIL_TRANSPORT=none run seed dev
    fails "production refuses to be seeded" "This is production"
}

test_user() {
    local hash
    printf 'a long enough one\n' >"$work/password"
    run user create new@example.com --name "Ada Näme" --role viewer --role editor <"$work/password"
    says "user create reads the password from stdin" 0 "new@example.com was added with the id"
    check "the account has its name and roles" \
        "$(sql "SELECT name || ' ' || (SELECT string_agg(role, '+' ORDER BY role) FROM user_roles WHERE user_id = id) FROM users WHERE email = 'new@example.com'")" \
        "Ada Näme editor+viewer"
    hash=$(sql "SELECT password_hash FROM users WHERE email = 'new@example.com'")
    # shellcheck disable=SC2016
    check "the password is stored as argon2id" "${hash%%,*}" '$argon2id$v=19$m=64'
    run user create NEW@example.com --role viewer <"$work/password"
    fails "an address that is taken is refused, in capitals too" "exists already"
    run user create other@example.com --role nosuch <"$work/password"
    fails "an unknown role is refused" "no role nosuch"
    check "and nothing is left of that account" "$(sql "SELECT count(*) FROM users WHERE email = 'other@example.com'")" 0
    run user create plain@example.com --password-fd 5 5<"$work/password" </dev/null
    says "user create reads the password from a descriptor" 0 "plain@example.com was added"
    check "without --role it has the default one" \
        "$(sql "SELECT role FROM user_roles JOIN users ON id = user_id WHERE email = 'plain@example.com'")" editor
    echo short >"$work/short"
    run user create short@example.com <"$work/short"
    fails "a password has the same rules as over HTTP" "assword"
    check "a refused password is not shown" "$(grep -c '\bshort\b' "$work/err")" 0
    run user create nonsense <"$work/password"
    fails "an address has the same rules as over HTTP" "mail"
    run user create empty@example.com </dev/null
    fails "an empty password is refused" "empty"
    run user create
    misused "user create needs an address" "address"
    run user role new@example.com add admin
    says "a role is added" 0 "now has the role admin"
    run user role new@example.com add admin
    says "adding it again says so" 0 "already has"
    run user role NEW@Example.com remove admin
    says "a role is removed" 0 "no longer has"
    run user role new@example.com remove admin
    says "removing it again says so" 0 "does not have"
    run user role nobody@example.com add admin
    fails "a role for an unknown address is an error" "nobody@example.com"
    run user role new@example.com grant admin
    misused "a role is added or removed, nothing else" "add or remove"
    run user password new@example.com <"$work/password"
    says "a password is set" 0 "has a new password"
    [ "$(sql "SELECT password_hash FROM users WHERE email = 'new@example.com'")" != "$hash" ]
    verdict "and its hash is another one" $?
    run user unlock new@example.com
    says "unlocking who is not locked says so" 0 "has no failed attempts"
    sql "INSERT INTO login_throttle VALUES ('password', sha256('new@example.com'), 10, now() + interval '1 hour')"
    run user unlock NEW@example.com
    says "an account is let in again" 0 "may sign in again"
    check "nothing of it is left" "$(sql "SELECT count(*) FROM login_throttle")" 0
    run user unlock nobody@example.com
    fails "an unknown address cannot be unlocked" "nobody@example.com"
    KEEL_HASH_FILE=$work/nowhere/hash run user password new@example.com <"$work/password"
    says "an operator's password waits for no turn" 0 "has a new password"
    printf 'password123\n' >"$work/common"
    run user password new@example.com <"$work/common"
    fails "a common password is refused" "guessed first"
    run user password nobody@example.com <"$work/password"
    fails "a password for an unknown address is an error" "nobody@example.com"
    sql "INSERT INTO totp_factors (user_id, secret, confirmed_at)
        SELECT id, 'v1.x', now() FROM users WHERE email = 'new@example.com'" >"$work/out"
    run user totp-off NEW@example.com
    says "a second factor is ended" 0 "no longer has a second factor"
    check "and is gone" "$(sql "SELECT count(*) FROM totp_factors")" 0
    run user totp-off new@example.com
    says "ending it again says so" 0 "has no second factor"
    run user totp-off nobody@example.com
    fails "a second factor of an unknown address is an error" "nobody@example.com"
    run user totp-off
    misused "user totp-off needs an address" "address"
}

test_accounts() {
    run user list
    says "user list shows every account" 0 $'ID\tEMAIL\tNAME\tROLES\tACTIVE\tVERIFIED\tADDED' \
        $'\tnew@example.com\tAda Näme\teditor, viewer\tyes\tno\t20' $'\tadmin@example.com\t\tadmin\tyes\t'
    check "by address" "$(cut -f 2 "$work/out" | tail -n +2 | tr '\n' ' ')" \
        "$(sql "SELECT email FROM users ORDER BY email" | tr '\n' ' ')"
    run user list --role viewer 'nÄME'
    check "those with a role and a word" "$(cut -f 2 "$work/out" | tail -n +2)" new@example.com
    sql "INSERT INTO users (email, password_hash) SELECT 'many' || i || '@example.org', 'x' FROM generate_series(1, 250) AS i"
    run user list many
    check "however many they are, each once" "$(cut -f 2 "$work/out" | tail -n +2 | sort -u | wc -l)" 250
    sql "DELETE FROM users WHERE email LIKE 'many%'"
    run user list --inactive
    check "of the deactivated there are none" "$status $(wc -l <"$work/out")" "0 1"
    run user list --page 3
    misused "user list knows no pages" "--page"
    run user show NEW@example.com
    says "user show tells all of one" 0 "new@example.com (not verified)" "Ada Näme" "editor, viewer" "Active:     yes" "Sessions:   0"
    run user show nobody@example.com
    fails "but not of an address that nobody has" "nobody@example.com"
    run user show
    misused "user show needs an address" "address"
    run user deactivate new@example.com
    says "an account is deactivated" 0 "new@example.com was deactivated"
    run user list --inactive
    check "and then among the inactive ones" "$(cut -f 2,5 "$work/out" | tail -n +2)" $'new@example.com\tno'
    run user activate new@example.com
    says "and let in again" 0 "may sign in"
    run user deactivate admin@example.com
    fails "the last admin is not deactivated" "last active admin"
    run user role admin@example.com remove admin
    fails "nor does the role go" "last active admin"
    run user remove admin@example.com
    fails "nor the account" "last active admin"
    check "and is still there" "$(sql "SELECT is_active, role FROM users JOIN user_roles ON user_id = id WHERE email = 'admin@example.com'")" "t|admin"
    run user remove plain@example.com
    says "an account is removed" 0 "plain@example.com was removed"
    run user create plain@example.com <"$work/password"
    says "and its address is free again" 0 "plain@example.com was added"
    run user deactivate nobody@example.com
    fails "an unknown address is not deactivated" "nobody@example.com"
    run user remove
    misused "user remove needs an address" "address"
}

test_roles() {
    run role
    misused "role needs to know what" "what role shall do"
    run role frob
    misused "an unknown form of role is named" "frob"
    run role list
    says "role list shows what roles permit" 0 $'ROLE\tSUMMARY\tPERMISSIONS' \
        $'editor\tLooks after items and categories.\tcategories:deleted, categories:write, imports:read, imports:write, items:deleted, items:write, reports:read'
    run role create auditor --summary "Looks, and touches nothing."
    says "a role is added" 0 "auditor was added"
    run role create auditor
    fails "but not twice" "this name already"
    run role create "No Role"
    fails "a name has rules" "small letter"
    run role grant auditor users:read audit:read
    says "permissions are granted" 0 "auditor now has users:read" "auditor now has audit:read"
    run role grant auditor users:read
    says "granting again says so" 0 "already has"
    run role grant auditor jobs:read users:fly
    fails "an unknown permission is refused, with those that there are" "no permission users:fly. There are: audit:read, "
    check "and the others of that call with it" "$(sql "SELECT count(*) FROM role_permissions WHERE role = 'auditor'")" 2
    run role grant nobody users:read
    fails "as is an unknown role" "no role nobody"
    run role grant auditor
    misused "grant needs permissions" "which permissions"
    run role revoke auditor audit:read
    says "a permission is revoked" 0 "no longer has audit:read"
    run role revoke auditor audit:read
    says "revoking again says so" 0 "does not have"
    run role revoke admin users:write
    fails "the admin keeps every permission" "has every permission"
    run user role new@example.com add auditor
    run role delete auditor
    fails "a role that somebody has stays" "accounts have it (1)"
    run user role new@example.com remove auditor
    run role delete auditor
    says "one that nobody has goes" 0 "auditor was deleted"
    run role delete auditor
    fails "once" "no role auditor"
    run role delete admin
    fails "the admin's role stays" "cannot be deleted"
    run role delete editor
    fails "and the one that new accounts get" "KEEL_DEFAULT_ROLE"
    KEEL_DEFAULT_ROLE=viewer run role delete editor
    fails "while somebody has it, in any case" "accounts have it"
}

test_keys() {
    run keys new
    fails "without a folder there are no keys to make" "KEEL_KEY_FOLDER"
    export KEEL_KEY_FOLDER=$work/signing
    run keys new --kid first
    says "the first key signs" 0 "The key first was made, and signs."
    check "its folder and its file are nobody else's" "$(stat -c %a "$work/signing" "$work/signing/first.pem" | tr '\n' ' ')" "700 600 "
    check "it is one of P-256" "$(openssl pkey -in "$work/signing/first.pem" -noout -text | grep -c prime256v1)" 1
    run keys new --alg RS256 --kid second
    says "the next one waits to be told" 0 "keelctl keys sign second"
    run keys new --alg HS256
    says "a key without a name gets one" 0 "The key $(date -u +%Y%m%d)-"
    run keys new --alg HS512
    misused "no other algorithm is offered" "ES256, RS256 or HS256"
    run keys new --kid ../first
    fails "a name that would be another file is refused" "name"
    run keys new --kid first
    fails "a key is not made twice" "already"
    run keys list
    says "list shows them all" 0 $'KID\tALGORITHM\tSTATE\tCHANGED\tFROM' $'first\tES256\tsigns\t20' \
        $'second\tRS256\tverifies, can sign\t20' $'\tHS256\tverifies, can sign\t'
    KEEL_JWT_SECRET=9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d run keys list
    says "the setting's with them" 0 $'k1\tHS256\tverifies, can sign\t\tKEEL_JWT_SECRET'
    check "and no secret" "$(grep -c 9a8b7c6d5e4f "$work/out")" 0
    run keys sign second
    says "another one is put in charge" 0 "second signs from now on"
    run keys sign third
    fails "but not one that is not there" "no key third"
    run keys retire second
    fails "the one that signs is not retired" "signs"
    run keys retire second --remove
    fails "nor removed" "signs"
    run keys retire first
    says "one that does not is" 0 "only verifies" "keelctl keys retire first --remove"
    check "its private half is gone, its public half is there" \
        "$(grep -c PRIVATE "$work/signing/first.pem") $(openssl pkey -pubin -in "$work/signing/first.pem" -noout && echo readable)" "0 readable"
    run keys sign first
    fails "and it never signs again" "only verifies"
    run keys retire first --remove
    says "then it goes" 0 "first was removed"
    check "from the folder too" "$(find "$work/signing" -name 'first*' | wc -l)" 0
    run keys retire
    misused "retire needs a key" "which key"
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out "$work/signing/weak.pem" 2>/dev/null
    chmod 600 "$work/signing/weak.pem"
    run keys list
    fails "a weak key is named" "weak.pem is weak: RSA needs 2048 bits"
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out "$work/signing/weak.pem" 2>/dev/null
    run keys list
    says "a key that openssl made is as good" 0 $'weak\tRS256\tverifies, can sign'
    openssl genpkey -algorithm ED25519 -out "$work/signing/weak.pem"
    run keys list
    fails "one of another kind is refused" "neither of RSA nor of the curve P-256"
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -pass pass:x -out "$work/signing/weak.pem"
    run keys list
    fails "nobody is asked for a password" "with a password"
    unset KEEL_KEY_FOLDER
}

# answer QUESTION WHAT: types WHAT on the terminal once QUESTION stands there.
answer() {
    until_true grep -q "$1" "$work/terminal" && printf '%s\n' "$2" >&3
}

test_terminal() {
    mkfifo "$work/keys"
    script -qefc "'$keelctl' user password new@example.com" /dev/null <"$work/keys" >"$work/terminal" 2>&1 &
    exec 3>"$work/keys"
    answer Password: "typed on a terminal"
    answer Again: "typed on a terminal"
    wait $!
    check "on a terminal the password is asked for twice and set" "$? $(grep -c 'has a new password' "$work/terminal")" "0 1"
    check "and never shown" "$(grep -c typed "$work/terminal")" 0
    exec 3>&-
    script -qefc "'$keelctl' user password new@example.com" /dev/null <"$work/keys" >"$work/terminal" 2>&1 &
    exec 3>"$work/keys"
    answer Password: "typed on a terminal"
    answer Again: "typed otherwise"
    wait $!
    check "two different passwords are refused" "$? $(grep -c 'two passwords differ' "$work/terminal")" "1 1"
    exec 3>&-
    script -qefc "'$keelctl' routes" /dev/null >"$work/terminal" </dev/null
    check "on a terminal a table is aligned" "$(grep -c '^------' "$work/terminal")" 1
}

test_config() {
    local secret=9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d
    export KEEL_JWT_SECRET=$secret KEEL_MAX_BODY_BYTES=4096
    run config
    says "config lists name, variable, value, default, source and meaning" 0 \
        $'max_body_bytes\tKEEL_MAX_BODY_BYTES\t4096\t1048576\tenvironment\t' $'jwt_secret\tKEEL_JWT_SECRET\t(hidden)\t'
    check "a secret is never in it" "$(grep -c $secret "$work/out")" 0
    run config --json
    says "config as JSON" 0 '"name":' '"max_body_bytes"' '"4096"' '"(hidden)"'
    check "a secret is not in that either" "$(grep -c $secret "$work/out")" 0
    run config get max_body_bytes
    check "config get prints the value alone" "$status $out" "0 4096"
    run config get KEEL_MAX_BODY_BYTES
    check "by the variable's name too" "$status $out" "0 4096"
    run config get jwt_secret
    fails "a secret is not printed" "--reveal"
    run config get jwt_secret --reveal
    check "but with --reveal" "$status $out" "0 $secret"
    run config get nosuch
    fails "an unknown setting is named" "nosuch"
    run config get
    misused "get needs a name" "which setting"
    printf 'KEEL_MAX_BODY_BYTES=8192\nKEEL_RATE_READ_PER_MINUTE=7\n' >"$work/keel.env"
    KEEL_CONFIG=$work/keel.env run config
    says "the file counts less than the environment, more than the default" 0 $'\t4096\t1048576\tenvironment\t' $'\t7\t6000\tfile\t'
    unset KEEL_JWT_SECRET KEEL_MAX_BODY_BYTES
}

test_routes() {
    run routes
    says "routes lists method, path, access, rate, id and summary" 0 $'GET\t/api/items/{id}\tpublic\tread\titems.get\t' \
        $'POST\t/api/items\titems:write\twrite\titems.create\t'
    run routes --json
    says "routes as JSON" 0 '"items.create"' '"permission"' '"items:write"'
    KEEL_BASE_PATH=/v2 run routes
    says "the base path is part of it" 0 $'\t/v2/items\t'
}

test_docs() {
    run docs
    misused "docs needs to know which, or where to" "api or config"
    run docs nosuch
    misused "an unknown document is refused" "api or config"
    run docs api config
    misused "one document at a time" "config is not expected"
    run docs api
    says "docs api prints the reference" 0 "# API reference" "### POST /api/items"
    KEEL_BASE_PATH=/v2 run docs api
    says "with the base path in force" 0 "### POST /v2/items" "127.0.0.1:8080/v2/items"
    mkdir "$work/docs"
    run docs config --output "$work/docs"
    says "docs config --output writes that file alone" 0 "$work/docs/CONFIG.md"
    check "nothing beside it" "$(ls "$work/docs")" "CONFIG.md"
    run docs --output "$work/docs"
    says "docs --output writes them all" 0 "$work/docs/API_REFERENCE.md" "$work/docs/CONFIG.md"
    check "each as it is printed" "$("$keelctl" docs config | cmp - "$work/docs/CONFIG.md" && "$keelctl" docs api | cmp - "$work/docs/API_REFERENCE.md" && echo same)" same
    run docs --output "$work/nowhere"
    fails "a folder that is not there is named" "$work/nowhere/API_REFERENCE.md cannot be written: No such file"
    ln -s /dev/full "$work/docs/full"
    ln -sf full "$work/docs/CONFIG.md"
    run docs config --output "$work/docs"
    fails "a full disk is a failure" "CONFIG.md cannot be written: No space"
}

test_openapi() {
    local folder=$work/contract
    mkdir "$folder"
    run openapi
    says "openapi writes the contract" 0 '"openapi": "3.1.0"' '"/items/{id}": {' '"operationId": "items.get"'
    run openapi --output "$folder/now.json"
    check "--output writes the same to a file" "$status$out$err $(sha256sum <"$folder/now.json")" "0 $("$keelctl" openapi | sha256sum)"
    run openapi --output "$work/nowhere/now.json"
    fails "a file that cannot be written is named" "nowhere/now.json cannot be written"
    KEEL_BASE_PATH=/v2 run openapi
    says "the base path is the server's" 0 '"url": "/v2"'
    run openapi sideways
    misused "an unknown form is named" "openapi does not know sideways"
    run openapi diff
    misused "diff needs a contract" "which contract"
    run openapi diff "$folder/none.json"
    fails "a contract that is not there is named" "none.json cannot be read"
    run openapi diff "$root/VERSION"
    fails "a file that is no contract is refused" "is no OpenAPI 3 document"
    run openapi diff "$folder/now.json"
    check "without a change diff says nothing and succeeds" "$status$out$err" 0
    sed 's/"maximum": 100,/"maximum": 50,/' "$folder/now.json" >"$folder/narrow.json"
    run openapi diff "$folder/narrow.json"
    says "a change that breaks nobody is named" 0 $'\tchanged\tGET /items\tparameter per_page: maximum 50 -> 100'
    run openapi diff "$folder/now.json" "$folder/narrow.json"
    says "one that breaks clients is an exit of 1" 1 $'breaks\tchanged\tGET /items\tparameter per_page: maximum 100 -> 50' "changes break clients"
    run openapi diff --json "$folder/now.json" "$folder/narrow.json"
    says "both as JSON" 1 '"breaks": true' '"where": "GET /items"'
}

test_publish() {
    local folder=$work/published
    mkdir "$folder"
    run openapi publish
    misused "publish needs a folder" "which folder"
    run openapi publish "$folder" --check
    says "files that are not there are stale" 1 "openapi.json is not what" "API_CHANGES.md is not what" "stale"
    check "and a check writes none" "$(ls "$folder")" ""
    run openapi publish "$folder"
    check "publish writes the contract and its log" "$status $(ls "$folder" | tr '\n' ' ')" "0 API_CHANGES.md openapi.json "
    check "the first contract is no change" "$(tail -n 1 "$folder/API_CHANGES.md")" "The first contract."
    run openapi publish "$folder" --check
    check "then nothing is stale" "$status$out$err" 0
    # As the last version left it: another version, and one field fewer.
    sed -i 's/"version": "[0-9.]*"/"version": "0.0.1"/; s/"maximum": 100,/"maximum": 500,/' "$folder/openapi.json"
    sed -i 's/^## .*/## 0.0.1/' "$folder/API_CHANGES.md"
    run openapi publish "$folder"
    says "a new version is compared with the last one" 0 "openapi.released.json" "openapi.json" "API_CHANGES.md"
    out=$(<"$folder/API_CHANGES.md")
    says "what changed stands under its heading" 0 "## $(<"$root/VERSION")" "Since 0.0.1: " "These break clients:" \
        '- changed: `GET /items`, parameter per_page: maximum 500 -> 100' "## 0.0.1" "The first contract."
    run openapi publish "$folder"
    check "again, nothing is written" "$status$out$err" 0
    printf '%s\n' '{' >"$folder/openapi.json"
    run openapi publish "$folder"
    fails "a broken file is not overwritten unread" "openapi.json is no OpenAPI 3 document"
}

# A checkout of which only what the checklist looks at is there, with a page and an answer for everything.
test_checklist() {
    local tree=$work/tree id method path status wanted
    mkdir -p "$tree/src" "$tree/docs" "$tree/tests/http"
    cp -a "$root/src/routes" "$tree/src/"
    cp -a "$root/tests/services" "$tree/tests/"
    cp -a "$root/tests/http/crud_test.c" "$tree/tests/http/"
    run config
    cut -f 2 <<<"$out" >"$tree/docs/CONFIG.md"
    run routes
    while IFS=$'\t' read -r method path _ _ id _; do
        printf '\n### %s %s\n\n' "$method" "$path" >>"$tree/docs/API_REFERENCE.md"
        for status in 200 201 202 204 400 401 403 404 409 412 413 415 422 428 429 500 503 504; do
            echo "$id $status"
        done >>"$work/seen"
    done < <(tail -n +2 <<<"$out")
    run check --source "$tree" --seen "$work/seen"
    says "a checkout with everything passes the checklist" 0 $'ENDPOINT\tHANDLER\t' $'items.get\tcrud\t-\tItem\t' \
        $'auth.login\town\tauth account\t' "statements fit"
    check "the answers that were seen are counted" \
        "$(sed -nE 's/^items\.get\t.*\t([0-9]+)\/([0-9]+)\tyes\t.*/\1 \2/p' "$work/out" | awk '{ print ($1 == $2 && $1 > 3) }')" 1
    grep -v -e '^items.get 404$' -e ' 504$' "$work/seen" >"$work/less"
    run check --source "$tree" --seen "$work/less"
    says "an answer that no test had is named" 1 "items.get: no test of the API was answered 404"
    says "so is one that any endpoint may give" 1 "No test of the API was answered 504"
    run check --source "$tree" --seen "$work/nowhere"
    fails "a file of answers that is not there is named" "$work/nowhere"
    sed -i '/^### GET .api.items$/d' "$tree/docs/API_REFERENCE.md"
    sed -i '/^KEEL_ENV$/d' "$tree/docs/CONFIG.md"
    rm "$tree/tests/services/auth_test.c" "$tree/tests/http/crud_test.c"
    echo '    db_query(scope, &sql_users_find, NO_PARAMS, &rows);' >>"$tree/src/routes/users.c"
    run check --source "$tree" --seen "$work/seen"
    says "an endpoint without a page is named" 1 "items.list: docs/API_REFERENCE.md has no page of it"
    says "a setting that is not written of is named" 1 "docs/CONFIG.md does not name KEEL_ENV"
    says "a service without a unit test is named" 1 "auth.login: there is no unit test tests/services/auth_test.c"
    says "so is a generic handler" 1 "items.get: there is no unit test tests/http/crud_test.c"
    says "SQL in a handler is named" 1 "users.me: src/routes/users.c runs SQL of its own"
    sql "DELETE FROM role_permissions WHERE permission = 'items:write'"
    run check
    fails "a permission that nobody has is named" "items.create: no role has the permission items:write"
    sql "INSERT INTO role_permissions (role, permission) VALUES ('admin', 'items:write'), ('editor', 'items:write')"
}

test_check() {
    run check
    says "check finds that everything fits" 0 "routes" "tables" "statements fit database $PGDATABASE"
    test_checklist
    sql "DROP TRIGGER items_count_insert ON items"
    run check
    fails "check names a table that nobody counts any more" "items: is counted in the column table"
    sql "TRUNCATE items, categories CASCADE"
    sql "ALTER TABLE items ALTER COLUMN price TYPE numeric(12,3), ALTER COLUMN description SET NOT NULL, ADD COLUMN code text NOT NULL DEFAULT ''"
    sql "ALTER TABLE items ALTER COLUMN code DROP DEFAULT; ALTER TABLE categories ALTER COLUMN name TYPE varchar(20)"
    run check
    fails "check names a type that differs" "items.price: the database's type is numeric(12,3)"
    says "a NULL that only one of them allows" 1 "items.description: may be null in the column table"
    says "a column that no insert fills" 1 "items.code: is NOT NULL without a default"
    says "a text longer than its column" 1 "categories.name"
    sql "ALTER TABLE users RENAME COLUMN password_hash TO secret_hash; ALTER TABLE categories DROP COLUMN version CASCADE"
    run check
    says "a column that is gone" 1 "categories.version: the database has no such column"
    says "a query that does not compile, by its name" 1 "query users_find: column" "password_hash"
    "$keelctl" migrate down 1 >/dev/null
    run check
    fails "check refuses a database that is behind" "keelctl migrate up"
}

test_recount() {
    run recount
    says "recount finds kept totals true" 0 "All totals are true." $'items\tall\t'
    check "and shows no key whose total is" "$(grep -c category_id "$work/out")" 0
    local id
    id=$(sql "SELECT min(category_id) FROM items")
    sql "UPDATE row_totals SET rows = rows + 3 WHERE table_name = 'items' AND key_column = 'category_id' AND key = $id;
         DELETE FROM row_totals WHERE table_name = 'categories'"
    local true_one true_all
    true_one=$(sql "SELECT count(*) FROM items WHERE is_active AND category_id = $id")
    true_all=$(sql "SELECT count(*) FROM categories WHERE is_active")
    run recount --dry-run
    says "a dry run shows every total that is wrong, and fails" 1 $'items\tcategory_id '"$id"$'\t'"$((true_one + 3))"$'\t'"$true_one" \
        $'categories\tall\t0\t'"$true_all" "Wrong: 2."
    run recount --dry-run items
    says "one table can be named" 1 "Wrong: 1."
    run recount
    says "recount mends what is wrong" 0 "Wrong and mended: 2."
    run recount --dry-run
    says "and afterwards all is true" 0 "All totals are true."
    run recount users
    fails "a table that is not counted is refused" "no table users"
    run recount items categories
    misused "a table too many is named" "categories is not expected"
}

# Brings back, one by one, what a purge is about to remove; prints how many came back.
restore_some() {
    local id
    for id in $(sql "SELECT id FROM items WHERE name LIKE 'old %' ORDER BY id DESC LIMIT 100"); do
        echo "UPDATE items SET is_active = true WHERE id = $id RETURNING 'restored';"
    done | psql -XAtq | grep -c restored
}

# An entry of each hundredth day, nine of one account and one of another.
audit_in_the_past() {
    sql "INSERT INTO audit_log (at, user_id, route, method, status, table_name, row_id, changes, address)
         SELECT now() - i * interval '100 days' - interval '1 hour', CASE WHEN i = 2 THEN 4711 ELSE id END, 'items.update', 'PATCH', 200,
             CASE WHEN i % 2 = 0 THEN 'items' ELSE 'categories' END, i, jsonb_build_object('price', '{\"to\": 1.50}'::jsonb), '192.0.2.7'
         FROM (SELECT min(id) AS id FROM users) AS u, generate_series(0, 9) AS i"
}

test_audit() {
    local email
    sql "DELETE FROM audit_log"
    audit_in_the_past
    email=$(sql "SELECT email FROM users ORDER BY id LIMIT 1")
    run audit list
    check "audit list shows the newest entry first" "$status $(sed -n 2p "$work/out" | cut -f 2-)" \
        "0 $email"$'\t\titems.update\t200\titems/0\t192.0.2.7\t{"price": {"to": 1.50}}'
    check "and all of them" "$(wc -l <"$work/out")" 11
    run audit list --user "$email" --count 4
    check "of one account, so many" "$(cut -f 2,6 "$work/out")" $'USER\tROW\n'"$email"$'\titems/0\n'"$email"$'\tcategories/1\n'"$email"$'\tcategories/3\n'"$email"$'\titems/4'
    run audit list --user 4711
    says "an account that is gone is asked for by its id" 0 $'\t4711\t' $'\titems/2\t'
    run audit list --row categories/7
    check "of one row" "$(sed 1d "$work/out" | cut -f 6)" categories/7
    run audit list --row items --since "$(date -u -d '450 days ago' +%F)"
    check "of one table, since a time" "$(sed 1d "$work/out" | cut -f 6)" $'items/0\nitems/2\nitems/4'
    run audit list --since sometime
    fails "a time that is none is refused" "malformed"
    run audit list --row items/x
    misused "a row that is none is refused" "items/5"
    run audit list --user nobody@example.com
    fails "an unknown address is told" "There is no account"
    run audit
    misused "audit wants to know what to do" "Say list or purge"
    KEEL_AUDIT_DAYS=0 run audit purge
    says "audit purge does nothing where nobody said when" 0 "KEEL_AUDIT_DAYS is 0"
    run audit purge --days 650
    says "audit purge says how many it removed" 0 "3 entries older than 650 days"
    test_audit_without_rights
    sql "DELETE FROM audit_log"
}

# As an application whose role is not the schema's owner, after a careless GRANT ALL.
test_audit_without_rights() {
    local role=${scratch}_app
    sql "CREATE ROLE $role LOGIN PASSWORD 'app-password'; GRANT USAGE ON SCHEMA public TO $role; GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO $role"
    KEEL_DATABASE_URL="dbname=$PGDATABASE user=$role password=app-password" run audit purge
    fails "the application may not purge the log" "KEEL_MIGRATION_DATABASE_URL"
    KEEL_DATABASE_URL="dbname=$PGDATABASE user=$role password=app-password" KEEL_MIGRATION_DATABASE_URL="dbname=$PGDATABASE" run audit purge
    says "its owner may, whose connection is another setting" 0 "3 entries older than 365 days"
    sql "DROP OWNED BY $role; DROP ROLE $role"
}

test_purge() {
    sql "INSERT INTO items (name, price, category_id, is_active, updated_at)
         SELECT 'old ' || i, 1, NULL, false, now() - interval '40 days' FROM generate_series(1, 3000) AS i;
         INSERT INTO items (name, price, is_active) VALUES ('deleted today', 1, false);
         INSERT INTO categories (name, is_active, updated_at) VALUES ('old and used', false, now() - interval '40 days');
         INSERT INTO items (name, price, is_active, category_id) SELECT 'uses it', 1, false, max(id) FROM categories;
         INSERT INTO idempotency_keys (user_id, key, request_hash, created_at)
         SELECT min(id), 'key ' || i, sha256('a'), now() - i * interval '9 hours' FROM users, generate_series(1, 5) AS i GROUP BY i"
    audit_in_the_past
    local live
    live=$(sql "SELECT count(*) FROM items WHERE is_active")
    KEEL_PURGE_DAYS=30 run purge --dry-run
    says "a dry run says what would go" 0 $'items\t3000\t0' $'categories\t0\t1' $'idempotency_keys\t3\t0' \
        $'audit_log\t6\t0' "nothing was changed"
    check "and removes nothing" "$(sql "SELECT count(*) FROM items WHERE name LIKE 'old %'; SELECT count(*) FROM audit_log")" $'3000\n10'
    KEEL_AUDIT_DAYS=0 run purge
    says "deleted rows stay where nobody said when, and entries of the log where they are to" 0 $'items\t0\t0' \
        $'idempotency_keys\t3\t0' $'audit_log\t0\t0' "Deleted rows go never" "entries of the audit log never"
    run purge --days 50
    says "what was deleted later stays, entries of the log go after a year" 0 $'items\t0\t0' $'audit_log\t6\t0' "after 365 days"
    check "those of this year stay" "$(sql "SELECT count(*) FROM audit_log")" 4
    restore_some >"$work/restored" &
    KEEL_PURGE_DAYS=30 run purge
    wait $!
    says "purge removes what was deleted long ago, and says what it kept" 0 $'categories\t0\t1' "refer to"
    check "what came back meanwhile is there, the rest is gone" \
        "$(sql "SELECT count(*), bool_and(is_active) IS NOT FALSE FROM items WHERE name LIKE 'old %'")" "$(<"$work/restored")|t"
    check "live items and what was deleted today are untouched" \
        "$(sql "SELECT count(*) FILTER (WHERE is_active AND name NOT LIKE 'old %'), count(*) FILTER (WHERE name = 'deleted today') FROM items")" "$live|1"
    run recount --dry-run
    says "totals are true after a purge" 0 "All totals are true."
    run purge --days 0
    misused "a number of days that is none is refused" "from 1 to"
}

make_database
export KEEL_DATABASE_URL="dbname=$PGDATABASE"
test_calling
test_migrate
test_folder
test_seed
test_user
test_accounts
test_roles
test_keys
test_terminal
test_config
test_routes
test_openapi
test_publish
test_recount
test_audit
test_purge
test_docs
test_check
finish
