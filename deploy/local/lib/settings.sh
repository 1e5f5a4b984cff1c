# shellcheck shell=bash
# settings.sh - keel.env: secrets and places of this instance, written once and then the user's to edit

# The instance's own names are no settings of the program.
settings_own_names='KEEL_PORT|KEEL_VAR|KEEL_WORKERS|KEEL_AUTH_WORKERS|KEEL_PROGRAMS|KEEL_CONFIG'

# Prints the value of a key, taken literally: nothing is evaluated.
settings_get() {
    local line
    while IFS= read -r line || [[ -n $line ]]; do
        [[ $line != "$1="* ]] || printf '%s\n' "${line#*=}"
    done <"$var/keel.env"
}

# Is there a keel.env, and does it speak of this place? A checkout that was moved takes its keel.env with it, whose
# paths then lead nowhere. Only a socket folder that an instance made counts: another one is the user's own choice.
settings_fit() {
    local host
    [[ -e $var/keel.env ]] || return 1
    [[ -r $var/keel.env ]] || die "$var/keel.env cannot be read: it belongs to somebody else."
    host=$(settings_get KEEL_DATABASE_URL | sed -n 's/^host=\(\/\(\\.\|[^ \\]\)*\).*/\1/p')
    [[ -d ${host//\\/} || ! $host =~ (/run|/keel-sockets\.[^/]*)/db$ ]]
}

# settings_write OWNER_PASSWORD APP_PASSWORD: writes the lines that depend on place and passwords, keeps every other
# line of an older file. What an older file may lack comes from settings_complete.
settings_write() {
    local host=${sockets// /\\ }/db file=$var/keel.env line
    local places='KEEL_DATABASE_URL|KEEL_MIGRATION_DATABASE_URL|KEEL_LOG|KEEL_RATE_FILE|KEEL_HASH_FILE|KEEL_MAIL_FOLDER'
    places+='|KEEL_UPLOAD_FOLDER|KEEL_EXPORT_FILE|KEEL_METRICS_FILE'
    (
        umask 077
        {
            if [[ -e $file ]]; then
                while IFS= read -r line; do
                    [[ ${line%%=*} =~ ^($places)$ ]] || printf '%s\n' "$line"
                done <"$file"
            else
                printf '%s\n' '# Settings of the local instance, made by make up and yours to edit; "keelctl config" explains each.' \
                    'KEEL_ENV=development'
            fi
            printf '%s\n' "KEEL_DATABASE_URL=host=$host dbname=keel user=keel_app password=$2" \
                "KEEL_MIGRATION_DATABASE_URL=host=$host dbname=keel user=keel_owner password=$1" \
                "KEEL_LOG=$var/log/keel/keel.log" "KEEL_RATE_FILE=$var/run/keel/rate"
        } >"$file.new" && mv -- "$file.new" "$file"
    ) || die "$file cannot be written."
}

# Adds what keel.env has none of yet: all secrets at first, a new one when the program has learnt to want it, the folders
# of mails and uploads, and the files on which workers take turns to hash and to export, and in which they count.
settings_complete() {
    local name line
    for line in "KEEL_MAIL_FOLDER=$var/mail" "KEEL_HASH_FILE=$var/run/keel/hash" "KEEL_UPLOAD_FOLDER=$var/uploads" \
        "KEEL_EXPORT_FILE=$var/run/keel/exports" "KEEL_METRICS_FILE=$var/run/keel/metrics"; do
        grep -q "^${line%%=*}=" "$var/keel.env" || printf '%s\n' "$line" >>"$var/keel.env" ||
            die "$var/keel.env cannot be written."
    done
    for name in KEEL_JWT_SECRET KEEL_SESSION_SECRET KEEL_CURSOR_SECRET; do
        grep -q "^$name=" "$var/keel.env" || printf '%s=%s\n' "$name" "$(random_text 48)" >>"$var/keel.env" ||
            die "$var/keel.env cannot be written."
    done
}

# The workers' part of keel.env: all but the schema owner's password, which only migrations need.
settings_for_workers() {
    local file=$var/worker.env
    (
        umask 077
        grep -v '^KEEL_MIGRATION_' "$var/keel.env" >"$file.new"
        # Links in mails lead to where the instance is now, unless somebody says otherwise.
        grep -q '^KEEL_PUBLIC_URL=' "$file.new" || printf 'KEEL_PUBLIC_URL=http://127.0.0.1:%s\n' "$port" >>"$file.new"
        ((EUID != 0)) || chown "$web_user:" -- "$file.new"
        mv -- "$file.new" "$file"
    ) || die "$file cannot be written."
}

# KEEL_ variables of the caller that are settings of the program, as NAME=value; for fingerprints only.
settings_overrides() {
    local name
    for name in $(compgen -e KEEL_); do
        [[ $name =~ ^($settings_own_names)$ ]] || printf '%s=%s\n' "$name" "${!name}"
    done
}

# Leaves this shell, a subshell, with nothing in its environment but what a program of Keel should see (a name of this
# script's own that the caller happened to export keeps its value here). Not by
# `env NAME=value`: that would show the values to everybody in ps.
settings_environment() {
    local name
    for name in $(compgen -e); do
        [[ $name == KEEL_* && ! $name =~ ^($settings_own_names)$ ]] || [[ $name =~ ^(PATH|LC_ALL|TZ)$ ]] || export -n "$name"
    done
    export KEEL_CONFIG=$1
}

# keelctl ARGUMENT...: the instance's keelctl with its settings.
settings_keelctl() (
    settings_environment "$var/keel.env"
    exec "$var/bin/keelctl" "$@" 9>&-
)
