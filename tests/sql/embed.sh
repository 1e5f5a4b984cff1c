#!/usr/bin/env bash
# embed.sh - tests of the generators that turn SQL files into C; needs awk and a C compiler
set -uo pipefail
export LC_ALL=C

# shellcheck source=tests/sql/harness.sh disable=SC2154
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"

# queries TEXT: what the generator says of a file with this text, under the name q.sql.
queries() {
    printf '%s' "$1" >"$work/q.sql"
    (cd "$work" && { awk -v mode=source -f "$root/sql/embed_queries.awk" q.sql >/dev/null; } 2>&1) && echo accepted
}

files() {
    { awk -v mode=source -f "$root/sql/embed_files.awk" "$@" >/dev/null; } 2>&1 && echo accepted
}

test_refusals() {
    check "text before the first name is refused" "$(queries $'-- top\n\nSELECT 1;\n')" \
        "q.sql:3: text before the first '-- name:' line"
    check "a name with capitals is refused" "$(queries $'-- name: Items\nSELECT 1;\n')" \
        "q.sql:1: bad name line: write '-- name: ' and letters, digits, underscores"
    check "a name line that is nearly right is refused" "$(queries $'-- name: a\nSELECT 1;\n--name: b\nSELECT 2;\n')" \
        "q.sql:3: bad name line: write '-- name: ' and letters, digits, underscores"
    check "a name of 61 letters is refused" "$(queries "-- name: $(printf 'a%.0s' {1..61})"$'\nSELECT 1;\n')" \
        "q.sql:1: the name '$(printf 'a%.0s' {1..61})' is longer than 60 characters"
    check "a name used twice is refused" "$(queries $'-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;\n')" \
        "q.sql:3: query 'a' is already at q.sql:1"
    check "a query of comments only is refused" "$(queries $'-- name: a\n-- says much\n\n')" "q.sql:1: query 'a' is empty"
    check "a query before the next name is refused when empty" "$(queries $'-- name: a\n;\n-- name: b\nSELECT 1;\n')" \
        "q.sql:1: query 'a' is empty"
    check "two statements under one name are refused" "$(queries $'-- name: a\nSELECT 1; SELECT 2;\n')" \
        "q.sql:1: query 'a' holds more than one statement"
    check "a parameter left out is refused" "$(queries $'-- name: a\nSELECT $1, $3;\n')" "q.sql:1: query 'a' uses \$3 but not \$2"
    check "a quote that is never closed is refused" "$(queries $'-- name: a\nSELECT \'x;\n')" \
        "q.sql:1: query 'a' has a quote or comment that is never closed"
    check "a query too long for one C string is refused" \
        "$(queries "-- name: a"$'\n'"SELECT '$(printf 'x%.0s' {1..4000})';"$'\n')" "q.sql:1: query 'a' is longer than 4000 characters"
    check "files without a query are refused" "$(queries $'-- nothing\n')" "embed_queries.awk: the files hold no query"
    : >"$work/empty.sql"
    check "an empty file is refused" "$(files array=a "$work/empty.sql")" "$work/empty.sql: is empty"
    check "a missing file is refused" "$(files array=a "$work/missing.sql")" "$work/missing.sql: cannot be read"
    check "an array without files is refused" "$(files array=a array=b "$root/sql/seeds/dev.sql")" \
        "embed_files.awk: no files were given for 'a'"
}

# Everything that is awkward to carry over into C, once each.
write_samples() {
    mkdir -p "$work/in" "$work/out"
    cat >"$work/in/odd.sql" <<'SQL'
-- odd.sql - a comment on the file

-- name: odd_text
-- Ends a */ comment.
SELECT 'it''s ; $9 ??=' AS "a;b\	é" -- $8 ;
  FROM t /* ; /* $7 */ ; */ WHERE x = $2 AND y = $1 AND z = $$ ; $6 $$; -- done
SQL
    printf -- '-- name: crlf\r\n-- Says little.\r\nSELECT\r\n    1;\r\n' >"$work/in/windows.sql"
    cat >"$work/wanted" <<'TEXT'
odd_text 2 <SELECT 'it''s ; $9 ??=' AS "a;b\	é" -- $8 ;
  FROM t /* ; /* $7 */ ; */ WHERE x = $2 AND y = $1 AND z = $$ ; $6 $$>
crlf 0 <SELECT
    1>
TEXT
    cat >"$work/main.c" <<'C'
#include "embedded.h"
#include "sql.h"
#include <stdio.h>
#include <string.h>
static int write_file(const struct embedded_file *file)
{
    FILE *out = fopen(file->name, "w");
    return !out || strlen(file->text) != file->length ||
           fwrite(file->text, 1, file->length, out) != file->length || fclose(out);
}
int main(void)
{
    for (size_t i = 0; i < sql_all_count; i++)
        printf("%s %d <%s>\n", sql_all[i]->name, sql_all[i]->params, sql_all[i]->text);
    for (size_t i = 0; i < embedded_first_count; i++)
        if (write_file(&embedded_first[i]))
            return 1;
    for (size_t i = 0; i < embedded_second_count; i++)
        if (write_file(&embedded_second[i]))
            return 1;
    return 0;
}
C
}

test_round_trip() {
    local mode file out
    write_samples
    for mode in header:h source:c; do
        awk -v mode="${mode%:*}" -f "$root/sql/embed_queries.awk" "$work"/in/*.sql >"$work/sql.${mode#*:}"
        awk -v mode="${mode%:*}" -f "$root/sql/embed_files.awk" array=embedded_first "$work"/in/*.sql \
            array=embedded_second "$root"/sql/migrations/*.sql "$root"/sql/seeds/*.sql "$root"/deploy/mail/* >"$work/embedded.${mode#*:}"
    done
    out=$(${CC:-cc} -std=c17 -Wall -Wextra -Wpedantic -Wconversion -Werror -I "$root/include" -I "$work" \
        -o "$work/program" "$work/main.c" "$work/sql.c" "$work/embedded.c" 2>&1)
    verdict "what is generated compiles without a warning" $? "$out"
    check "queries arrive as they were written" "$(cd "$work/out" && "$work/program")" "$(cat "$work/wanted")"
    for file in "$work"/in/*.sql "$root"/sql/migrations/*.sql "$root"/sql/seeds/*.sql "$root"/deploy/mail/*; do
        cmp -s "$file" "$work/out/$(basename "$file")"
        verdict "$(basename "$file") arrives byte by byte" $?
    done
    check "a comment cannot end the header's own" "$(grep -c 'Ends a \* / comment' "$work/sql.h")" 1
}

test_refusals
test_round_trip
finish
