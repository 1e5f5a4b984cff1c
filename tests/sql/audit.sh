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

aged="INSERT INTO audit_log (at, route, method, status) SELECT now() - make_interval(days => age), 't.t', 'POST', 200
      FROM unnest(ARRAY[0, 29, 31, 400, 500]) AS age"

# trims SENTENCE WANTED CALL: which ages, in days, are left of the aged entries when the application has called.
trims() {
    accepts "$1" "$2" "$aged; SET ROLE ${scratch}_app; $3; RESET ROLE;
        SELECT string_agg(extract(day FROM now() - at)::text, ' ' ORDER BY at DESC) FROM audit_log"
}

# The one way in which the application makes the log shorter, and that it is no more than that.
test_what_the_application_trims() {
    local call="DO \$\$ BEGIN PERFORM audit_log_trim"
    trims "the application removes what is older than it says" "0 29 31" "$call(365, 10); END \$\$"
    trims "some at a time, the oldest first" "0 29 31 400" "$call(365, 1); END \$\$"
    trims "and never what is younger than thirty days" "0 29" "$call(1, 10); END \$\$"
    trims "not by no days" "0 29" "$call(0, 10); END \$\$"
    trims "not by days to come" "0 29" "$call(-4000, 10); END \$\$"
    trims "not by days that nobody knows" "0 29" "$call(NULL, NULL); END \$\$"
    trims "a table of its own does not stand for the log" "0 29 31" \
        "CREATE TEMP TABLE audit_log (id bigint, at timestamptz); SET search_path = pg_temp, public; $call(365, 10); END \$\$;
         RESET search_path; DROP TABLE pg_temp.audit_log"
    app_refused "the application cannot make the function another one" \
        "CREATE OR REPLACE FUNCTION audit_log_trim(days integer, most integer) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'"
    app_refused "nor let it look elsewhere" "ALTER FUNCTION audit_log_trim RESET ALL"
    accepts "who only reads the log may not call it" "f" "CREATE ROLE ${scratch}_other; GRANT SELECT ON audit_log TO ${scratch}_other;
        SELECT has_function_privilege('${scratch}_other', 'audit_log_trim(integer, integer)', 'EXECUTE')"
}

# The files of a migration, again: what is granted depends on who is there.
again() {
    local down
    down=$(echo "$root"/sql/migrations/*_"$1".down.sql)
    run_file "$down" && run_file "${down%.down.sql}.up.sql"
}

# Rights that come by themselves with each table of the owner's, as an instance gives them.
test_audit() {
    sql "CREATE ROLE ${scratch}_app; GRANT ${scratch}_app TO CURRENT_USER; GRANT USAGE ON SCHEMA public TO ${scratch}_app;
         ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO ${scratch}_app"
    again audit && again audit_trim
    verdict "the log comes into being under default privileges" $?
    test_entries_of_the_application
    test_what_the_application_trims
    sql "ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM ${scratch}_app; DROP OWNED BY ${scratch}_app; DROP ROLE ${scratch}_app"
}
