# shellcheck shell=bash
# null.sh - the floor: a program that answers constants, under the same nginx with the same configuration

null_start() {
    null_folder=$work/null
    null_port=$(port_find)
    mkdir -p "$null_folder"/{state,log,tmp}
    cp -- "$null_program" "$null_folder/null_fcgi"
    null_write_answer row "$path_of_row"
    null_write_answer list "$path_of_list"
    null_start_workers
    null_start_nginx
    null_check row "$path_of_row"
    null_check list "$path_of_list"
}

null_check() {
    cmp -s <(curl --silent --noproxy '*' "http://127.0.0.1:$null_port$2") "$null_folder/$1.body" ||
        die "The null program does not answer as it should; see $null_folder/log."
}

# null_write_answer NAME PATH: the constant is what Keel itself once answered, headers and all, so nginx has the same
# work with both.
null_write_answer() {
    curl --silent --noproxy '*' --fail --dump-header "$null_folder/headers" --output "$null_folder/$1.body" \
        "http://127.0.0.1:$port$2" || die "GET $2 failed."
    {
        printf 'Status: 200 OK\r\n'
        grep -Eiv '^(HTTP/|Server:|Date:|Connection:|Transfer-Encoding:)' "$null_folder/headers"
        cat -- "$null_folder/$1.body"
    } >"$null_folder/$1.answer"
}

null_start_workers() {
    local as=()
    ((EUID != 0)) || as=(-u www-data -g www-data -U www-data -G www-data)
    KEEL_MAX_REQUESTS=0 setsid spawn-fcgi -n -s "$null_folder/api.sock" -M 0660 -b 1024 ${as[@]+"${as[@]}"} -- \
        "$(command -v multiwatch)" -f "$workers" -s TERM -- "$null_folder/null_fcgi" "$null_folder/row.answer" "$null_folder/list.answer" \
        </dev/null >"$null_folder/log/workers.log" 2>&1 &
    null_watcher=$!
    disown
}

# The instance's own nginx.conf with every path moved; the pieces it includes come from the same templates.
null_start_nginx() {
    "$checkout/nginx/render" --output="$null_folder/nginx" --listen="127.0.0.1:$null_port" --socket="$null_folder/api.sock" \
        --client-connections=0 --logs="$null_folder/log" --log-prefix=nginx- || die "The null program's nginx configuration cannot be written."
    sed "s|$var/|$null_folder/|g" "$var/nginx/nginx.conf" >"$null_folder/nginx/nginx.conf"
    nginx -p "$null_folder" -e "$null_folder/log/nginx-error.log" -c "$null_folder/nginx/nginx.conf" \
        2>"$null_folder/log/nginx-start.log" ||
        die "The null program's nginx did not start: $(tail -n 1 "$null_folder/log/nginx-start.log")"
    null_nginx=$(<"$null_folder/state/nginx.started")
}

null_roots() {
    local roots
    roots=$(instance_roots)
    printf 'nginx=%s worker=%s %s\n' "$null_nginx" "$null_watcher" "${roots##* }"
}

null_stop() {
    [[ -z ${null_nginx:-} ]] || kill -s TERM "$null_nginx" 2>/dev/null || true
    [[ -z ${null_watcher:-} ]] || kill -s TERM "$null_watcher" 2>/dev/null || true
}
