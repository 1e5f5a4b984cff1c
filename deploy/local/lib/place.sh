# shellcheck shell=bash
# place.sh - where this instance lives: the state folder, who owns what in it, and the folder of its sockets
#
#   bin/    copies of the programs that run       pg/     the PostgreSQL cluster
#   log/    every log, the program's in log/keel  state/  pids and fingerprints
#   mail/   mails as files, for trying things out uploads/ files to import
#   run/    sockets; run/keel what workers share  tmp/    nginx's temporary files
#   docs/   the page at /api/docs                 nginx/  nginx's configuration
#
# As root, what a process may write to belongs to its user and lies in a folder of its own: root never opens, binds or
# gives away a name in a folder where www-data could have put a link.

# One worker per core costs the least CPU per request: more of them only take turns. Two at the least, so that one slow request
# does not hold up every other.
place_default_workers() {
    local cores
    cores=$(nproc)
    printf '%s\n' $((cores > 2 ? cores : 2))
}

# Reads the environment and finds what exists already; creates nothing.
place_find() {
    workers=${KEEL_WORKERS:-$(place_default_workers)}
    programs=${KEEL_PROGRAMS:-$checkout/build}
    auth_workers=${KEEL_AUTH_WORKERS:-1}
    [[ $workers =~ ^[1-9][0-9]{0,2}$ ]] || die "KEEL_WORKERS=$workers is not a number of workers: 1 to 999."
    [[ $auth_workers =~ ^[1-9][0-9]{0,2}$ ]] || die "KEEL_AUTH_WORKERS=$auth_workers is not a number of workers: 1 to 999."

    if ((EUID == 0)); then
        database_user=postgres web_user=www-data
    else
        database_user=$(id -un) web_user=$database_user
    fi
    var=$(place_var) || exit 1
    [[ $var != *[\"\'\\\$\;{}$'\n']* ]] || die "The path $var has a character that nginx and PostgreSQL cannot take."
    # Once moved, it stays there until somebody says otherwise.
    port=${KEEL_PORT:-$(cat "$var/state/port" 2>/dev/null || printf 8080)}
    [[ $port =~ ^[1-9][0-9]{0,4}$ && $port -le 65535 ]] || die "KEEL_PORT=$port is not a port: 1 to 65535."
    sockets=$var/run pid_folder=$var/state
    [[ ! -e $var/state/sockets ]] || sockets=$(<"$var/state/sockets")
}

# Prints the resolved state folder. As root in a checkout that postgres and www-data cannot enter, it lies below
# /var/lib, and the checkout's var is a link to it.
place_var() {
    local wanted=${KEEL_VAR:-$checkout/var} parent
    [[ $wanted == /* ]] || wanted=$PWD/$wanted
    parent=$(dirname -- "$wanted")
    if [[ -L $wanted && ! -e $wanted ]]; then
        readlink -f -- "$wanted"
    elif [[ -e $wanted ]]; then
        [[ -d $wanted ]] || die "$wanted is in the way: it is not a folder."
        (cd -- "$wanted" && pwd -P)
    elif ((EUID == 0)) && ! { place_reaches "$parent" postgres && place_reaches "$parent" www-data; }; then
        printf '/var/lib/keel-local/%s\n' "$(printf '%s' "$wanted" | sha256sum | cut -c 1-12)"
    else
        readlink -m -- "$wanted"
    fi
}

# Can the user enter this folder, or the nearest one above that exists?
place_reaches() {
    local folder=$1
    while [[ ! -d $folder ]]; do folder=$(dirname -- "$folder"); done
    place_as "$2" test -x "$folder"
}

# Runs a command as one of the instance's users: directly unless we are root.
place_as() {
    local user=$1
    shift
    if ((EUID == 0)); then
        (cd / && exec setpriv --reuid "$user" --regid "$user" --init-groups -- "$@")
    else
        "$@"
    fi
}

# Creates the state folder, in any order that it was left in.
place_create() {
    local wanted=${KEEL_VAR:-$checkout/var}
    mkdir -p -- "$var" || die "The folder $var cannot be created."
    [[ -w $var && (! -d $var/pg || $(stat -c %U -- "$var/pg") == "$database_user") ]] ||
        die "The folder $var belongs to somebody else: run make up as its owner, or set KEEL_VAR."
    ((EUID != 0)) || { place_reaches "$var" postgres && place_reaches "$var" www-data; } ||
        die "The users postgres and www-data cannot enter $var: set KEEL_VAR to a folder they can, such as /var/lib/keel-local/mine."
    [[ -e $wanted ]] || ln -sfn -- "$var" "$wanted"
    place_lock

    local folder
    for folder in bin docs log run state tmp; do
        place_folder "$var/$folder" 0755 root root
    done
    place_folder "$var/log/keel" 0750 "$web_user" "$web_user"
    place_folder "$var/run/keel" 0750 "$web_user" "$web_user"
    # Links that are as good as a password are in there.
    place_folder "$var/mail" 0700 "$web_user" "$web_user"
    place_folder "$var/uploads" 0700 "$web_user" "$web_user"
    place_sockets
    # As the workers' user, because keelctl, which may be root, would else be the first to create it.
    (umask 077 && place_as "$web_user" touch -- "$var/log/keel/keel.log")
    place_log workers.log root
    place_log jobs.log root
    place_log postgresql.log "$database_user"
    place_log nginx-access.log root
    place_log nginx-error.log root
}

# One run at a time. Whatever is left running must not inherit descriptor 9, or the lock would live as long as it does.
place_lock() {
    { exec 9>"$var/lock"; } 2>/dev/null || die "$var belongs to somebody else: do this as its owner, or set KEEL_VAR."
    flock -n 9 || {
        say "Another run works on this instance; waiting for it."
        flock -w 120 9 || die "Another run still holds $var/lock after two minutes."
    }
}

# place_folder PATH MODE OWNER GROUP; an ordinary user is owner of all, and nobody else needs to look in.
place_folder() {
    if ((EUID == 0)); then
        install -d -m "$2" -o "$3" -g "$4" -- "$1"
    else
        install -d -m 0700 -- "$1"
    fi
}

place_log() {
    [[ -e $var/log/$1 ]] || (umask 027 && : >"$var/log/$1")
    ((EUID != 0)) || chown "$2:" -- "$var/log/$1"
}

# A unix socket's path has at most 107 bytes; a deep checkout gets a short folder of its own for them.
place_sockets() {
    local longest=$var/run/db/.s.PGSQL.5432
    if [[ $sockets == "$var/run" && ${#longest} -gt 107 ]]; then
        sockets=$(mktemp -d /tmp/keel-sockets.XXXXXX)
    fi
    if [[ $sockets != "$var/run" ]]; then
        # /tmp is swept, and the name is known to others: it must be ours before anything is put in it.
        [[ -d $sockets ]] || mkdir -m 0700 -- "$sockets"
        [[ -O $sockets && ! -L $sockets ]] || die "$sockets belongs to somebody else: remove $var/state/sockets and try again."
        printf '%s\n' "$sockets" >"$var/state/sockets"
    fi
    [[ $sockets == "$var/run" ]] || place_folder "$sockets" 0711 root root
    place_folder "$sockets/db" 0750 "$database_user" "$web_user"
}

# Refuses to begin a step that a nearly full disk would break in the middle: place_need MEGABYTES
place_need() {
    local free
    free=$(df -P -k -- "$var" | awk 'NR == 2 {print int($4 / 1024)}')
    ((free >= $1)) || die "The disk that holds $var has $free MB left; $1 MB are needed."
}
