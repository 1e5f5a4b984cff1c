# shellcheck shell=bash
# say.sh - what the person who waits is told; the table alone goes to stdout

say() {
    printf '%s\n' "$*" >&2
}

die() {
    printf 'bench: %s\n' "$*" >&2
    exit 1
}
