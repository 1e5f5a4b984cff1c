# totals.sh - totals stay true through random histories of many writers at once
# shellcheck source=tests/sql/harness.sh disable=SC2154
# shellcheck shell=bash
#
# KEEL_TEST_SEED   repeats the statements of a run that failed (not the moments they meet at)

writers=8
transactions=150

# What is kept and differs from what is there.
wrong_totals() {
    sql "SELECT 'items', c.* FROM row_totals_compare('items', 'category_id') AS c WHERE kept <> actual
         UNION ALL SELECT 'categories', c.* FROM row_totals_compare('categories') AS c WHERE kept <> actual"
}

# One statement, chosen by RANDOM; categories 1 to 10, items as many as there are by now.
any_statement() {
    local category=$((RANDOM % 10 + 1)) id=$((RANDOM % 400 + 1)) many=$((RANDOM % 300 + 2))
    local some="id BETWEEN $id AND $((id + RANDOM % 8))"
    case $((RANDOM % 14)) in
    0 | 1) echo "INSERT INTO items (name, price, category_id) VALUES ('one', 1, $category);" ;;
    2) echo "INSERT INTO items (name, price, category_id, is_active) VALUES ('none', 1, NULL, $((RANDOM % 2))::boolean);" ;;
    3) echo "INSERT INTO items (name, price, category_id) SELECT 'many', 1, nullif(i % 11, 0) FROM generate_series(1, $many) AS i;" ;;
    4 | 5) echo "UPDATE items SET is_active = false WHERE $some;" ;;
    6) echo "UPDATE items SET is_active = true WHERE $some;" ;;
    7) echo "UPDATE items SET is_active = NOT is_active, category_id = $category WHERE $some;" ;;
    8 | 9) echo "UPDATE items SET category_id = CASE id % 3 WHEN 0 THEN NULL ELSE $category END WHERE $some;" ;;
    10) echo "UPDATE items SET quantity = quantity + 1 WHERE $some;" ;;
    11) echo "DELETE FROM items WHERE $some;" ;;
    12) echo "INSERT INTO items (id, name, price, category_id) OVERRIDING SYSTEM VALUE VALUES ($id, 'again', 1, $category)
              ON CONFLICT (id) DO UPDATE SET category_id = excluded.category_id, is_active = NOT items.is_active;" ;;
    13) echo "UPDATE categories SET is_active = NOT is_active WHERE id = $category;" ;;
    esac
}

any_savepoint() {
    echo "SAVEPOINT here;"
    any_statement
    any_statement
    ((RANDOM % 2)) && echo "RELEASE here;" || echo "ROLLBACK TO here;"
}

# The script of one writer. Some transactions fail by themselves: on a deleted category, a deadlock, a serialization.
any_history() {
    local levels=('READ COMMITTED' 'READ COMMITTED' 'READ COMMITTED' 'REPEATABLE READ' SERIALIZABLE) left
    RANDOM=$1
    for ((left = transactions; left > 0; left--)); do
        echo "BEGIN ISOLATION LEVEL ${levels[RANDOM % 5]};"
        any_statement
        ((RANDOM % 3)) || any_savepoint
        ((RANDOM % 2)) || any_statement
        ((RANDOM % 5)) && echo "COMMIT;" || echo "ROLLBACK;"
    done
}

# Meanwhile: prints every moment at which a total is not true, and folds. The file goes when the writers are done.
watch_totals() {
    while [ -e "$work/writing" ]; do
        wrong_totals
        sql "SET lock_timeout = '1s'; CALL row_totals_fold('items')"
    done
}

test_history() {
    local seed=$1 writer pids=()
    sql "TRUNCATE items, categories RESTART IDENTITY CASCADE;
         INSERT INTO categories (name) SELECT 'category ' || i FROM generate_series(1, 10) AS i;
         INSERT INTO items (name, price, category_id) SELECT 'item', 1, 1 + i % 10 FROM generate_series(1, 400) AS i"
    for ((writer = 0; writer < writers; writer++)); do
        any_history "$((seed + writer))" >"$work/history.$writer"
    done
    touch "$work/writing"
    watch_totals >"$work/watched" &
    for ((writer = 0; writer < writers; writer++)); do
        PGOPTIONS='-c deadlock_timeout=20ms' psql -Xq -f "$work/history.$writer" >"$work/written.$writer" 2>&1 &
        pids+=($!)
    done
    wait "${pids[@]}"
    rm "$work/writing"
    wait
    check "a random history of $writers writers leaves true totals (seed $seed)" "$(wrong_totals)" ""
    check "the totals are true at every moment of it, and folding them loses nothing" "$(<"$work/watched")" ""
}

# Rolled back with their transaction, and set-based: one update per total.
test_counting() {
    local total="SELECT coalesce(sum(rows), 0) FROM row_totals WHERE table_name = 'items' AND key_column = '' AND key = 0"
    sql "TRUNCATE items, categories RESTART IDENTITY CASCADE; INSERT INTO categories (name) VALUES ('one'), ('two')"
    check "TRUNCATE leaves no totals of the table" "$(sql "SELECT count(*) FROM row_totals WHERE table_name = 'items'")" 0
    accepts "deleted rows are not counted, those without a category only for the table" "0=4 category_id1=3" \
        "INSERT INTO items (name, price, category_id, is_active)
         VALUES ('a', 1, 1, true), ('b', 1, 1, true), ('c', 1, 1, true), ('d', 1, NULL, true), ('e', 1, 2, false);
         SELECT string_agg(key_column || key || '=' || rows, ' ' ORDER BY key) FROM row_totals WHERE table_name = 'items'"
    accepts "a rollback to a savepoint takes its counts along" "1
2" "INSERT INTO items (name, price) VALUES ('a', 1); SAVEPOINT here; INSERT INTO items (name, price) VALUES ('b', 1);
        ROLLBACK TO here; $total; INSERT INTO items (name, price) VALUES ('c', 1); $total"
    accepts "a thousand rows in one statement are one change of their total" "1000 1" \
        "INSERT INTO items (name, price) SELECT 'many', 1 FROM generate_series(1, 1000);
         SELECT rows || ' ' || count(*) OVER () FROM row_totals WHERE table_name = 'items'"
}

test_meeting() {
    local insert="INSERT INTO items (name, price, category_id) VALUES"
    sql "TRUNCATE items CASCADE; $insert ('a', 1, 1), ('b', 1, 2)"
    open_session first
    open_session second
    tell first "BEGIN; $insert ('c', 1, 1);"
    settle first
    check "a writer does not wait for another one's counts" \
        "$(sql "SET lock_timeout = '1s'; $insert ('d', 1, 1) RETURNING name")" d
    tell second "BEGIN; $insert ('e', 1, 2);"
    settle second
    tell first "$insert ('f', 1, 2); COMMIT;"
    tell second "$insert ('g', 1, 1); COMMIT;"
    settle first
    settle second
    check "two that count the same in opposite order do not deadlock" "$(cat "$work"/{first,second}.out | grep ERROR)" ""
    close_session first
    close_session second
    check "totals are true after that" "$(wrong_totals)" ""
    sql "CALL row_totals_fold('items')"
    check "folding leaves one row of each total" \
        "$(sql "SELECT string_agg(key || '=' || rows, ' ' ORDER BY key) FROM row_totals WHERE table_name = 'items'")" "0=7 1=4 2=3"
    for _ in 1 2 3; do sql "$insert ('h', 1, 1)"; done
    check "writers one after the other share one row" \
        "$(sql "SELECT string_agg(key || '=' || rows, ' ' ORDER BY key) FROM row_totals WHERE table_name = 'items'")" "0=10 1=7 2=3"
    open_session first
    tell first "BEGIN; $insert ('i', 1, 1);"
    settle first
    sql "SET lock_timeout = '1s'; DELETE FROM items WHERE category_id = 2; CALL row_totals_fold('items')"
    tell first "COMMIT;"
    settle first
    close_session first
    check "folding passes by what a writer holds, and takes away what is 0" "$(wrong_totals)$(sql "
        SELECT sum(rows) FILTER (WHERE key = 0), count(*) FILTER (WHERE key = 2) FROM row_totals WHERE table_name = 'items'")" "8|0"
    sql "UPDATE row_totals SET rows = rows + 5 WHERE table_name = 'items' AND key = 1"
    check "a total that is wrong is seen" "$(wrong_totals)" "items|category_id|1|13|8"
    sql "SELECT row_totals_mend('items', 'category_id')" >/dev/null
    check "and mended" "$(wrong_totals)" ""
}

test_totals() {
    local seed=${KEEL_TEST_SEED:-$((RANDOM % 30000))}
    test_counting
    test_meeting
    test_history "$seed"
}
