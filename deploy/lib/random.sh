# shellcheck shell=bash
# random.sh - passwords and secrets

# random_text BYTES: so many random bytes in base64url.
random_text() {
    head -c "$1" /dev/urandom | base64 -w 0 | tr '+/' '-_' | tr -d '='
}
