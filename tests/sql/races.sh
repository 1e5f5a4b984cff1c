# races.sh - two sessions at once try to break the tree, or to delete a category in use
# shellcheck source=tests/sql/harness.sh disable=SC2154
# shellcheck shell=bash

# Everything that must hold whatever happens at the same time; prints what does not.
broken_rules() {
    sql "
    WITH RECURSIVE tree (id) AS (
        SELECT id FROM categories WHERE parent_id IS NULL
        UNION SELECT c.id FROM categories c JOIN tree ON c.parent_id = tree.id)
    SELECT 'in a circle: ' || id FROM categories WHERE id NOT IN (SELECT id FROM tree);
    SELECT 'item in a deleted category: ' || i.id
    FROM items i JOIN categories c ON c.id = i.category_id
    WHERE i.is_active AND NOT c.is_active;
    SELECT 'below a deleted category: ' || c.id
    FROM categories c JOIN categories p ON p.id = c.parent_id
    WHERE c.is_active AND NOT p.is_active;"
}

# Category 5 without items, but with a deleted one (25) that may come back.
reset_shop() {
    sql "TRUNCATE items, categories RESTART IDENTITY CASCADE" && run_file "$root/sql/seeds/test.sql" &&
        sql "UPDATE items SET is_active = false WHERE category_id = 5;
             UPDATE items SET category_id = 5 WHERE id = 25"
}

# race SENTENCE LEVEL END FIRST SECOND WANTED: both in transactions of their own. The second must
# wait for the first, which then ends by END; WANTED is the second's error, "- -" for none.
# LEVEL is one isolation level for both, or the first's and the second's with a bar between.
race() {
    local sentence=$1 level=$2 end=$3 first=$4 second=$5 wanted=$6 waited=no out
    if ! out=$(reset_shop); then
        verdict "$sentence" 1 "$out"
        return
    fi
    open_session first
    open_session second
    tell first "BEGIN ISOLATION LEVEL ${level%|*};"
    tell second "BEGIN ISOLATION LEVEL ${level#*|}; SELECT count(*) FROM items, categories;"
    settle second
    tell first "SELECT count(*) FROM items, categories; $first;"
    settle first
    tell second "$second;"
    until_true waits_for_lock second && waited=yes
    tell first "$end;"
    settle first
    settle second
    tell second "COMMIT;"
    settle second
    close_session first
    close_session second
    check "$sentence" "waited: $waited; first: $(error_of "$(cat "$work/first.out")"); second: $(
        error_of "$(cat "$work/second.out")"); broken: $(broken_rules)" \
        "waited: yes; first: - -; second: $wanted; broken: "
}

test_races() {
    local insert="INSERT INTO items (name, price, category_id) VALUES ('new', 1, 5)"
    local move="UPDATE items SET category_id = 5 WHERE id = 19"
    local restore="UPDATE items SET is_active = true WHERE id = 25"
    local child="INSERT INTO categories (name, parent_id) VALUES ('new', 5)"
    local under="UPDATE categories SET parent_id = 5 WHERE id = 4"
    local delete="UPDATE categories SET is_active = false WHERE id = 5"
    local over="UPDATE categories SET parent_id = 4 WHERE id = 5"
    local used="23503 items_category_id_fkey" above="23503 categories_parent_id_fkey"

    race "a deletion waits for an item that is being added, then is refused" \
        "READ COMMITTED" COMMIT "$insert" "$delete" "$used"
    race "an item waits for its category's deletion, then is refused" \
        "READ COMMITTED" COMMIT "$delete" "$insert" "$used"
    race "a deletion waits for an item that is being moved there, then is refused" \
        "READ COMMITTED" COMMIT "$move" "$delete" "$used"
    race "an item that moves waits for the deletion of its goal, then is refused" \
        "READ COMMITTED" COMMIT "$delete" "$move" "$used"
    race "a deletion waits for an item that is coming back, then is refused" \
        "READ COMMITTED" COMMIT "$restore" "$delete" "$used"
    race "an item that comes back waits for its category's deletion, then is refused" \
        "READ COMMITTED" COMMIT "$delete" "$restore" "$used"
    race "a deletion waits for a category that is being added below, then is refused" \
        "READ COMMITTED" COMMIT "$child" "$delete" "$above"
    race "a category waits for its parent's deletion, then is refused" \
        "READ COMMITTED" COMMIT "$delete" "$child" "$above"
    race "a deletion waits for a branch that moves below, then is refused" \
        "READ COMMITTED" COMMIT "$under" "$delete" "$above"
    race "a branch that moves waits for the deletion of its goal, then is refused" \
        "READ COMMITTED" COMMIT "$delete" "$under" "$above"
    race "a deletion goes through when the item is not added after all" \
        "READ COMMITTED" ROLLBACK "$insert" "$delete" "- -"
    race "an item is added when the deletion does not happen after all" \
        "READ COMMITTED" ROLLBACK "$delete" "$insert" "- -"
    race "two moves that close a circle only together do not both pass" \
        "READ COMMITTED" COMMIT "$under" "$over" "23514 categories_parent_id_cycle"
    race "the second move passes when the first does not happen after all" \
        "READ COMMITTED" ROLLBACK "$under" "$over" "- -"
    race "a rename does not stop what a deletion of the same category waits for" "READ COMMITTED" COMMIT \
        "UPDATE categories SET name = 'Emptied' WHERE id = 5" "$delete" "- -"
    race "two moves at SERIALIZABLE end in a serialization failure, not in a circle" \
        SERIALIZABLE COMMIT "$under" "$over" "40001 -"
    race "an item and the deletion of its category at SERIALIZABLE do not both pass" \
        SERIALIZABLE COMMIT "$insert" "$delete" "40001 -"
    race "an item at REPEATABLE READ does not slip into a category deleted meanwhile" \
        "READ COMMITTED|REPEATABLE READ" COMMIT "$delete" "$insert" "40001 -"
    test_rename_is_free "$insert" "a category can be renamed while items are being added to it"
    test_rename_is_free "$child" "a category can be renamed while categories are being added below it"
}

# The price of FOR KEY SHARE is paid by deletions only.
test_rename_is_free() {
    local rename="SET lock_timeout = '1s'; UPDATE categories SET name = 'Other' WHERE id = 5 RETURNING name"
    reset_shop
    open_session first
    tell first "BEGIN; $1;"
    settle first
    check "$2" "$(sql "$rename")" Other
    tell first "COMMIT;"
    settle first
    close_session first
}
