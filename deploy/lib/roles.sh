# shellcheck shell=bash
# roles.sh - SQL of the two roles, the database and what the one may do to what the other makes
#
# One command per line, as PostgreSQL's single user mode takes them.

# roles_sql OWNER_PASSWORD APP_PASSWORD: a role that exists only gets the new password.
roles_sql() {
    local role password
    for role in keel_owner keel_app; do
        [[ $role == keel_owner ]] && password=$1 || password=$2
        printf "DO \$\$ BEGIN IF to_regrole('%s') IS NULL THEN CREATE ROLE %s LOGIN; END IF; END \$\$;\n" "$role" "$role"
        printf "ALTER ROLE %s PASSWORD '%s';\n" "$role" "$password"
    done
}

database_sql() {
    printf '%s\n' "CREATE DATABASE keel OWNER keel_owner TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';"
}

# The same for psql, where the database may be there; what follows is run in it.
database_psql() {
    printf "SELECT \$\$%s\$\$ WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'keel')\\gexec\n" "$(database_sql)"
    printf '%s\n' '\connect keel'
}

# To be run in the database. The application may work on rows of whatever the owner makes, and make nothing itself.
grants_sql() {
    printf '%s\n' 'REVOKE ALL ON DATABASE keel FROM PUBLIC;' 'GRANT CONNECT ON DATABASE keel TO keel_app;' \
        'ALTER SCHEMA public OWNER TO keel_owner;' 'REVOKE CREATE ON SCHEMA public FROM PUBLIC;' \
        'GRANT USAGE ON SCHEMA public TO keel_app;' \
        'ALTER DEFAULT PRIVILEGES FOR ROLE keel_owner GRANT USAGE ON SCHEMAS TO keel_app;' \
        'ALTER DEFAULT PRIVILEGES FOR ROLE keel_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO keel_app;' \
        'ALTER DEFAULT PRIVILEGES FOR ROLE keel_owner GRANT USAGE, SELECT ON SEQUENCES TO keel_app;'
}
