# calls.sh - calling a program as operators do, and what it said
# shellcheck shell=bash disable=SC2154
#
# Who sources it says in `called` what is called, such as called=("$keelctl" jobs), and has $work and verdict().

# Nobody sits at a terminal; a call that reads something is given it.
exec </dev/null

# run WORDS...: leaves status, out and err of one call.
run() {
    "${called[@]}" "$@" >"$work/out" 2>"$work/err"
    status=$?
    out=$(<"$work/out")
    err=$(<"$work/err")
}

# says SENTENCE STATUS PART...: the last call ended so, and its output or error holds each part.
says() {
    local sentence=$1 wanted=$2 part
    shift 2
    if [ "$status" != "$wanted" ]; then
        verdict "$sentence" 1 "exit $status: $out $err"
        return
    fi
    for part in "$@"; do
        if [[ "$out"$'\n'"$err" != *"$part"* ]]; then
            verdict "$sentence" 1 "no <$part> in: $out $err"
            return
        fi
    done
    verdict "$sentence" 0
}
