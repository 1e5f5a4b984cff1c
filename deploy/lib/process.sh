# shellcheck shell=bash
# process.sh - processes that are ours: recorded with their start time, so that a recycled pid is never taken for one
#
# Their records lie in $pid_folder, as NAME.pid.

# Sets fields to what /proc says of the pid: state, parent, ...; the start time in ticks since boot is number 19. The name
# before them may hold spaces and parentheses, so they are counted after its last one. A process may end while it is
# read, which leaves the line empty; a zombie has no work left and no port, and counts as ended.
process_read() {
    local line=''
    { line=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    read -r -a fields <<<"${line##*) }"
    ((${#fields[@]} > 19)) && [[ ${fields[0]} != Z ]]
}

process_started_at() {
    local fields
    [[ $1 =~ ^[0-9]+$ ]] && process_read "$1" && printf '%s\n' "${fields[19]}"
}

# Living children of a process.
process_children_of() {
    local folder fields
    for folder in /proc/[0-9]*; do
        ! process_read "${folder#/proc/}" || [[ ${fields[1]} != "$1" ]] || printf '%s\n' "${folder#/proc/}"
    done
}

# process_find PATTERN DEPTH TARGET: pids with a link of /proc (their exe, an open file) that leads to the target.
process_find() {
    { find /proc -maxdepth "$2" -path "$1" -lname "$3" 2>/dev/null || true; } | cut -d / -f 3 | sort -nu
}

# process_find_program PATH: pids of what was started by this very name. Their exe would be surer, but a process that is
# not dumpable, as a worker is, hides it even from its own user.
process_find_program() {
    local folder name
    for folder in /proc/[0-9]*; do
        name=''
        { IFS= read -r -d '' name <"$folder/cmdline"; } 2>/dev/null || true
        [[ $name != "$1" ]] || printf '%s\n' "${folder#/proc/}"
    done
}

# process_record NAME PID
process_record() {
    local started
    started=$(process_started_at "$2") || return 1
    printf '%s %s\n' "$2" "$started" >"$pid_folder/$1.pid"
}

# Prints the pid recorded under NAME if that very process lives and its command line holds the word.
process_recorded() {
    local name=$1 word=$2 pid started
    { read -r pid started <"$pid_folder/$name.pid"; } 2>/dev/null || return 1
    [[ $pid =~ ^[0-9]+$ ]] || return 1
    [[ $(process_started_at "$pid") == "$started" ]] || return 1
    process_runs "$pid" "$word" || return 1
    printf '%s\n' "$pid"
}

# Does the command line of this pid hold the word?
process_runs() {
    local words
    { words=$(tr '\0' ' ' <"/proc/$1/cmdline"); } 2>/dev/null || return 1
    [[ $words == *"$2"* ]]
}

# Waits until the process is gone; the limit is in tenths of a second.
process_wait_gone() {
    local pid=$1 left=$2 started=${3:-}
    while [[ -n $(process_started_at "$pid") ]]; do
        [[ -z $started || $(process_started_at "$pid") == "$started" ]] || return 0
        ((left-- > 0)) || return 1
        sleep 0.1
    done
}

# Ends one process: the signal, a bounded wait, then KILL. The start time guards each signal against a recycled pid.
process_end() {
    local pid=$1 signal=$2 tenths=$3 started
    started=$(process_started_at "$pid") || return 0
    kill -s "$signal" "$pid" 2>/dev/null || return 0
    process_wait_gone "$pid" "$tenths" "$started" && return 0
    if [[ $(process_started_at "$pid") == "$started" ]]; then
        kill -s KILL "$pid" 2>/dev/null || true
        process_wait_gone "$pid" 50 "$started" || die "Process $pid does not end, not even by KILL."
    fi
}
