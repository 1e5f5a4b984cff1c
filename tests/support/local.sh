# local.sh - what the tests of the local instance share: verdicts, free ports, and an end that leaves nothing behind
# shellcheck shell=bash
#
# KEEL_PROGRAMS   folder of api and keelctl (default: build)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
programs=${KEEL_PROGRAMS:-$root/build}
# Settings of whoever calls must not reach the instances.
unset "${!KEEL_@}" MAKEFLAGS MAKELEVEL MFLAGS
work=$(mktemp -d "${TMPDIR:-/tmp}/keel_local.XXXXXX")
# The users postgres and www-data must reach what is theirs.
chmod 0755 "$work"
failed=0
instances=()

# verdict SENTENCE STATUS [WHY]
verdict() {
    if [ "$2" -eq 0 ]; then
        echo "ok - $1"
    else
        failed=$((failed + 1))
        echo "not ok - $1"
        [ -z "${3:-}" ] || printf '#   %s\n' "${3//$'\n'/$'\n#   '}"
    fi
}

# check SENTENCE GOT WANTED
check() {
    if [ "$2" = "$3" ]; then
        verdict "$1" 0
    else
        verdict "$1" 1 "wanted: $3
got:    $2"
    fi
}

# holds SENTENCE TEXT PART...: the text has every part.
holds() {
    local sentence=$1 text=$2 part
    shift 2
    for part in "$@"; do
        if [[ "$text" != *"$part"* ]]; then
            verdict "$sentence" 1 "no <$part> in: $text"
            return
        fi
    done
    verdict "$sentence" 0
}

skip() {
    echo "ok - $1 # SKIP $2"
}

# Below the ports that the kernel gives to clients.
free_port() {
    local port
    for _ in {1..100}; do
        port=$((RANDOM % 16000 + 12000))
        port_answers "$port" || break
    done
    echo "$port"
}

# Does anybody listen there?
port_answers() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# place NAME: an instance of its own below the work folder, which is stopped at the end whatever happens.
place() {
    export KEEL_VAR=$work/$1 KEEL_PROGRAMS=$programs KEEL_WORKERS=4 KEEL_PORT
    KEEL_PORT=$(free_port)
    instances+=("$KEEL_VAR")
}

# run WORDS...: leaves status, out and err of one call of deploy/local/instance.
run() {
    "$root/deploy/local/instance" "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    out=$(<"$work/out")
    err=$(<"$work/err")
}

# says SENTENCE STATUS PART...: the last call ended so, and its output holds each part.
says() {
    local sentence=$1 wanted=$2
    shift 2
    if [ "$status" != "$wanted" ]; then
        verdict "$sentence" 1 "exit $status: $out $err"
    else
        holds "$sentence" "$out"$'\n'"$err" "$@"
    fi
}

# refuses SENTENCE PART...: exit 1 and one line on standard error that holds each part.
refuses() {
    local sentence=$1
    shift
    if [ "$status" != 1 ] || [ "$(wc -l <"$work/err")" != 1 ]; then
        verdict "$sentence" 1 "exit $status: $err"
    else
        holds "$sentence" "$err" "keel: " "$@"
    fi
}

workers() {
    sed -n 's/^workers .*, pids //p' <<<"$("$root/deploy/local/instance" status)"
}

pid_of_auth() {
    sed -n 's/^auth .*, pids \([0-9]*\) $/\1/p' <<<"$("$root/deploy/local/instance" status)"
}

# pid_of PART: the pid that `status` names for a part.
pid_of() {
    sed -n "s/^$1 .*pid \([0-9]*\)\$/\1/p" <<<"$("$root/deploy/local/instance" status)"
}

# Processes that have this folder in their command line, or run a program below it.
processes_of() {
    local folder
    {
        grep -lzF -- "$1" /proc/[0-9]*/cmdline 2>/dev/null
        for folder in /proc/[0-9]*; do
            [[ $(readlink "$folder/exe" 2>/dev/null) != "$1"/* ]] || echo "$folder/exe"
        done
    } | cut -d / -f 3 | sort -u | grep -vx -e "$$" -e "$BASHPID"
}

fetch() {
    curl --silent --show-error --noproxy '*' --max-time 10 "http://127.0.0.1:$KEEL_PORT$1"
}

finish() {
    local var
    for var in "${instances[@]}"; do
        [ ! -d "$var" ] || KEEL_VAR=$var "$root/deploy/local/instance" down >/dev/null 2>&1
    done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP
