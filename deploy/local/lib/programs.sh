# shellcheck shell=bash
# programs.sh - copies of the built programs, so that www-data can run them and a rebuild disturbs nothing that runs

programs_need() {
    local name
    for name in api keelctl; do
        [[ -x $programs/$name && -f $programs/$name ]] || die "$programs/$name is missing: build it with make."
    done
}

# programs_take NAME: what differs from the built one is replaced.
programs_take() {
    cmp -s -- "$programs/$1" "$var/bin/$1" || step "Copying $1" programs_copy "$programs/$1" "$var/bin/$1"
}

# The worker's program comes last and tried: multiwatch gives up the place of a worker whose successors all refuse to start.
programs_take_api() {
    local report
    ! cmp -s -- "$programs/api" "$var/bin/api" || return 0
    report=$(settings_keelctl check 2>&1) || die "The new build is not taken up: ${report#keelctl: }"
    programs_take api
}

# A rename: a program that runs keeps its old file, one that starts gets the whole new one.
programs_copy() {
    cp -- "$1" "$2.new" && chmod 0755 -- "$2.new" && mv -- "$2.new" "$2"
}

# Brings the schema to what this build expects.
programs_migrate() {
    local report
    report=$(settings_keelctl migrate up 2>&1) || die "keelctl migrate up failed: ${report#keelctl: }"
    # The report of what changed in one's data is worth seeing; "nothing to do" and a new database's first schema are not.
    if [[ $report == *"MIGRATION COMPLETE"* ]]; then
        [[ " ${changed[*]-} " == *" database created "* ]] || say "$report"
        changed+=("schema migrated")
    fi
}

# Demo data, once per cluster: what the user deletes afterwards stays deleted.
programs_seed() {
    local mark report
    mark=$(stat -c %i -- "$var/pg/PG_VERSION")
    [[ $(cat "$var/state/seeded" 2>/dev/null) != "$mark" ]] || return 0
    report=$(settings_keelctl seed dev 2>&1) || die "keelctl seed dev failed: ${report#keelctl: }"
    printf '%s\n' "$mark" >"$var/state/seeded"
    changed+=("demo data loaded")
}

# The accounts that `keelctl seed dev` adds, as EMAIL:PASSWORD.
programs_demo_accounts() {
    local role
    for role in admin editor viewer; do
        printf '%s@example.com:%s-password-1\n' "$role" "$role"
    done
}
