# shellcheck shell=bash
# database.sh - the private PostgreSQL cluster: never the system's, no TCP, two roles and no superuser who can log in

# Sets database_tools to the newest PostgreSQL installed, or to the one the cluster was made by.
database_find_tools() {
    local wanted='*' folder
    database_tools=''
    [[ ! -e $var/pg/PG_VERSION ]] || wanted=$(cat -- "$var/pg/PG_VERSION")
    # shellcheck disable=SC2086 # the pattern is meant to expand
    for folder in /usr/lib/postgresql/$wanted/bin; do
        [[ ! -x $folder/initdb ]] || database_tools=$folder
    done
    [[ -n $database_tools ]] || die "PostgreSQL's server programs are missing (version ${wanted/\*/15}): make up installs them on Debian."
}

# Prints the postmaster's pid if it lives and is ours.
database_pid() {
    local pid
    pid=$(head -n 1 -- "$var/pg/postmaster.pid" 2>/dev/null) || return 1
    [[ $pid =~ ^[0-9]+$ ]] && process_runs "$pid" "$var/pg" && printf '%s\n' "$pid"
}

# Creates what is missing: the cluster, keel.env, or the agreement of both on the passwords.
database_prepare() {
    local owner app cluster=$var/pg what="database passwords renewed"
    if [[ -d $var/pg ]] && settings_fit; then
        return 0
    fi
    owner=$(random_text 24) app=$(random_text 24)
    if [[ ! -d $var/pg ]]; then
        place_need 300
        cluster=$var/pg.new what="database created"
        say "Creating a private PostgreSQL cluster in $var/pg"
        database_create "$cluster"
    else
        say "Writing new database passwords into $var/keel.env"
        database_stop
    fi
    # Single user mode: nobody can connect meanwhile, and the passwords are on no command line.
    step "Creating the database roles" database_single "$cluster" postgres < <(roles_sql "$owner" "$app" && database_missing_sql)
    step "Granting the database roles" database_single "$cluster" keel < <(grants_sql)
    settings_write "$owner" "$app"
    # Last, so that an interrupted run begins again instead of keeping a cluster that is half made.
    [[ $cluster == "$var/pg" ]] || mv -- "$cluster" "$var/pg"
    changed+=("$what")
}

database_create() {
    rm -rf -- "$1"
    place_folder "$1" 0700 "$database_user" "$database_user"
    # The superuser has no password, so scram lets nobody in as it.
    step "initdb" place_as "$database_user" "$database_tools/initdb" --pgdata="$1" --username=postgres --encoding=UTF8 \
        --locale=C.UTF-8 --auth-local=scram-sha-256 --auth-host=reject
    step "Writing PostgreSQL's settings" place_as "$database_user" tee -a "$1/postgresql.conf" < <(database_settings)
}

# Small, and as safe as a production cluster: fsync stays on. A slow statement is logged without its parameters, among
# which may be a password's hash.
database_settings() {
    printf '%s\n' '' '# Keel, local instance' "listen_addresses = ''" 'unix_socket_permissions = 0777' \
        'max_connections = 60' 'shared_buffers = 64MB' "timezone = 'UTC'" "log_timezone = 'UTC'" \
        'password_encryption = scram-sha-256' "log_line_prefix = '%m [%p] %u@%d '" 'log_min_duration_statement = 500ms' \
        'log_parameter_max_length = 0'
}

database_single() {
    place_as "$database_user" "$database_tools/postgres" --single -D "$1" -c exit_on_error=on "$2"
}

database_missing_sql() {
    [[ -d $var/pg ]] || database_sql
}

database_start() {
    ! database_pid >/dev/null || return 0
    place_need 50
    # After a crash these name a pid that some other process may have now, and PostgreSQL would refuse to start.
    rm -f -- "$var/pg/postmaster.pid" "$sockets/db/.s.PGSQL.5432" "$sockets/db/.s.PGSQL.5432.lock"
    started+=(database)
    database_try_start || die "PostgreSQL did not start: $(grep -E 'FATAL|PANIC|could not' "$var/log/postgresql.log" | tail -n 1)"
    changed+=("PostgreSQL started")
}

# More than once: the children of a postmaster that was killed need a moment to notice, and hold its memory until then.
database_try_start() {
    local try
    for try in 1 2 3; do
        ((try == 1)) || sleep 1
        ! database_run_pg_ctl start -w -t 60 -l "$var/log/postgresql.log" -o "-c unix_socket_directories='$sockets/db'" || return 0
    done
    return 1
}

database_run_pg_ctl() {
    place_as "$database_user" "$database_tools/pg_ctl" -D "$var/pg" -s "$@" </dev/null >/dev/null 2>&1 9>&-
}

# Fast: open transactions are rolled back. A cluster that does not stop in time is ended at once; it recovers on start.
database_stop() {
    database_pid >/dev/null || return 0
    database_find_tools
    database_run_pg_ctl stop -m fast -w -t 20 || database_run_pg_ctl stop -m immediate -w -t 10 ||
        die "PostgreSQL (pid $(database_pid)) does not stop; see $var/log/postgresql.log."
}
