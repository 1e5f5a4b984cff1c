#!/usr/bin/env bash
# schema.sh - tests of migrations, constraints, triggers and seeds against a real PostgreSQL
#
#   tests/sql/schema.sh          all of them
#   tests/sql/schema.sh PART...  some of those listed at the end, or newest_migration in place of migrations; a part needs those
#                                before it that make its tables and fill them
set -uo pipefail
export LC_ALL=C.UTF-8

# shellcheck source=tests/sql/harness.sh disable=SC2154
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
# shellcheck source=tests/sql/audit.sh
. "$(dirname "${BASH_SOURCE[0]}")/audit.sh"
# shellcheck source=tests/sql/races.sh
. "$(dirname "${BASH_SOURCE[0]}")/races.sh"
# shellcheck source=tests/sql/search.sh
. "$(dirname "${BASH_SOURCE[0]}")/search.sh"
# shellcheck source=tests/sql/totals.sh
. "$(dirname "${BASH_SOURCE[0]}")/totals.sh"

# Newer pg_dump writes a random key into each dump.
dump() {
    pg_dump | grep -v -e '^\\restrict' -e '^\\unrestrict'
}

# try_migration UP-FILE: on top of what "$work/before" is a dump of, and so is after it.
try_migration() {
    local name out down=${1%.up.sql}.down.sql
    name=$(basename "$1" .up.sql)
    head -n 1 "$1" | grep -q '^-- Purpose: .'
    verdict "$name opens with its purpose" $?
    out=$(run_file "$1" && dump >"$work/once" && run_file "$down")
    verdict "$name goes up and down" $? "$out"
    dump >"$work/after"
    check "$name leaves nothing behind when it goes down" "$(diff "$work/before" "$work/after")" ""
    out=$(run_file "$1")
    verdict "$name goes up again" $? "$out"
    dump >"$work/twice"
    check "$name makes the same catalog and rows the second time" "$(diff "$work/once" "$work/twice")" ""
    mv "$work/twice" "$work/before"
}

test_migrations() {
    local up down
    dump >"$work/empty"
    cp "$work/empty" "$work/before"
    for up in "$root"/sql/migrations/*.up.sql; do
        try_migration "$up"
    done
    for down in $(printf '%s\n' "$root"/sql/migrations/*.down.sql | sort -r); do
        run_file "$down"
    done
    dump >"$work/after"
    check "all migrations taken back leave an empty database" "$(diff "$work/empty" "$work/after")" ""
    for up in "$root"/sql/migrations/*.up.sql; do
        run_file "$up"
    done
}

# For who has only added one.
test_newest_migration() {
    local up ups=("$root"/sql/migrations/*.up.sql)
    for up in "${ups[@]::${#ups[@]}-1}"; do
        run_file "$up"
    done
    dump >"$work/before"
    try_migration "${ups[-1]}"
}

# The program finds the field of an error by its constraint's name.
test_names() {
    check "every constraint is called after its table" "$(sql "
        SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
        WHERE t.relnamespace = 'public'::regnamespace AND NOT starts_with(conname, relname || '_')")" ""
    check "every check and foreign key is called after its column" "$(sql "
        SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
        WHERE t.relnamespace = 'public'::regnamespace AND contype IN ('c', 'f') AND NOT EXISTS (
            SELECT FROM pg_attribute a
            WHERE a.attrelid = t.oid AND starts_with(conname, relname || '_' || attname || '_'))")" ""
    check "every foreign key has an index or is small reference data" "$(sql "
        SELECT conname FROM pg_constraint c
        WHERE contype = 'f' AND connamespace = 'public'::regnamespace
          AND confrelid <> 'permissions'::regclass AND NOT EXISTS (
            SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])")" ""
}

test_accounts() {
    local user="INSERT INTO users (email, password_hash) VALUES"
    check "admin has every permission" "$(sql "SELECT count(*) FROM permissions
        WHERE name NOT IN (SELECT permission FROM role_permissions WHERE role = 'admin')")" 0
    check "editor looks after items and categories" "$(sql "SELECT string_agg(permission, ' ' ORDER BY permission)
        FROM role_permissions WHERE role = 'editor' AND permission ~ '^(users|roles|items|categories):'")" \
        "categories:deleted categories:write items:deleted items:write"
    check "viewer exists and has no permission" "$(sql "SELECT count(r), count(p)
        FROM roles r LEFT JOIN role_permissions p ON p.role = r.name WHERE r.name = 'viewer'")" "1|0"
    refuses "a role's name has a form" "23514 roles_name_format" \
        "INSERT INTO roles VALUES ('Boss', 'x')"
    refuses "a permission's name has a form" "23514 permissions_name_format" \
        "INSERT INTO permissions VALUES ('items', 'x')"
    refuses "an address is unique whatever its case and spaces" "23505 users_email_key" \
        "$user ('a@example.com', 'x'), (' A@Example.COM ', 'x')"
    refuses "an address has an at sign" "23514 users_email_format" "$user ('nobody', 'x')"
    refuses "an address has no space inside" "23514 users_email_format" \
        "$user ('a b@example.com', 'x')"
    refuses "an account has a password hash" "23514 users_password_hash_not_blank" \
        "$user ('a@example.com', '')"
    refuses "a person's name is not blank" "23514 users_name_not_blank" \
        "INSERT INTO users (email, password_hash, name) VALUES ('a@example.com', 'x', E' \t')"
    refuses "a role given to somebody exists" "23503 user_roles_role_fkey" \
        "$user ('a@example.com', 'x'); INSERT INTO user_roles SELECT id, 'boss' FROM users"
    refuses "a role in use cannot be removed" "23503 user_roles_role_fkey" \
        "$user ('a@example.com', 'x');
         INSERT INTO user_roles SELECT id, 'viewer' FROM users;
         DELETE FROM roles WHERE name = 'viewer'"
    accepts "roles go with their account" 0 \
        "$user ('a@example.com', 'x');
         INSERT INTO user_roles SELECT id, 'viewer' FROM users;
         DELETE FROM users;
         SELECT count(*) FROM user_roles"
    accepts "an address keeps the form its owner gave it" "Ann@Example.com|ann@example.com" \
        "$user ('Ann@Example.com', 'x') RETURNING email, email_folded"
}

test_categories() {
    refuses "a category's name is unique" "23505 categories_name_key" \
        "INSERT INTO categories (name) VALUES ('Kitchen')"
    accepts "a deleted category gives its name free" t \
        "INSERT INTO categories (name) VALUES ('Sold out') RETURNING is_active"
    refuses "a category comes back only when its name is free" "23505 categories_name_key" \
        "INSERT INTO categories (name) VALUES ('Sold out');
         UPDATE categories SET is_active = true WHERE id = 6"
    refuses "a category's name is not blank" "23514 categories_name_not_blank" \
        "INSERT INTO categories (name) VALUES ('  ')"
    refuses "a category's name has at most 80 characters" "22001 -" \
        "INSERT INTO categories (name) VALUES (repeat('ö', 81))"
    accepts "a category's name may have 80 characters" 80 \
        "INSERT INTO categories (name) VALUES (repeat('ö', 80)) RETURNING length(name)"
    refuses "a parent exists" "23503 categories_parent_id_fkey" \
        "INSERT INTO categories (name, parent_id) VALUES ('x', 99)"
    refuses "a parent is not deleted" "23503 categories_parent_id_fkey" \
        "INSERT INTO categories (name, parent_id) VALUES ('x', 6)"
    refuses "a category does not move to a deleted parent" "23503 categories_parent_id_fkey" \
        "UPDATE categories SET parent_id = 6 WHERE id = 5"
    refuses "a category does not come back below a deleted parent" "23503 categories_parent_id_fkey" \
        "INSERT INTO categories (name, parent_id, is_active) VALUES ('x', 6, false);
         UPDATE categories SET is_active = true WHERE name = 'x'"
    refuses "a category is not its own parent when it moves" "23514 categories_parent_id_cycle" \
        "UPDATE categories SET parent_id = id WHERE id = 5"
    refuses "a deleted category is not its own parent from the start" "23514 categories_parent_id_not_self" \
        "INSERT INTO categories (id, name, parent_id, is_active) OVERRIDING SYSTEM VALUE VALUES (77, 'x', 77, false)"
    refuses "a category does not move below its grandchild" "23514 categories_parent_id_cycle" \
        "UPDATE categories SET parent_id = 3 WHERE id = 1"
    refuses "one statement cannot close a circle by moving two" "23514 categories_parent_id_cycle" \
        "UPDATE categories SET parent_id = CASE id WHEN 4 THEN 5 ELSE 4 END WHERE id IN (4, 5)"
    accepts "a branch moves elsewhere with all that is below it" 5 \
        "UPDATE categories SET parent_id = 5 WHERE id = 2 RETURNING parent_id"
    accepts "a category moves to the top" 3 \
        "UPDATE categories SET parent_id = NULL WHERE id = 3 RETURNING id"
    refuses "a category with categories below it is not deleted" "23503 categories_parent_id_fkey" \
        "UPDATE categories SET is_active = false WHERE id = 1"
    refuses "a category with items is not deleted" "23503 items_category_id_fkey" \
        "UPDATE categories SET is_active = false WHERE id = 3"
    accepts "a category whose items are deleted is deleted" f \
        "UPDATE items SET is_active = false WHERE category_id = 3;
         UPDATE categories SET is_active = false WHERE id = 3 RETURNING is_active"
    refuses "a category cannot be moved at REPEATABLE READ" "0A000 -" \
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; UPDATE categories SET parent_id = 5 WHERE id = 4"
    accepts "an update makes a new version" "2|t" \
        "UPDATE categories SET name = 'Empty' WHERE id = 5 RETURNING version, updated_at = now()"
}

test_items() {
    local item="INSERT INTO items (name, price, quantity, category_id) VALUES"
    refuses "an item's name is not blank" "23514 items_name_not_blank" "$item (E'\n ', 1, 1, NULL)"
    refuses "an item's name has at most 255 characters" "22001 -" \
        "$item (repeat('ö', 256), 1, 1, NULL)"
    accepts "an item's name may have 255 characters" 255 \
        "$item (repeat('ö', 255), 1, 1, NULL) RETURNING length(name)"
    refuses "a price is not negative" "23514 items_price_range" "$item ('x', -0.01, 1, NULL)"
    refuses "a price is a number" "23514 items_price_range" "$item ('x', 'NaN', 1, NULL)"
    refuses "a price is finite" "22003 -" "$item ('x', 'Infinity', 1, NULL)"
    refuses "a price is below a hundred million" "22003 -" "$item ('x', 100000000, 1, NULL)"
    refuses "a price is there" "23502 -" "$item ('x', NULL, 1, NULL)"
    accepts "a price is exact" 99999999.99 "$item ('x', 99999999.99, 1, NULL) RETURNING price"
    refuses "a quantity is not negative" "23514 items_quantity_range" \
        "UPDATE items SET quantity = quantity - 1 WHERE id = 7"
    refuses "a quantity fits its type" "22003 -" \
        "UPDATE items SET quantity = quantity + 1 WHERE id = 3"
    refuses "an item's category exists" "23503 items_category_id_fkey" "$item ('x', 1, 1, 99)"
    refuses "an item's category is not deleted" "23503 items_category_id_fkey" \
        "$item ('x', 1, 1, 6)"
    refuses "an item does not move to a deleted category" "23503 items_category_id_fkey" \
        "UPDATE items SET category_id = 6 WHERE id = 1"
    refuses "an item does not come back into a deleted category" "23503 items_category_id_fkey" \
        "UPDATE items SET is_active = true WHERE id = 23"
    accepts "an item comes back into its category" t \
        "UPDATE items SET is_active = true WHERE id = 21 RETURNING is_active"
    refuses "a category row that items point to is never removed" "23503 items_category_id_fkey" \
        "DELETE FROM categories WHERE id = 3"
    accepts "an update makes a new version of an item" "2|t" \
        "UPDATE items SET quantity = 1 WHERE id = 1 RETURNING version, updated_at = now()"
}

# What idempotence is judged by: every row with every column.
rows_of_shop() {
    sql "SELECT c FROM categories c ORDER BY id; SELECT i FROM items i ORDER BY id" | md5sum
}

test_test_seed() {
    local before out
    out=$(run_file "$root/sql/seeds/test.sql")
    verdict "the test seed loads" $? "$out"
    before=$(rows_of_shop)
    out=$(run_file "$root/sql/seeds/test.sql")
    verdict "the test seed loads again" $? "$out"
    check "the test seed changes nothing the second time" "$(rows_of_shop)" "$before"
    check "the test seed has 6 categories, 20 items and 5 deleted ones" "$(sql "
        SELECT (SELECT count(*) FROM categories), count(*) FILTER (WHERE is_active),
               count(*) FILTER (WHERE NOT is_active)
        FROM items")" "6|20|5"
    accepts "ids continue after those of the test seed" "1001" \
        "INSERT INTO items (name, price) VALUES ('x', 1) RETURNING id"
    check "the test seed gives no id twice" "$(run_file "$root/sql/seeds/test.sql"; sql "
        SELECT nextval('items_id_seq')")" 1002
}

# What users see of totals and search, in a database that has rows.
shop_at_large() {
    sql "SELECT table_name, key_column, key, sum(rows) FROM row_totals WHERE table_name IN ('items', 'categories')
         GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
         SELECT id, search_text FROM items ORDER BY id"
}

# All that came after the tables themselves: what is newer may rest on totals and search.
test_migrations_with_rows() {
    local before out up pair later=()
    before=$(shop_at_large)
    for up in "$root"/sql/migrations/*.up.sql; do
        [[ $(basename "$up") < 0004 ]] || later+=("${up%.up.sql}")
    done
    for pair in $(printf '%s\n' "${later[@]}" | sort -r); do
        out=$(run_file "$pair.down.sql")
        verdict "$(basename "$pair") goes down while there are rows" $? "$out"
    done
    for pair in "${later[@]}"; do
        out=$(run_file "$pair.up.sql")
        verdict "$(basename "$pair") goes up while there are rows" $? "$out"
    done
    check "totals and folded texts are the same after that" "$(shop_at_large)" "$before"
}

test_dev_seed() {
    local before out
    sql "TRUNCATE items, categories RESTART IDENTITY CASCADE"
    out=$(run_file "$root/sql/seeds/dev.sql")
    verdict "the demo seed loads" $? "$out"
    before=$(rows_of_shop)
    out=$(run_file "$root/sql/seeds/dev.sql")
    verdict "the demo seed loads again" $? "$out"
    check "the demo seed changes nothing the second time" "$(rows_of_shop)" "$before"
    check "the demo shop has about 500 items with names of their own" \
        "$(sql "SELECT count(*) BETWEEN 450 AND 550 AND count(*) = count(DISTINCT name) FROM items")" t
    check "every demo item has a category" "$(sql "SELECT count(*) FROM items WHERE category_id IS NULL")" 0
    check "every product of the demo seed found its category" \
        "$(sql "SELECT count(*) FROM items")" "$(grep -o '=[0-9.]*\*[0-9]*' "$root/sql/seeds/dev.sql" | wc -l)"
    check "the demo tree has three levels" "$(sql "
        WITH RECURSIVE tree AS (
            SELECT id, 1 AS level FROM categories WHERE parent_id IS NULL
            UNION ALL SELECT c.id, level + 1 FROM categories c JOIN tree ON c.parent_id = tree.id)
        SELECT max(level), count(*) = (SELECT count(*) FROM categories) FROM tree")" "3|t"
    check "demo items are in the past, the newest last" "$(sql "
        SELECT bool_and(created_at < now()), bool_and(later IS NULL OR later > created_at)
        FROM (SELECT created_at, lead(created_at) OVER (ORDER BY id) AS later FROM items) AS made")" "t|t"
    sql "UPDATE items SET name = 'Renamed' WHERE id = 1; UPDATE items SET is_active = false WHERE id = 2"
    before=$(rows_of_shop)
    run_file "$root/sql/seeds/dev.sql"
    check "the demo seed brings nothing back that somebody renamed or deleted" "$(rows_of_shop)" "$before"
}

parts=(migrations names accounts test_seed categories items search races totals audit dev_seed migrations_with_rows)
[ $# -eq 0 ] || parts=("$@")
make_database
for part in "${parts[@]}"; do
    declare -F "test_$part" >/dev/null || { echo "schema.sh: there is no part $part" >&2; exit 2; }
    "test_$part"
done
finish
