# shellcheck shell=bash
# instance.sh - the Keel that is measured: an instance of its own, made as `make up` makes one, with 10,000 items

# instance_run COMMAND [WORKERS]: deploy/local/instance on our own state folder. Whatever the caller has set for another instance
# must not change what is measured; limits are on, but none is ever reached.
instance_run() (
    unset ${!KEEL_@}
    export KEEL_VAR=$var KEEL_PORT=$port KEEL_WORKERS=${2:-$workers} KEEL_PROGRAMS=$programs KEEL_MAX_REQUESTS=0
    export KEEL_RATE_READ_PER_MINUTE=3000000 KEEL_RATE_WRITE_PER_MINUTE=3000000 KEEL_RATE_AUTH_PER_MINUTE=3000000
    "$checkout/deploy/local/instance" "$1" >>"$work/instance.log" 2>&1 ||
        die "deploy/local/instance $1 failed: $(tail -n 1 "$work/instance.log")"
)

# instance_start ITEMS
instance_start() {
    mkdir "$var"
    instance_run up
    instance_give_cache
    instance_stop_jobs
    postgres_tools=/usr/lib/postgresql/$(<"$var/pg/PG_VERSION")/bin
    [[ -x $postgres_tools/pgbench ]] || die "$postgres_tools/pgbench is missing: deploy/local/packages bench installs it."
    instance_write_services
    instance_fill "$1"
    instance_write_token
}

# A local instance is small; a server has a cache that its tables fit into, and all sizes here have the same.
instance_give_cache() {
    instance_run down
    printf '%s\n' 'shared_buffers = 1GB' 'max_wal_size = 4GB' >>"$var/pg/postgresql.conf"
    instance_run up
}

# Who looks for jobs each second has no part in what is measured, nor in the statements that a request runs.
instance_stop_jobs() {
    local watcher left=100 _
    read -r watcher _ <"$var/state/jobs.pid"
    kill -s TERM "$watcher" 2>/dev/null || return 0
    while kill -s 0 "$watcher" 2>/dev/null; do
        ((left-- > 0)) || die "The runner of jobs does not end."
        sleep 0.1
    done
}

# Passwords reach psql and pgbench by a file, never by a command line.
instance_write_services() {
    awk '
        function section(name, value, part, count, i) {
            printf "[%s]\n", name
            count = split(value, part, " ")
            for (i = 1; i <= count; i++)
                print part[i]
        }
        sub(/^KEEL_DATABASE_URL=/, "") {section("app", $0)}
        sub(/^KEEL_MIGRATION_DATABASE_URL=/, "") {section("owner", $0)}
    ' "$var/keel.env" | (umask 077 && cat >"$work/services")
}

# instance_sql ROLE: runs the SQL on standard input.
instance_sql() {
    PGSERVICEFILE=$work/services PGSERVICE=$1 "$postgres_tools/psql" --no-psqlrc --quiet --tuples-only --no-align \
        --set=ON_ERROR_STOP=1 || die "psql failed on the measured database."
}

# instance_fill ITEMS: the demo items over and over under new names, until there are so many, with ids from 1 without a
# gap, made over ten years. Categories are as uneven as the demo's.
instance_fill() {
    instance_sql owner <<SQL
CREATE TEMPORARY TABLE demo AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, * FROM items WHERE is_active;
DELETE FROM items;
ALTER TABLE items ALTER COLUMN id RESTART WITH 1;
INSERT INTO items (name, description, price, quantity, category_id, created_at)
SELECT name || ' #' || turn, description, price + turn % 50, (quantity + turn) % 500, category_id,
       now() - interval '10 years' * (1 - turn / ($1 + 1.0))
  FROM generate_series(1, $1) AS turn JOIN demo ON place = turn % (SELECT count(*) FROM demo) ORDER BY turn;
VACUUM (ANALYZE) items;
VACUUM (ANALYZE) row_totals;
SQL
    instance_sql app >"$work/ids" <<<"SELECT id FROM items WHERE is_active AND ($1 <= 10000 OR id % ($1 / 10000) = 0) ORDER BY id"
    [[ $(instance_sql app <<<'SELECT concat(count(*), max(id)) FROM items') == "$1$1" ]] ||
        die "The measured instance does not hold $1 items with the ids 1 to $1."
}

instance_write_token() {
    local body='{"email":"editor@example.com","password":"editor-password-1"}'
    (umask 077 && curl --silent --noproxy '*' --header 'Content-Type: application/json' --data "$body" \
        "http://127.0.0.1:$port/api/auth/login" | sed -n 's/.*"token": *"\([^"]*\)".*/\1/p' >"$work/token")
    [[ -s $work/token ]] || die "The demo account editor@example.com cannot log in."
}

# The roots of the instance's process trees, as cpu_read takes them; the workers for /api/auth/ are workers, too.
instance_roots() {
    local nginx watcher auth postmaster _
    read -r nginx _ <"$var/state/nginx.pid"
    read -r watcher _ <"$var/state/workers.pid"
    read -r auth _ <"$var/state/auth.pid"
    read -r postmaster _ <"$var/pg/postmaster.pid"
    printf 'nginx=%s worker=%s worker=%s postgres=%s\n' "$nginx" "$watcher" "$auth" "$postmaster"
}
