# shellcheck shell=bash
# query.sh - the SQL that one request runs, as PostgreSQL saw it, so that pgbench is given the same

# query_capture PATH FILE: PostgreSQL logs every statement with its values, which it keeps to itself otherwise, while
# PATH is asked for; FILE becomes pgbench's script of it.
query_capture() {
    local log=$var/log/postgresql.log size
    printf '%s # for one request of the benchmark\n' 'log_parameter_max_length = -1' "log_statement = 'all'" \
        >>"$var/pg/postgresql.conf"
    query_reload all
    size=$(stat -c %s "$log")
    curl --silent --noproxy '*' --fail --output /dev/null "http://127.0.0.1:$port$1" || die "GET $1 failed."
    sleep 0.2
    tail -c "+$((size + 1))" "$log" | query_read >"$2" ||
        die "What GET $1 runs cannot be given to pgbench. It ran: $(tail -c "+$((size + 1))" "$log")"
    sed -i '/# for one request of the benchmark$/d' "$var/pg/postgresql.conf"
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

# Turns the log lines of one request into a script of pgbench: each `execute NAME: TEXT` with its values, which must be
# numbers, as variables. The 1 of /items/1 becomes a random id; statements of query_reload are logged as `statement:`.
query_read() {
    awk '
        # A statement without values has no line of them.
        function take(    whole) {
            whole = text ? text ";\n" : ""
            text = ""
            lines = lines whole
        }
        / LOG:  execute [^:]*: / {
            take()
            statements++
            sub(/^.* LOG:  execute [^:]*: /, "")
            text = $0
            next
        }
        / DETAIL:  parameters: / {
            sub(/^.* DETAIL:  parameters: /, "")
            count = split($0, value, ", ")
            for (i = count; i >= 1; i--) {
                if (value[i] !~ /^\$[0-9]+ = \047[0-9]+\047$/)
                    exit 1
                number = value[i]
                gsub(/^[^\047]*\047|\047$/, "", number)
                variable = "v" statements "_" i
                print "\\set " variable " " (number == 1 ? "random(1, 10000)" : number)
                gsub("\\$" i, ":" variable, text)
            }
            take()
        }
        END {
            take()
            if (!statements)
                exit 1
            printf "%s", lines
        }
    '
}
