#!/usr/bin/env bash
# contract.sh - the OpenAPI document before its judges: linters, a typed client, and what the API tests were answered
#
# KEEL_PROGRAMS   folder of keelctl (default: build)
# KEEL_ANSWERS    what the API tests wrote (default: build/answers); `make contract` has them written
set -uo pipefail
export LC_ALL=C.UTF-8

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
keelctl=${KEEL_PROGRAMS:-$root/build}/keelctl
answers=${KEEL_ANSWERS:-$root/build/answers}
place=$root/build/contract
# The contract is that of the settings' defaults.
unset "${!KEEL_@}"
failed=0

# verdict SENTENCE STATUS [WHY]
verdict() {
    if [ "$2" -eq 0 ]; then
        echo "ok - $1"
    else
        failed=$((failed + 1))
        echo "not ok - $1"
        [ -z "${3:-}" ] || printf '#   %s\n' "${3//$'\n'/$'\n#   '}"
    fi
}

# tries SENTENCE COMMAND...: it must succeed; what it says is shown where it does not.
tries() {
    local sentence=$1 said
    shift
    said=$("$@" 2>&1)
    verdict "$sentence" $? "$(tail -n 40 <<<"$said")"
}

# The tools, once for each package-lock.json.
install_tools() {
    mkdir -p "$place" && cp "$here"/{package.json,package-lock.json,.spectral.yaml,redocly.yaml,tsconfig.json} "$here"/*.mjs "$here"/*.ts "$place" || return
    cmp -s "$place/package-lock.json" "$place/node_modules/.installed" && return
    npm ci --prefix "$place" --ignore-scripts --no-audit --no-fund --loglevel=error || return
    cp "$place/package-lock.json" "$place/node_modules/.installed"
}

# Nothing that a tool prints but for its last word is allowed: a warning is one too many.
lint_spectral() {
    npx --no-install spectral lint openapi.json --fail-severity=hint
}

lint_redocly() {
    local said
    said=$(REDOCLY_TELEMETRY=off npx --no-install redocly lint --format=json openapi.json 2>/dev/null)
    grep -q '"errors": 0' <<<"$said" && grep -q '"warnings": 0' <<<"$said" && return
    printf '%s\n' "$said"
    return 1
}

compile_client() {
    npx --no-install openapi-typescript openapi.json -o api.ts && npx --no-install tsc -p .
}

# A judge that never says no is none: this contract lacks a field, a status and a header.
spoil() {
    node -e '
        const { readFileSync, writeFileSync } = require("fs");
        const contract = JSON.parse(readFileSync("openapi.json", "utf8"));
        delete contract.components.schemas.Item.properties.name;
        delete contract.paths["/items/{id}"].get.responses["404"];
        delete contract.components.responses.Unauthorized.headers["WWW-Authenticate"];
        writeFileSync("spoiled.json", JSON.stringify(contract));'
}

notices() {
    local said
    said=$(node answers.mjs spoiled.json "$answers")
    [ $? -eq 1 ] && grep -q '^items.get 200: ' <<<"$said" && grep -q '^items.get 404: ' <<<"$said" &&
        grep -q '401: header www-authenticate' <<<"$said"
}

tries "the tools can be installed" install_tools
cd "$place" || exit 1
# Not an update of a tool, and nobody's usage counted.
export npm_config_update_notifier=false SCARF_ANALYTICS=false DO_NOT_TRACK=1
tries "keelctl writes the contract" "$keelctl" openapi --output openapi.json
tries "spectral's recommended rules find nothing" lint_spectral
tries "redocly's recommended rules find nothing" lint_redocly
tries "a client of it compiles strictly" compile_client
if [ -s "$answers" ]; then
    tries "what the API tests were answered is what the contract says" node answers.mjs openapi.json "$answers"
    tries "a contract that says less is noticed" spoil
    tries "and what it lacks is named" notices
else
    verdict "what the API tests were answered is what the contract says" 1 "$answers is missing: make contract has it written"
fi
[ "$failed" -eq 0 ]
