#!/bin/bash
# production.sh - tests of nginx as in production: TLS, HTTP/2, headers and limits, with a certificate of the test's own
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/local.sh
. "$here/../support/local.sh"

host=api.example.com
web=$work/web

make_certificate() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$host" -addext "subjectAltName=DNS:$host" \
        -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
}

# Debian's own nginx.conf, with Keel's line in its http block and its paths moved to where a test may write.
write_main() {
    sed -e "s|^pid .*|pid $web/nginx.pid;|" -e "s|/var/log/nginx|$web/log|" -e "s|include /etc/nginx/sites-enabled.*|include $web/keel/keel.conf;|" \
        -e '/modules-enabled/d' -e '/conf\.d/d' -e "$([ "$(id -u)" -eq 0 ] || echo '/^user /d')" /etc/nginx/nginx.conf >"$web/nginx.conf"
    grep -q "include $web/keel/keel.conf" "$web/nginx.conf"
}

render() {
    "$root/nginx/render" --output="$web/keel" --server-name="$host" --certificate="$work/cert.pem" --certificate-key="$work/key.pem" \
        --listen="127.0.0.1:$tls" --plain-listen="127.0.0.1:$plain" --challenges="$web/challenges" --client-connections=20 \
        --socket="$KEEL_VAR/run/api.sock" --auth-socket="$KEEL_VAR/run/auth.sock" --logs="$web/log" "$@"
}

# In another time zone, which must not be seen in any answer.
nginx_do() {
    TZ=Asia/Tokyo nginx -p "$web" -e "$web/log/error.log" -c "$web/nginx.conf" "$@"
}

start() {
    place production
    run up
    says "an instance is there" 0 "Keel is up"
    tls=$(free_port)
    plain=$(free_port)
    mkdir -p "$web/log" "$web/challenges/.well-known/acme-challenge"
    echo proof >"$web/challenges/.well-known/acme-challenge/token"
    make_certificate
    render
    verdict "the configuration is rendered" $?
    write_main
    verdict "Debian's nginx.conf includes it" $?
    nginx_do -t >"$work/out" 2>&1
    verdict "nginx finds nothing wrong with it" $? "$(<"$work/out")"
    check "and warns of nothing" "$(grep -c '\[warn\]' "$work/out")" 0
    nginx_do
    verdict "nginx starts" $?
}

# ask ARGUMENT... TARGET: status line, headers and body.
ask() {
    curl --silent --show-error --include --noproxy '*' --max-time 10 --cacert "$work/cert.pem" --resolve "$host:$tls:127.0.0.1" \
        "${@:1:$#-1}" "https://$host:$tls${*: -1}" 2>&1 | tr -d '\r'
}

ask_plain() {
    curl --silent --include --noproxy '*' --max-time 10 --resolve "$host:$plain:127.0.0.1" "${@:1:$#-1}" "http://$host:$plain${*: -1}" 2>&1 | tr -d '\r'
}

test_protocols() {
    local answer version
    answer=$(ask --http2 /api/items/1)
    holds "HTTP/2 is spoken" "$answer" "HTTP/2 200" '"success":true'
    holds "HTTP/1.1, too" "$(ask --http1.1 /api/items/1)" "HTTP/1.1 200 OK"
    for version in 1.2 1.3; do
        holds "TLS $version is taken" "$(ask --tlsv$version --tls-max $version /api/health)" "200"
    done
    openssl s_client -connect "127.0.0.1:$tls" -tls1_1 -cipher 'ALL:@SECLEVEL=0' </dev/null >"$work/out" 2>&1
    holds "TLS 1.1 is not" "$(<"$work/out")" "Cipher is (NONE)"
    openssl s_client -connect "127.0.0.1:$tls" -tls1_2 -cipher 'AES128-SHA256:@SECLEVEL=0' </dev/null >"$work/out" 2>&1
    holds "nor a cipher without forward secrecy" "$(<"$work/out")" "Cipher is (NONE)"
}

test_headers() {
    local target answer
    for target in /api/items/1 /api/items/0 /elsewhere; do
        answer=$(ask --http2 "$target")
        holds "$target has the security headers" "$answer" "strict-transport-security: max-age=31536000" "x-content-type-options: nosniff" \
            "content-security-policy: default-src 'none'; frame-ancestors 'none'" "referrer-policy: no-referrer" "x-request-id: "
        check "$target has each of them once" "$(grep -cE '^(strict-transport-security|content-security-policy|x-content-type-options|x-request-id):' <<<"$answer")" 4
    done
    check "nginx does not say which one it is" "$(ask --http2 /api/health | grep -c '^server: nginx$')" 1
    holds "the page at /api/docs has its own" "$(ask --http2 /api/docs/)" "strict-transport-security: max-age=31536000" "script-src 'self'" "<title>Keel API</title>"
}

test_errors() {
    local stamp
    stamp=$(ask --http2 /elsewhere | sed -n 's/.*"timestamp":"\([^"]*\)".*/\1/p')
    check "an error of nginx's own tells the time in UTC" "$(($(date +%s) - $(date -d "$stamp" +%s) < 60)) ${stamp: -1}" "1 Z"
    head -c 1048577 /dev/zero >"$work/large"
    holds "a large body is 413 in the envelope" "$(ask --http2 --data-binary "@$work/large" -H 'Content-Type: application/json' /api/items)" \
        "HTTP/2 413" '"code":"PAYLOAD_TOO_LARGE"'
    head -c 40000 /dev/zero | tr '\0' a >"$work/long"
    holds "over HTTP/1.1, too" "$(ask --http1.1 --data-binary "@$work/large" -H 'Content-Type: application/json' -H 'Expect:' /api/items)" \
        "HTTP/1.1 413" '"code":"PAYLOAD_TOO_LARGE"'
    holds "a long header is 400 in the envelope" "$(ask --http1.1 -H "X-Long: $(<"$work/long")" /api/health)" "HTTP/1.1 400" '"code":"MALFORMED_REQUEST"'
    holds "so is plain HTTP where TLS is spoken" \
        "$(curl --silent --include --noproxy '*' "http://127.0.0.1:$tls/api/health" | tr -d '\r')" "HTTP/1.1 400" '"code":"MALFORMED_REQUEST"'
}

test_signing_in() {
    local token
    token=$(ask --http2 -H 'Content-Type: application/json' -d '{"email":"editor@example.com","password":"editor-password-1"}' /api/auth/login |
        sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
    holds "a write goes through" "$(ask --http2 -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
        -d '{"name":"By TLS","price":1}' /api/items)" "HTTP/2 201" "location: /api/items/"
    ask --http2 -H 'X-Request-Id: logged-by-both' /api/items/2 >/dev/null
    sleep 1.3
    holds "the access log has protocol, status and request id" "$(grep logged-by-both "$web/log/keel-access.log")" '"protocol":"HTTP/2.0"' '"status":200'
    holds "so has the program's" "$(grep logged-by-both "$KEEL_VAR/log/keel/keel.log")" '"status":200' '"client":"127.0.0.1"'
    check "no log has the token" "$(cat "$web"/log/* "$KEEL_VAR/log/keel/keel.log" | grep -cF -- "$token")" 0
}

test_plain() {
    holds "without TLS the API is refused in the envelope" "$(ask_plain /api/items)" "HTTP/1.1 403" '"code":"FORBIDDEN","message":"Only https is served here"' "X-Request-Id: "
    holds "a page is redirected" "$(ask_plain /docs?a=b)" "HTTP/1.1 308" "Location: https://$host/docs?a=b"
    holds "who proves that the name is theirs is let" "$(ask_plain /.well-known/acme-challenge/token)" "HTTP/1.1 200" "proof"
    check "no HSTS is said there" "$(ask_plain /api/items | grep -ci strict-transport)" 0
}

# Each holds a request whose body never ends.
test_connections() {
    local holders=()
    for _ in {1..20}; do
        openssl s_client -quiet -connect "127.0.0.1:$tls" -servername "$host" >/dev/null 2>&1 \
            < <(printf 'POST /api/items HTTP/1.1\r\nHost: %s\r\nContent-Length: 10\r\n\r\n{' "$host" && sleep 8) &
        holders+=($!)
    done
    for _ in {1..50}; do
        ask --http2 /api/health >"$work/out"
        ! grep -q '^HTTP/2 429' "$work/out" || break
        sleep 0.1
    done
    holds "one address has so many connections and no more" "$(<"$work/out")" "HTTP/2 429" '"code":"RATE_LIMITED"' "retry-after: 1"
    kill "${holders[@]}" 2>/dev/null
    wait "${holders[@]}" 2>/dev/null
    for _ in {1..100}; do
        ask --http2 /api/health >"$work/out"
        ! grep -q '^HTTP/2 200' "$work/out" || break
        sleep 0.1
    done
    holds "when they have gone it may come again" "$(<"$work/out")" "HTTP/2 200"
}

test_reload() {
    render --hsts=0 --server-name="$host www.example.com"
    nginx_do -s reload
    for _ in {1..50}; do
        ask --http2 /api/health >"$work/out"
        grep -q strict-transport "$work/out" || break
        sleep 0.1
    done
    check "a reload takes up what was rendered anew" "$(grep -c strict-transport "$work/out")" 0
}

# wrong WHY ARGUMENT...: render refuses these.
wrong() {
    local why=$1
    shift
    "$root/nginx/render" --output="$work/never" "$@" >"$work/out" 2>&1
    check "render refuses $*" "$? $(grep -cF -- "$why" "$work/out")" "2 1"
}

test_refusals() {
    wrong "needs --certificate-key=" --certificate=/a
    wrong "without --certificate=" --certificate-key=/a
    wrong "not a number of seconds" --hsts=long
    wrong "not a number up to 9999" --client-connections=-1
    wrong "cannot take" '--server-name=a; b'
    [ ! -e "$work/never" ]
    verdict "and writes nothing" $?
}

# shellcheck disable=SC2317
stop() {
    local pid
    pid=$(cat "$web/nginx.pid" 2>/dev/null) || return 0
    kill -QUIT "$pid"
    for _ in {1..100}; do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.05
    done
    kill -TERM "$pid"
}
trap 'stop; finish' EXIT

start
test_protocols
test_headers
test_errors
test_signing_in
test_plain
test_connections
test_reload
test_refusals
[ "$failed" -eq 0 ]
