# shellcheck shell=bash
# load.sh - one run of one kind: load, its latencies, and the CPU time that it took
#
# Each run appends a line to $work/runs: kind, clients, requests, microseconds, p50 and p99 in microseconds, then the
# nanoseconds of CPU that nginx, the workers, PostgreSQL and the client took, and the statements that its last request ran.
# wrk's own CPU is not counted; pgbench's is, as the worker does for a request what pgbench does for a transaction.

port_find() {
    local candidate
    for candidate in $(shuf -i 20000-32000 -n 50); do
        (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null || {
            printf '%s\n' "$candidate"
            return 0
        }
    done
    die "No free port between 20000 and 32000."
}

# cpu_read NAME=PID...: prints nanoseconds of nginx, worker and postgres so far. Processes of others come and go meanwhile.
cpu_read() {
    { cd /proc && grep -s '' [0-9]*/stat [0-9]*/schedstat || true; } |
        awk -v tick_ns="$tick_ns" -v roots="$*" -f "$bench/cpu.awk" | sort | awk '{printf "%s ", $2}'
}

# load_run KIND CLIENTS SECONDS
# null_get and null_list ask the null program; sql_get and sql_list are pgbench with what get and list run.
load_run() {
    local kind=$1 clients=$2 seconds=$3 roots before after measured
    roots=$(if [[ $kind == null_* ]]; then null_roots; else instance_roots; fi)
    # shellcheck disable=SC2086 # the roots are words
    before=$(cpu_read $roots)
    if [[ $kind == sql_* ]]; then
        measured=$(load_pgbench "$work/${kind#sql_}.sql" "$seconds") || exit 1
    else
        measured=$(load_wrk "$kind" "$clients" "$seconds") || exit 1
    fi
    # shellcheck disable=SC2086
    after=$(cpu_read $roots)
    awk -v kind="$kind" -v clients="$clients" -v measured="$measured" -v before="$before" -v after="$after" \
        -v statements="$(load_statements "$kind")" 'BEGIN {
        split(measured, m, " "); split(before, b, " "); split(after, a, " ")
        # In the order of their names: nginx, postgres, worker.
        printf "%s %s %s %s %s %s %.0f %.0f %.0f %.0f %d\n", kind, clients, m[1], m[2], m[3], m[4],
            a[1] - b[1], a[3] - b[3], a[2] - b[2], m[5], statements
    }' >>"$work/runs"
}

# Prints how many statements the last request of this kind ran, as its line in the log says.
load_statements() {
    case $1 in
    null_*) echo 0 ;;
    sql_*) grep -c ';$' "$work/${1#sql_}.sql" ;;
    *) tail -n 1 "$var/log/keel/keel.log" | sed -n 's/.*"queries":\([0-9]*\).*/\1/p' ;;
    esac
}

# Prints requests, microseconds, p50, p99, and 0 for the client's CPU.
load_wrk() {
    local kind=$1 target=$port output
    if [[ $kind == null_* ]]; then
        kind=${kind#null_} target=$null_port
    fi
    output=$(wrk --threads 1 --connections "$2" --duration "$3s" --timeout 10s --script "$bench/load.lua" \
        "http://127.0.0.1:$target" -- "$kind" "$work" 2>&1) || die "wrk failed: $output"
    awk '
        /^measured / {
            for (i = 2; i <= NF; i++) {
                split($i, pair, "=")
                value[pair[1]] = pair[2]
            }
        }
        END {
            if (value["requests"] == 0 || value["errors"] != 0)
                exit 1
            print value["requests"], value["us"], value["p50"], value["p99"], 0
        }
    ' <<<"$output" || die "Not every request of $1 with $2 clients succeeded: $output"
}

# load_pgbench FILE SECONDS
# As many connections as there are workers, each with a thread of its own, as each worker is a process of its own.
load_pgbench() {
    local TIMEFORMAT='%U %S' output client
    { client=$({ time PGSERVICEFILE=$work/services "$postgres_tools/pgbench" --no-vacuum \
        --protocol=prepared --client="$workers" --jobs="$workers" --time="$2" --file="$1" \
        service=app >"$work/pgbench.log" 2>&1; } 2>&1); } || die "pgbench failed: $(tail -n 2 "$work/pgbench.log")"
    output=$(<"$work/pgbench.log")
    # PostgreSQL counts what its children used once they have ended.
    sleep 0.3
    awk -v client="$client" '
        /^number of transactions actually processed:/ {count = $NF + 0}
        /^number of failed transactions:/ {failed = $5 + 0}
        /^tps =/ {rate = $3}
        END {
            if (!count || !rate || failed)
                exit 1
            split(client, part, " ")
            printf "%d %.0f 0 0 %.0f\n", count, count / rate * 1e6, (part[1] + part[2]) * 1e9
        }
    ' <<<"$output" || die "pgbench failed: $output"
}
