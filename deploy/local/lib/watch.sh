# shellcheck shell=bash
# watch.sh - make dev: on each change of a source file, build, and give the running instance the result

instance_dev() {
    local changes watcher
    command -v inotifywait >/dev/null || die "inotifywait is missing; on Debian, deploy/local/packages run installs it."
    workers_run || die "Keel is not running: make up starts it."
    trap 'say ""; say "No longer watching. The instance still runs at $(web_url); make down stops it."; exit 0' INT TERM
    say "Watching src, include, cgi-bin, sql and deploy/mail. Ctrl-C ends the watching, not the instance."
    cd -- "$checkout" || exit 1
    # One listener for good, not one per change: what is saved during a build is seen after it.
    exec {changes}< <(exec inotifywait -q -m -r -e close_write,move,delete --exclude '(/\.[^/]*|~|/4913)$' \
        --format '%w%f' src include cgi-bin sql deploy/mail 2>/dev/null)
    watcher=$!
    trap 'kill "$watcher" 2>/dev/null || true' EXIT
    while watch_next "$changes"; do
        watch_build
    done
    die "inotifywait ended; the kernel's limit of watches may be too low (fs.inotify.max_user_watches)."
}

# Waits for a change, then for a short silence: an editor or git writes many files at once.
watch_next() {
    local path
    IFS= read -r -u "$1" path || return 1
    say "${path#"$checkout"/} changed"
    while IFS= read -r -t 0.2 -u "$1" path; do :; done
}

watch_build() {
    local before=$SECONDS
    if ! "${MAKE:-make}" --no-print-directory -C "$checkout" programs; then
        say "${say_red}The build failed; the workers run the last good one.${say_plain}"
        return 0
    fi
    # In a shell of its own: a step that fails says why and ends only this round.
    if (watch_take); then
        say "${say_green}Ready${say_plain} after $((SECONDS - before)) s: $(web_url)"
    fi
}

watch_take() {
    changed=() started=()
    trap - EXIT
    place_lock
    programs_take keelctl
    programs_migrate
    programs_take_api
    ! workers_are_old || workers_restart
    runner_ensure
}
