# shellcheck shell=bash
# pool.sh - processes kept alive by multiwatch: workers behind a socket that spawn-fcgi makes, or a command without one
#
# multiwatch is told -s because its own default is USR1, and -r and -t because it gives a process up that ends more than 3
# times in 10 s, while 500 ends within a second of their start are a program that cannot run at all.

# pool_exec_workers SOCKET COUNT NICENESS USER GROUP PROGRAM: becomes the supervisor of so many workers. SOCKET is a path, and
# who is of the group may connect, or ADDRESS:PORT, and whoever reaches it may. spawn-fcgi does not fork (-n), so that what a
# dying worker writes to stderr is read. USER counts for root only.
pool_exec_workers() {
    local at=(-s "$1" -M 0660) as=()
    [[ $1 == /* ]] || at=(-a "${1%:*}" -p "${1##*:}")
    ((EUID != 0)) || as=(-u "$4" -g "$4")
    ((EUID != 0)) || [[ $1 != /* ]] || as+=(-U "$4" -G "$5")
    exec setsid nice -n "$3" spawn-fcgi -n "${at[@]}" -b 1024 ${as[@]+"${as[@]}"} -- \
        "$(command -v multiwatch)" -f "$2" -r 500 -t 1000 -s TERM -- "$6"
}

# pool_exec_command USER COMMAND...: becomes the supervisor of one process.
pool_exec_command() {
    local as=()
    ((EUID != 0)) || as=(setpriv --reuid "$1" --regid "$1" --init-groups --)
    shift
    exec setsid ${as[@]+"${as[@]}"} "$(command -v multiwatch)" -f 1 -r 500 -t 1000 -s TERM -- "$@"
}

# Waits until this multiwatch has so many children and they are the same ones a moment later: a program that ends at once
# is started again and again.
pool_wait_started() {
    local left=50 before after=''
    while [[ -n $(process_started_at "$1") ]] && ((left-- > 0)); do
        before=$after
        after=$(process_children_of "$1")
        [[ $before != "$after" || $(wc -l <<<"$after") != "$2" ]] || ! process_runs "$1" multiwatch || return 0
        sleep 0.15
    done
    return 1
}

# pool_last_words LOG: what a process that ended had to say: the last line since the start that is not multiwatch's own.
pool_last_words() {
    awk '/^== / {words = "they say nothing"; next}
         /^(Child|Spawning child)\[/ {next}
         NF {words = $0}
         END {print words}' "$1"
}
