# shellcheck shell=bash
# need.sh - what must be there before anything is measured, and a word when the machine is not quiet

need_tools() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || die "$tool is missing: deploy/local/packages run bench installs it."
    done
}

need_programs() {
    local program
    for program in "$@"; do
        [[ -x $program ]] || die "$program is missing: build it with make."
    done
}

# A machine that others use gives figures that say little, so it is said.
warn_if_busy() {
    local before after busy
    before=$(head -n 1 /proc/stat)
    sleep 2
    after=$(head -n 1 /proc/stat)
    # Fields: 2 to 4 user, nice and system, 5 and 6 idle.
    busy=$(awk -v before="$before" -v after="$after" 'BEGIN {
        split(before, b, " "); split(after, a, " ")
        for (i = 2; i <= 9; i++)
            all += a[i] - b[i]
        printf "%d", 100 * (1 - (a[5] + a[6] - b[5] - b[6]) / all)
    }')
    ((busy < 10)) || say "Warning: others use $busy % of this machine; the figures will be worse and less steady for it."
}
