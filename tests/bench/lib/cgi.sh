# shellcheck shell=bash
# cgi.sh - what a request costs where each one is a process of its own

cgi_runs=50

# Prints milliseconds of CPU per request: starting, settings, connecting to PostgreSQL, the row, the end. What the shell needs to
# start a process is in it.
cgi_measure() {
    local TIMEFORMAT='%3U %3S' name spent
    for name in GATEWAY_INTERFACE=CGI/1.1 SERVER_PROTOCOL=HTTP/1.1 REQUEST_METHOD=GET REMOTE_ADDR=127.0.0.1 "REQUEST_URI=$path_of_row" \
        "KEEL_CONFIG=$var/worker.env"; do
        export "${name?}"
    done
    "$var/bin/api" </dev/null | grep -q '^Status: 200' || die "The program does not answer as CGI."
    spent=$({ time for ((i = 0; i < cgi_runs; i++)); do "$var/bin/api" </dev/null >/dev/null; done; } 2>&1)
    awk -v spent="$spent" -v runs="$cgi_runs" 'BEGIN {split(spent, part, " "); print (part[1] + part[2]) * 1000 / runs}'
}
