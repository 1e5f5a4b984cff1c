# shellcheck shell=bash
# query.sh - the SQL that one get runs, as PostgreSQL saw it, so that pgbench is given the same

# PostgreSQL logs every statement while one item is asked for.
query_capture() {
    local log=$var/log/postgresql.log size
    printf '%s\n' "log_statement = 'all' # for one request of the benchmark" >>"$var/pg/postgresql.conf"
    query_reload all
    size=$(stat -c %s "$log")
    curl --silent --noproxy '*' --fail --output /dev/null "http://127.0.0.1:$port/api/items/1" || die "GET /api/items/1 failed."
    sleep 0.2
    tail -c "+$((size + 1))" "$log" | query_read >"$work/get.sql" ||
        die "One get is no longer one statement with one parameter; pgbench cannot run the same. It ran: $(tail -c "+$((size + 1))" "$log")"
    sed -i '$d' "$var/pg/postgresql.conf"
    query_reload none
}

query_reload() {
    local postmaster left=50
    read -r postmaster <"$var/pg/postmaster.pid"
    kill -s HUP "$postmaster"
    until [[ $(instance_sql app <<<'SHOW log_statement') == "$1" ]]; do
        ((left-- > 0)) || die "PostgreSQL did not take up log_statement = $1."
        sleep 0.1
    done
}

# Turns the log lines of one request into a script of pgbench. The worker's statements are logged as `execute NAME:`, and
# those of query_reload as `statement:`.
query_read() {
    awk '
        / LOG:  execute [^:]*: / {
            statements++
            sub(/^.* LOG:  execute [^:]*: /, "")
            text = $0
        }
        END {
            if (statements != 1 || text ~ /\$[2-9]/ || gsub(/\$1/, ":id", text) != 1)
                exit 1
            print "\\set id random(1, 10000)"
            print text ";"
        }
    '
}
