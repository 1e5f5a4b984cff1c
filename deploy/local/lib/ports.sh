# shellcheck shell=bash
# ports.sh - is the port free, and if not, who holds it

# Prints the inode of the socket that listens where ours would (127.0.0.1 or every address), if any.
ports_listener() {
    local hex
    hex=$(printf '%04X' "$1")
    # Fields of /proc/net/tcp: 2 local address, 4 state (0A listens), 10 inode.
    awk -v port="$hex" '
        $4 == "0A" && $2 ~ "^(0100007F|0+|0000000000000000FFFF00000100007F):" port "$" {print $10; exit}
    ' /proc/net/tcp /proc/net/tcp6 2>/dev/null || true
}

# "nginx (pid 4711)", or nothing when /proc does not show us the holder.
ports_holder() {
    local link pid
    link=$(find /proc/[0-9]*/fd -lname "socket:\[$1\]" -print -quit 2>/dev/null) || true
    [[ -n $link ]] || return 0
    pid=${link#/proc/} pid=${pid%%/*}
    printf '%s (pid %s)\n' "$(cat "/proc/$pid/comm" 2>/dev/null)" "$pid"
}

# Fails with one sentence unless nobody listens at the port.
ports_need() {
    local inode holder lowest
    lowest=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || printf 1024)
    ((EUID == 0 || $1 >= lowest)) || die "Port $1 is for root only; choose one from $lowest on, for example KEEL_PORT=8080 make up."
    inode=$(ports_listener "$1")
    [[ -n $inode ]] || return 0
    holder=$(ports_holder "$inode")
    die "Port $1 is in use by ${holder:-another program}; choose another one, for example KEEL_PORT=9000 make up."
}
