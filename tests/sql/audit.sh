# audit.sh - what a role of the application may do with the audit log: read and add, and nothing else
# shellcheck source=tests/sql/harness.sh disable=SC2154
# shellcheck shell=bash

entry="INSERT INTO audit_log (route, method, status) VALUES ('t.t', 'POST', 200)"

# As the role of the application.
as_app() {
    accepts "$1" "$2" "SET ROLE ${scratch}_app; $3"
}

app_refused() {
    refuses "$1" "42501 -" "$entry; SET ROLE ${scratch}_app; $2"
}

refused_whatever_the_role_is_granted() {
    refuses "$1" "42501 -" "$entry; GRANT ALL ON audit_log TO ${scratch}_app; SET ROLE ${scratch}_app; $2"
}

test_entries_of_the_application() {
    as_app "the application adds entries" 1 "$entry; SELECT count(*) FROM audit_log WHERE at = now()"
    app_refused "the application changes no entry" "UPDATE audit_log SET user_id = 2"
    app_refused "the application changes none by adding it again" \
        "INSERT INTO audit_log (route, method, status) VALUES ('a', 'b', 1) ON CONFLICT (id) DO UPDATE SET route = 'c'"
    app_refused "the application removes no entry" "DELETE FROM audit_log"
    app_refused "the application cannot empty the log" "TRUNCATE audit_log"
    app_refused "the application cannot say that an entry is older than it is" \
        "INSERT INTO audit_log (at, route, method, status) VALUES (now() - interval '1 day', 'a', 'b', 1)"
    app_refused "the application cannot say which entry it is" \
        "INSERT INTO audit_log (id, route, method, status) OVERRIDING SYSTEM VALUE VALUES (-1, 'a', 'b', 1)"
    app_refused "the application cannot take the guard away" "ALTER TABLE audit_log DISABLE TRIGGER audit_log_guard"
    refused_whatever_the_role_is_granted "a change is refused where somebody granted all" "UPDATE audit_log SET user_id = 2"
    refused_whatever_the_role_is_granted "a removal is, too" "DELETE FROM audit_log"
    refused_whatever_the_role_is_granted "and emptying" "TRUNCATE audit_log"
    refuses "not even the owner changes an entry" "42501 -" "$entry; UPDATE audit_log SET user_id = 2"
    accepts "the owner removes entries" "0" "$entry; DELETE FROM audit_log; SELECT count(*) FROM audit_log"
}

# Rights that come by themselves with each table of the owner's, as an instance gives them.
test_audit() {
    local down up
    down=$(echo "$root"/sql/migrations/*_audit.down.sql)
    up=${down%.down.sql}.up.sql
    sql "CREATE ROLE ${scratch}_app; GRANT ${scratch}_app TO CURRENT_USER; GRANT USAGE ON SCHEMA public TO ${scratch}_app;
         ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO ${scratch}_app"
    run_file "$down" && run_file "$up"
    verdict "the log comes into being under default privileges" $?
    test_entries_of_the_application
    sql "ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM ${scratch}_app; DROP OWNED BY ${scratch}_app; DROP ROLE ${scratch}_app"
}
