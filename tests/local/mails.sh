#!/bin/bash
# mails.sh - tests of every mail about an account, from the request to the file and back by its link
#
# KEEL_PROGRAMS   folder of api and keelctl (default: build)
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/local.sh
. "$here/../support/local.sh"

# api METHOD PATH [BODY]: prints the status, and leaves the answer in $work/answer. Who asks: $token, $agent.
api() {
    curl --silent --show-error --noproxy '*' --max-time 20 --request "$1" --user-agent "${agent:-Browser}" \
        --header 'Content-Type: application/json' ${token:+--header "Authorization: Bearer $token"} ${3:+--data "$3"} \
        --output "$work/answer" --write-out '%{http_code}' "http://127.0.0.1:$KEEL_PORT/api$2"
}

# sign_in EMAIL PASSWORD: leaves the access token in $token.
sign_in() {
    token=
    status=$(api POST /auth/login "{\"email\":\"$1\",\"password\":\"$2\"}")
    token=$(sed -n 's/.*"token":"\([^"]*\)".*/\1/p' "$work/answer")
}

# mail SUBJECT ADDRESS: waits for the newest mail of this subject to an address; leaves its link in $link. An
# independent reader takes the file apart.
mail() {
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        link=$(python3 "$here/../support/find_mail.py" "$KEEL_VAR/mail" "$1" "$2") && return
        sleep 0.1
    done
    return 1
}

# mailed SENTENCE SUBJECT ADDRESS
mailed() {
    mail "$2" "$3"
    verdict "$1" $? "no mail \"$2\" to $3 in: $(ls "$KEEL_VAR/mail")"
}

# works_once SENTENCE PATH MEMBERS: the newest link's token, sent back by POST with further members, works, and then not.
works_once() {
    local body="{\"token\":\"${link#*#token=}\"$3}"
    check "$1" "$(token='' api GET "$2") $(token='' api POST "$2" "$body") $(token='' api POST "$2" "$body")" "405 200 400"
}

test_registering() {
    check "registering is 201" "$(api POST /auth/register '{"email":"ada@example.org","password":"correct horse battery"}')" 201
    mailed "registering mails a link" "Confirm your address" ada@example.org
    holds "which leads to this instance" "$link" "http://127.0.0.1:$KEEL_PORT/verify#token=kv_"
    works_once "it confirms the address once, by POST" /auth/email/verify ""
}

test_new_place() {
    sign_in ada@example.org "correct horse battery"
    agent="Other browser" sign_in ada@example.org "correct horse battery"
    mailed "signing in from a new place is told" "New sign-in to your account" ada@example.org
}

test_forgotten() {
    check "a forgotten password is 202" "$(token='' api POST /auth/password/forgot '{"email":"ADA@example.org"}')" 202
    mailed "and mails a link" "Choose a new password" ada@example.org
    works_once "it sets a password once, by POST" /auth/password/reset ',"new_password":"staple and another battery"'
    mailed "which is told" "Your password was changed" ada@example.org
    sign_in ada@example.org "staple and another battery"
    check "the new password signs in" "$status" 200
}

test_other_address() {
    check "another address is 202" \
        "$(api POST /auth/email '{"email":"grace@example.org","current_password":"staple and another battery"}')" 202
    mailed "and mails a link to it" "Confirm your new address" grace@example.org
    works_once "it changes the address once, by POST" /auth/email/verify ""
    mailed "which the old address is told" "The address of your account was changed" ada@example.org
    sign_in grace@example.org "staple and another battery"
    check "the new address signs in" "$status" 200
}

test_invitation() {
    sign_in admin@example.com admin-password-1
    check "an account for somebody else is 201" "$(api POST /users '{"email":"alan@example.org"}')" 201
    mailed "and mails an invitation" "An account for you at Keel" alan@example.org
    works_once "it sets the first password once, by POST" /auth/password/reset ',"new_password":"a first good password"'
    sign_in alan@example.org "a first good password"
    check "the first password signs in" "$status" 200
}

test_hidden() {
    token=
    KEEL_HIDE_ACCOUNTS=true run up
    check "a taken address looks like a free one where accounts are hidden" \
        "$(api POST /auth/register '{"email":"grace@example.org","password":"correct horse battery"}')" 202
    mailed "but its owner is told" "You have an account already" grace@example.org
}

place mails
# More requests than a person makes in a minute.
export KEEL_RATE_AUTH_PER_MINUTE=0
run up
says "up makes an instance" 0 "http://127.0.0.1:$KEEL_PORT/api"
test_registering
test_new_place
test_forgotten
test_other_address
test_invitation
test_hidden
check "no mail is left to be sent" "$(psql -XAtqd "$(sed -n 's/^KEEL_DATABASE_URL=//p' "$KEEL_VAR/keel.env")" \
    -c 'SELECT count(*) FROM mail_outbox WHERE sent_at IS NULL')" 0
[ "$failed" -eq 0 ]
