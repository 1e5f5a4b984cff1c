#!/usr/bin/env bash
# docs.sh - tests of the page at /api/docs in a browser, on an instance of its own
#
# KEEL_PROGRAMS      folder of api and keelctl (default: build)
# KEEL_SCREENSHOTS   folder that keeps what the browser saw (default: build/screenshots)
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
screenshots=${KEEL_SCREENSHOTS:-$here/../../build/screenshots}
# shellcheck source=tests/support/local.sh disable=SC2154
. "$here/../support/local.sh"

# The packages of the lock file, and no script of theirs.
install_packages() {
    mkdir -p "$root/build/browser" &&
        cp "$here/package.json" "$here/package-lock.json" "$root/build/browser/" &&
        npm ci --prefix "$root/build/browser" --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error >"$work/npm" 2>&1
}

install_packages
verdict "the packages of the lock file are installed" $? "$(tail -n 3 "$work/npm")"
place browser
run up
says "the instance says where its page is" 0 "http://127.0.0.1:$KEEL_PORT/api/docs"
# Without either there is nothing to look at.
[ "$failed" -eq 0 ] || exit 1
mkdir -p "$screenshots"
NODE_PATH=$root/build/browser/node_modules node "$here/docs.js" "http://127.0.0.1:$KEEL_PORT" "$screenshots" || failed=$((failed + 1))
[ "$failed" -eq 0 ]
