# shellcheck shell=bash
# say.sh - what the user is told: progress on stdout, one sentence on stderr when something is wrong

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    say_bold=$'\e[1m' say_green=$'\e[32m' say_red=$'\e[31m' say_plain=$'\e[0m'
else
    say_bold='' say_green='' say_red='' say_plain=''
fi

say() {
    printf '%s\n' "$*"
}

# One part of the instance: its name, whether it is up, and the rest of the line.
say_part() {
    local colour=$say_green
    [[ $2 == up || $2 == yes ]] || colour=$say_red
    printf '%-11s %s%-5s%s %s\n' "$1" "$colour" "$2" "$say_plain" "$3"
}

die() {
    printf 'keel: %s\n' "$*" >&2
    exit 1
}

# The line that says what is wrong: the first that calls itself an error, else the last.
say_reason() {
    awk '/ERROR|FATAL|PANIC|[Ee]rror:|emerg|cannot|could not|No space/ {print; found = 1; exit}
         NF {last = $0}
         END {if (!found) print (last == "" ? "no message" : last)}'
}

# Runs a command that says nothing when it works. When it fails, the sentence names the step and quotes the command.
step() {
    local what=$1 output
    shift
    if ! output=$("$@" 2>&1 9>&-); then
        die "$what failed: $(say_reason <<<"$output")"
    fi
}
