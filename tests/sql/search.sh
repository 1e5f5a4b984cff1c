# search.sh - folding for search, whatever the database's locale, and what is said when an extension is missing
# shellcheck source=tests/sql/harness.sh disable=SC2154
# shellcheck shell=bash

folds() {
    check "$1" "$(sql "SELECT search_fold($2)")" "$3"
}

test_folding() {
    folds "é and É fold to e" "'éÉ'" ee
    folds "an accent that is a character of its own folds like the letter that has it" "U&'e\\0301E\\0301'" ee
    folds "ß and ẞ fold to ss" "'ßẞ'" ssss
    folds "dotless and dotted i are one, small and capital" "'ıIİi'" iiii
    folds "Cyrillic folds, ё to е" "'ЖУК Ёж'" "жук еж"
    folds "Greek folds, whatever the accent and wherever a sigma stands" "'ΟΔΌΣ οδός Σ'" "οδοσ οδοσ σ"
    folds "letters with a stroke and ligatures become plain ones" "'Łódź Øre ﬁn Æ'" "lodz ore fin ae"
    folds "Chinese and Japanese stay, wide Latin becomes plain" "'東京 カナ ＡＢ'" "東京 カナ ab"
    folds "NULL stays NULL" "NULL" ""
    check "a pattern takes wildcards literally, the wide ones too" "$(sql "SELECT search_pattern('5％_\\x')")" '%5\%\_\\x%'
}

finds() {
    accepts "$1" "$3" "INSERT INTO items (name, description, price) VALUES ('Crème brûlée 50% \\_', 'Süß. МОСКВА', 1);
        SELECT count(*) FROM items WHERE is_active AND search_text LIKE search_pattern('$2')"
}

test_finding() {
    finds "a search finds a part of the name without its accents" "BRULEE 50" 1
    finds "a search finds a part of the description" "suss" 1
    finds "a search finds other scripts in another case" "осква" 1
    finds "a search finds a percent sign" "50%" 1
    finds "a percent sign is no wildcard" "5%0" 0
    finds "an underscore is no wildcard" "Cr_me" 0
    finds "a backslash is one" '\_' 1
    finds "a word does not reach from the name into the description" "_suss" 0
    accepts "a change of the description is found at once" 1 \
        "UPDATE items SET description = 'Zweistöckig' WHERE id = 1;
         SELECT count(*) FROM items WHERE search_text LIKE search_pattern('STOCKIG')"
    check "the trigram index serves a search" "$(sql "
        INSERT INTO items (name, price) SELECT 'kettle ' || i, 1 FROM generate_series(1, 5000) AS i;
        SELECT gin_clean_pending_list('items_active_search_text_idx'); ANALYZE items; SET LOCAL enable_seqscan = off;
        EXPLAIN SELECT FROM items WHERE is_active AND search_text LIKE search_pattern('tle 4711'); ROLLBACK" |
        grep -c 'Bitmap Index Scan on items_active_search_text_idx')" 1
}

# with_database OPTIONS COMMAND...: the command in a database of its own.
with_database() {
    local options=$1
    shift
    psql -XAtq -d postgres -c "CREATE DATABASE ${scratch}_other $options" || return 1
    PGDATABASE=${scratch}_other "$@"
    psql -XAtq -d postgres -c "DROP DATABASE ${scratch}_other WITH (FORCE)"
}

migrate_all() {
    local up
    for up in "$root"/sql/migrations/*.up.sql; do
        run_file "$up" || return 1
    done
}

fold_in_c() {
    migrate_all >/dev/null && sql "SELECT search_fold('ÉЖΣ'), 'é' < 'z';
        INSERT INTO items (name, price) VALUES ('ЁЖ', 1);
        SELECT count(*) FROM items WHERE search_text LIKE search_pattern('еж')"
}

# Runs a changed copy of the migration, which must fail.
search_with() {
    sed "$1" "$root/sql/migrations/0005_search.up.sql" >"$work/search.sql"
    run_file "$work/search.sql"
}

as_stranger() {
    psql -XAtq -c "CREATE ROLE ${scratch}_stranger; GRANT ${scratch}_stranger TO CURRENT_USER; GRANT USAGE, CREATE ON SCHEMA public TO ${scratch}_stranger"
    search_with "1i SET ROLE ${scratch}_stranger;"
    psql -XAtq -c "DROP OWNED BY ${scratch}_stranger; DROP ROLE ${scratch}_stranger"
}

check_holds() {
    case $2 in
    *"$3"*) verdict "$1" 0 ;;
    *) verdict "$1" 1 "no <$3> in: $2" ;;
    esac
}

test_elsewhere() {
    local out
    check "folding and finding do not depend on the locale" \
        "$(with_database "TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'" fold_in_c)" "eжσ|f
1"
    out=$(with_database "" search_with 's/pg_trgm;/pg_trgm_that_is_not_there;/')
    check_holds "a missing extension is an error that names the package and how to get it" "$out" \
        "On its machine, as root: apt-get install postgresql-contrib"
    out=$(with_database "" as_stranger)
    check_holds "a role that may not create extensions is told who may, and what to run" "$out" \
        "psql -d ${scratch}_other), run: CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent;"
}

test_search() {
    test_folding
    test_finding
    test_elsewhere
}
