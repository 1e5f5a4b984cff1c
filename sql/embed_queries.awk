# embed_queries.awk - turns the named queries of sql/queries/*.sql into C
#
#   awk -v mode=header -f sql/embed_queries.awk sql/queries/*.sql > sql.h
#   awk -v mode=source -f sql/embed_queries.awk sql/queries/*.sql > sql.c
#
# A query file may open with comments. Each query begins with its name alone on a line, then lines of
# comment that say what it does (they go to the header), then one statement:
#
#   -- name: items_restore
#   -- Takes back a deletion.
#   UPDATE items SET is_active = true WHERE id = $1 AND NOT is_active;
#
# POSIX awk only: Debian's awk is mawk.

function refuse(where, why) {
    print where ": " why > "/dev/stderr"
    failed = 1
    exit 1
}

# The longest string that ISO C promises a compiler takes is 4095 characters.
function check_length(name) {
    if (length(text[name]) > 4000)
        refuse(place[name], "query '" name "' is longer than 4000 characters")
}

# Where the token that opens at position i of s ends: its last character, or 0 when it never closes.
# E'...' with a backslash before a quote is not understood; double the quote instead.
function token_end(s, i,    rest, tag, at, depth) {
    rest = substr(s, i)
    if (rest ~ /^['"]/) {
        at = index(substr(rest, 2), substr(rest, 1, 1))
        return at ? i + at : 0
    }
    if (rest ~ /^--/) {
        at = index(rest, "\n")
        return at ? i + at - 1 : length(s)
    }
    if (match(rest, /^\$([A-Za-z_][A-Za-z_0-9]*)?\$/)) {
        tag = substr(rest, 1, RLENGTH)
        at = index(substr(rest, RLENGTH + 1), tag)
        return at ? i + 2 * length(tag) + at - 2 : 0
    }
    if (rest ~ /^\/\*/) {
        depth = 1
        for (at = 3; at <= length(rest); at++) {
            if (substr(rest, at, 2) == "/*") {
                depth++
                at++
            } else if (substr(rest, at, 2) == "*/") {
                depth--
                at++
                if (depth == 0)
                    return i + at - 1
            }
        }
        return 0
    }
    return i
}

# The statement's own text, with literals and comments blanked at the same positions.
function code_of(name,    s, i, end, code, opening) {
    s = text[name]
    for (i = 1; i <= length(s); i = end + 1) {
        opening = substr(s, i, 2)
        end = token_end(s, i)
        if (end == 0)
            refuse(place[name], "query '" name "' has a quote or comment that is never closed")
        if (end > i || opening ~ /^--/)
            code = code sprintf("%" (end - i + 1) "s", "")
        else
            code = code substr(s, i, 1)
    }
    return code
}

# Cuts the final semicolon (and whatever comment follows it); refuses a second statement.
function cut_semicolon(name, code,    at) {
    at = index(code, ";")
    if (at == 0)
        return code
    if (substr(code, at + 1) ~ /[^ \t\r\n]/)
        refuse(place[name], "query '" name "' holds more than one statement")
    text[name] = substr(text[name], 1, at - 1)
    return substr(code, 1, at - 1)
}

# Counts $1..$n; a number left out would make PostgreSQL refuse the query only when it runs.
function count_params(name, code,    number, seen, highest, i) {
    while (match(code, /\$[0-9]+/)) {
        number = substr(code, RSTART + 1, RLENGTH - 1) + 0
        seen[number] = 1
        if (number > highest)
            highest = number
        code = substr(code, RSTART + RLENGTH)
    }
    if (0 in seen)
        refuse(place[name], "query '" name "' uses $0; parameters begin at $1")
    for (i = 1; i < highest; i++)
        if (!(i in seen))
            refuse(place[name], "query '" name "' uses $" highest " but not $" i)
    params[name] = highest + 0
}

function finish_query(    code) {
    if (current == "")
        return
    code = cut_semicolon(current, code_of(current))
    sub(/[ \t\r\n]+$/, "", text[current])
    if (code !~ /[^ \t\r\n]/)
        refuse(place[current], "query '" current "' is empty")
    check_length(current)
    count_params(current, code)
    current = ""
}

function begin_query(line) {
    if (line !~ /^-- name: [a-z][a-z0-9_]*$/)
        refuse(FILENAME ":" FNR, "bad name line: write '-- name: ' and letters, digits, underscores")
    current = substr(line, 10)
    # PostgreSQL cuts the names of prepared statements at 63 bytes; two could become one.
    if (length(current) > 60)
        refuse(FILENAME ":" FNR, "the name '" current "' is longer than 60 characters")
    if (current in place)
        refuse(FILENAME ":" FNR, "query '" current "' is already at " place[current])
    place[current] = FILENAME ":" FNR
    names[++count] = current
}

# Backslashes are doubled with "&&" because awks disagree on backslashes in a replacement.
# C17 still knows trigraphs, so a question mark is escaped too.
function escape(s) {
    gsub(/\\/, "&&", s)
    gsub(/"/, "\\\"", s)
    gsub(/\?/, "\\?", s)
    gsub(/\t/, "\\t", s)
    return s
}

function print_literal(s, indent,    lines, n, i) {
    n = split(s, lines, "\n")
    for (i = 1; i <= n; i++)
        printf "%s\"%s%s\n", indent, escape(lines[i]), (i < n) ? "\\n\"" : "\","
}

function print_header(    i, name) {
    print "/* sql.h - the named queries; made by sql/embed_queries.awk, do not edit */"
    print "#ifndef KEEL_GENERATED_SQL_H\n#define KEEL_GENERATED_SQL_H\n"
    print "#include <stddef.h>\n\n#include \"keel/db/sql.h\"\n"
    for (i = 1; i <= count; i++) {
        name = names[i]
        if (name in comment)
            print "/* " comment[name] " */"
        print "extern const struct sql sql_" name ";"
    }
    print "\nextern const struct sql *const sql_all[];\nextern const size_t sql_all_count;\n\n#endif"
}

function print_source(    i, name) {
    print "/* sql.c - the named queries; made by sql/embed_queries.awk, do not edit */"
    print "#include \"sql.h\"\n"
    for (i = 1; i <= count; i++) {
        name = names[i]
        print "const struct sql sql_" name " = {\n    .name = \"" name "\",\n    .text ="
        print_literal(text[name], "        ")
        print "    .params = " params[name] ",\n};\n"
    }
    print "const struct sql *const sql_all[] = {"
    for (i = 1; i <= count; i++)
        print "    &sql_" names[i] ","
    print "};\nconst size_t sql_all_count = sizeof sql_all / sizeof sql_all[0];"
}

BEGIN {
    if (mode != "header" && mode != "source")
        refuse("embed_queries.awk", "-v mode=header or -v mode=source is needed")
    if (ARGC < 2)
        refuse("embed_queries.awk", "no query files were given")
}

{ sub(/\r$/, "") }
FNR == 1 { finish_query() }

tolower($0) ~ /^[ \t]*--[ \t]*name[ \t]*:/ {
    finish_query()
    begin_query($0)
    next
}

# What stands between a name and its statement describes the query.
(current == "" || text[current] == "") && /^[ \t]*(--.*)?$/ {
    line = $0
    sub(/^[ \t]*-*[ \t]*/, "", line)
    gsub(/\*\//, "* /", line)
    gsub(/\/\*/, "/ *", line)
    if (current != "" && line != "")
        comment[current] = comment[current] (current in comment && comment[current] != "" ? "\n * " : "") line
    next
}

current == "" { refuse(FILENAME ":" FNR, "text before the first '-- name:' line") }
{ text[current] = text[current] $0 "\n" }

END {
    if (failed)
        exit 1
    finish_query()
    if (count == 0)
        refuse("embed_queries.awk", "the files hold no query")
    if (mode == "header")
        print_header()
    else
        print_source()
}
