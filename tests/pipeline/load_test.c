/* load_test.c - tests of pipeline/load: which rows a file may have, and what becomes of each */
#include "loading.h"

#include <unistd.h>

static void expect_all(void **state, const struct loading_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        asking_text(loading_renew(*state), "TRUNCATE items RESTART IDENTITY");
        loading_expect(*state, &cases[i]);
    }
}

static void test_shapes(void **state)
{
    static const struct loading_case cases[] = {
        {.file = "name,price\nKettle,1.50\nPot,2\n",
         .outcome = "succeeded 2 2 0 0 0",
         .rejects = "",
         .rows = "1:Kettle:1.50:0:0:1:on 2:Pot:2.00:0:0:1:on"},
        /* Any order, CRLF, BOM, no last line end, blank lines. */
        {.file = "\xEF\xBB\xBFquantity,price,name\r\n3,1,Pot\r\n\r\n4,2,Pan",
         .outcome = "succeeded 2 2 0 0 0",
         .rows = "1:Pot:1.00:3:0:1:on 2:Pan:2.00:4:0:1:on"},
        /* Quotes, commas and line ends within them; what begins with = is a text. */
        {.file = "name,price\n\"a \"\"b\"\", c\",1\n=1+1,2\n",
         .rows = "1:a \"b\", c:1.00:0:0:1:on 2:=1+1:2.00:0:0:1:on"},
        {.file = "name,price\n", .outcome = "succeeded 0 0 0 0 0", .rows = ""},
        /* A cell with nothing in it is nothing said where a column has a default. */
        {.file = "name,price,quantity,category_id\nPot,1,,\nPan,1,5,1\n",
         .rows = "1:Pot:1.00:0:0:1:on 2:Pan:1.00:5:1:1:on"},
        {.format = "ndjson",
         .file = "{\"name\":\"Pot\",\"price\":1.5}\n\n{\"price\":2,\"quantity\":7,\"name\":\"Pan\","
                 "\"category_id\":null}",
         .outcome = "succeeded 2 2 0 0 0",
         .rows = "1:Pot:1.50:0:0:1:on 2:Pan:2.00:7:0:1:on"},
        /* A JSON array with an element in each line, as an export of JSON is. */
        {.format = "ndjson",
         .file = "[\n{\"name\":\"Pot\",\"price\":1},\n{\"name\":\"Pan\",\"price\":2}\n]\n",
         .outcome = "succeeded 2 2 0 0 0"},
    };

    expect_all(state, cases, COUNT(cases));
}

static void test_quoted_lines(void **state)
{
    struct loading *loading = *state;
    static const struct loading_case multi = {
        .mode = "best_effort",
        .file = "name,description,price\n\"two\nlines\",\"\",1\nPot,,2\nPan,x,-1\n",
        .outcome = "succeeded 3 2 0 0 1",
        .rejects = "5:price:too_small:-1"};

    loading_expect(loading, &multi);
    asking_expect(&loading->database->scope,
                  "SELECT string_agg(coalesce('<' || description || '>', 'null') || length(name), "
                  "' ' ORDER BY id) FROM items",
                  "<>9 null3");
}

/* What is wrong with a file as a whole: not one of its rows is looked at. */
static void test_headers(void **state)
{
    static const struct loading_case cases[] = {
        {.file = "name,price,colour,items_count\nPot,1,red,1\n",
         .outcome = "failed 0 0 0 0 1",
         .rejects = "1:colour:unknown_field: 1:items_count:unknown_field:",
         .rows = ""},
        {.file = "name\nPot\n", .outcome = "failed 0 0 0 0 1", .rejects = "1:price:required:"},
        {.file = "name,price,name\nPot,1,Pan\n", .rejects = "1:name:duplicate:"},
        {.file = "name,price,\nPot,1,\n", .rejects = "1::required:"},
        {.file = "", .outcome = "failed 0 0 0 0 0"},
        {.file = "name;price\nPot;1\n",
         .outcome = "failed 0 0 0 0 1",
         .rejects = "1:name;price:wrong_separator:"},
        {.file = "name,\xff\nPot,1\n",
         .outcome = "failed 0 0 0 0 1",
         .rejects = "1::invalid_utf8:"},
        {.model = &categories_model,
         .file = "name,items_count\nPots,1\n",
         .rejects = "1:items_count:read_only:"},
    };

    expect_all(state, cases, COUNT(cases));
}

/* The same checks as those of a body, each row by itself. */
static void test_rows(void **state)
{
    static const struct loading_case cases[] = {
        {.file = "name,price\nPot,1\nPan\nKettle,2,3\nLid,4\n", .rejects = "3::ragged: 4::ragged:"},
        {.file = "name,price\nPot,1\n\xff\xfe,2\nLid,4\n", .rejects = "3:name:invalid_utf8:"},
        {.file = "name,price\n,1\n\"\",2\n  ,3\nLid,x\nPot,1.005\n",
         .rejects = "2:name:required: 3:name:blank: 4:name:blank:   5:price:invalid_number:x "
                    "6:price:too_precise:1.005"},
        {.file = "name,price\nA,99999999.99\nB,100000000\nC,0\nD,-0.01\nE,1e2\n",
         .rejects =
             "3:price:too_large:100000000 5:price:too_small:-0.01 6:price:invalid_number:1e2"},
        {.file = "name,price,quantity\n ,-1,x\n",
         .rejects = "2:name:blank:  2:price:too_small:-1 2:quantity:not_an_integer:x"},
        {.file = "id,name,price\n1,A,1\n2,B,1\n1,C,1\n0,D,1\n9007199254740992,E,1\n",
         .rejects = "4:id:duplicate:1 5:id:not_an_id:0 6:id:too_large:9007199254740992"},
        /* Within the column table's bounds and outside of the database's. */
        {.file = "id,name,price,version\n1,A,1,1\n2,B,1,3000000000\n3,C,1,2\n",
         .rejects = "3::invalid:"},
        {.file = "name,price,category_id\nA,1,1\nB,1,2\nC,1,99\nD,1,1\n",
         .rejects = "3:category_id:not_found:2 4:category_id:not_found:99"},
        {.file =
             "name,price,created_at,is_active\nA,1,yesterday,true\nB,1,2020-01-01T00:00:00Z,yes\n",
         .rejects = "2:created_at:invalid_time:yesterday 3:is_active:not_a_boolean:yes"},
        {.format = "ndjson",
         .file =
             "{\"name\":\"A\",\"price\":1}\n{\"name\":\"B\",}\n[1]\n{\"name\":5,\"price\":\"1\"}\n"
             "{\"name\":\"C\",\"price\":1,\"colour\":1,\"search_text\":1}\n{\"price\":1,"
             "\"quantity\":null,\"name\":null}\n",
         .rejects = "2::malformed: 3::malformed: 4:name:not_a_text:5 4:price:not_a_number:1 "
                    "5:colour:unknown_field:1 5:search_text:unknown_field:1 "
                    "6:quantity:not_null: 6:name:not_null:"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct loading_case each = cases[i];

        /* All or nothing, tried, and what can be. */
        asking_text(loading_renew(*state), "TRUNCATE items RESTART IDENTITY");
        each.rows = "";
        each.dry_run = true;
        loading_expect(*state, &each);
        each.mode = "best_effort";
        loading_expect(*state, &each);
        each.dry_run = false;
        each.rows = NULL;
        loading_expect(*state, &each);
        asking_expect(&((struct loading *)*state)->database->scope,
                      "SELECT sum(rows_accepted) FILTER (WHERE id = m) = (SELECT count(*) FROM "
                      "items) AND sum(rows_accepted) FILTER (WHERE id = m) = sum(rows_accepted) "
                      "FILTER (WHERE id = m - 1) FROM imports, (SELECT max(id) AS m FROM imports) "
                      "AS last",
                      "t");
    }
}

/* One wrong row keeps the others out; the database's own refusals count, too, and are all told. */
static void test_all_or_nothing(void **state)
{
    struct loading *loading = *state;
    static const struct loading_case cases[] = {
        {.file = "name,price\nPot,1\nPan,x\n",
         .outcome = "failed 2 0 0 0 1",
         .rejects = "3:price:invalid_number:x",
         .rows = ""},
        {.model = &categories_model,
         .file = "name\nPots\nKitchen\nPans\nPots\n",
         .outcome = "failed 4 0 0 0 2",
         .rejects = "3:name:conflict:Kitchen 5:name:conflict:Pots",
         .rows = ""},
        {.model = &categories_model,
         .dry_run = true,
         .file = "name\nPots\nKitchen\n",
         .outcome = "failed 2 0 0 0 1",
         .rows = ""},
        {.model = &categories_model,
         .dry_run = true,
         .file = "name\nPots\nPans\n",
         .outcome = "succeeded 2 2 0 0 0",
         .rows = ""},
        {.model = &categories_model,
         .mode = "best_effort",
         .file = "id,name\n3,Pots\n4,Kitchen\n5,Pans\n6,Pots\n",
         .outcome = "succeeded 4 2 0 0 2",
         .rejects = "3:name:conflict:Kitchen 5:name:conflict:Pots",
         .rows = "3:Pots:0 5:Pans:0"},
    };

    expect_all(state, cases, COUNT(cases));
    asking_expect(&loading->database->scope, "SELECT error FROM imports WHERE id = 1",
                  "1 of 2 rows was refused, so none was kept");
    asking_expect(&loading->database->scope,
                  "SELECT message FROM import_rejects WHERE import_id = 2 ORDER BY line LIMIT 1",
                  "Another Category with this name exists already");
}

static void test_conflicts(void **state)
{
    struct loading *loading = *state;
    static const char file[] =
        "id,name,price,quantity\n1,New,5,9\n2,Same,2,0\n3,Away,1,1\n7,Added,7,7\n,Free,8,8\n";
    static const struct loading_case cases[] = {
        {.on_conflict = "error",
         .file = file,
         .outcome = "failed 5 0 0 0 3",
         .rejects = "2:id:conflict:1 3:id:conflict:2 4:id:conflict:3"},
        {.on_conflict = "error",
         .mode = "best_effort",
         .file = file,
         .outcome = "succeeded 5 2 0 0 3",
         .rows = "1:Old:1.00:1:0:1:on 2:Same:2.00:0:0:1:on 3:Away:3.00:0:0:1:off "
                 "7:Added:7.00:7:0:1:on 8:Free:8.00:8:0:1:on"},
        {.on_conflict = "skip",
         .file = file,
         .outcome = "succeeded 5 2 0 3 0",
         .rows = "1:Old:1.00:1:0:1:on 2:Same:2.00:0:0:1:on 3:Away:3.00:0:0:1:off "
                 "7:Added:7.00:7:0:1:on 8:Free:8.00:8:0:1:on"},
        {.on_conflict = "update",
         .mode = "best_effort",
         .file = file,
         .outcome = "succeeded 5 4 1 0 1",
         .unchanged = 1,
         .rejects = "4:id:not_found:3",
         .rows = "1:New:5.00:9:0:2:on 2:Same:2.00:0:0:1:on 3:Away:3.00:0:0:1:off "
                 "7:Added:7.00:7:0:1:on 8:Free:8.00:8:0:1:on"},
        /* Only what the file says changes; a new row must say what it must have. */
        {.on_conflict = "update",
         .mode = "best_effort",
         .file = "quantity,id\n5,1\n6,9\n7,\n",
         .outcome = "succeeded 3 1 1 0 2",
         .rejects = "3:name:required: 4:name:required:",
         .rows = "1:Old:1.00:5:0:2:on 2:Same:2.00:0:0:1:on 3:Away:3.00:0:0:1:off"},
        /* Back from deletion, and gone. */
        {.on_conflict = "update",
         .file = "id,is_active\n3,true\n2,false\n",
         .outcome = "succeeded 2 2 2 0 0",
         .rows = "1:Old:1.00:1:0:1:on 2:Same:2.00:0:0:2:off 3:Away:3.00:0:0:2:on"},
        {.on_conflict = "update",
         .format = "ndjson",
         .file = "{\"id\":1,\"quantity\":4}\n{\"id\":2,\"price\":3,\"category_id\":1}\n"
                 "{\"id\":5,\"name\":\"X\",\"price\":1}\n",
         .outcome = "succeeded 3 3 2 0 0",
         .rows = "1:Old:1.00:4:0:2:on 2:Same:3.00:0:1:2:on 3:Away:3.00:0:0:1:off "
                 "5:X:1.00:0:0:1:on"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        asking_text(loading_renew(loading), "TRUNCATE items RESTART IDENTITY");
        asking_text(&loading->database->scope,
                    "INSERT INTO items (name, price, quantity, is_active) VALUES ('Old', 1, 1, "
                    "true), ('Same', 2, 0, true), ('Away', 3, 0, false)");
        loading_expect(loading, &cases[i]);
        asking_expect(
            &loading->database->scope,
            "SELECT kept = actual FROM row_totals_compare('items', 'category_id') LIMIT 1", "t");
    }
}

/* Ids that come with a file are behind those given out afterwards, and in nobody's way. */
static void test_sequence(void **state)
{
    struct loading *loading = *state;
    static const struct loading_case ids = {.file = "id,name,price\n250000,A,1\n,B,1\n",
                                            .rows = "250000:A:1.00:0:0:1:on "
                                                    "250001:B:1.00:0:0:1:on"};
    static const struct loading_case lower = {.file = "id,name,price\n17,C,1\n"};

    loading_expect(loading, &ids);
    loading_expect(loading, &lower);
    asking_expect(loading_renew(loading),
                  "INSERT INTO items (name, price) VALUES ('D', 1) RETURNING id", "250002");
}

/* Rows may refer to rows further down; those that lead in a circle can be none of a tree. */
static void test_tree(void **state)
{
    static const struct loading_case cases[] = {
        {.model = &categories_model,
         .file = "id,name,parent_id\n10,Leaf,11\n11,Branch,12\n12,Root,\n13,Other,1\n",
         .outcome = "succeeded 4 4 0 0 0",
         .rows = "10:Leaf:11 11:Branch:12 12:Root:0 13:Other:1"},
        {.model = &categories_model,
         .mode = "best_effort",
         .file = "id,name,parent_id\n20,A,21\n21,B,20\n22,C,99\n23,D,12\n",
         .outcome = "succeeded 4 1 0 0 3",
         .rejects = "2:parent_id:cycle:21 3:parent_id:cycle:20 4:parent_id:not_found:99"},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        loading_expect(*state, &cases[i]);
}

static void test_upload_goes(void **state)
{
    struct loading *loading = *state;
    static const struct loading_case one = {.file = "name,price\nPot,1\n"};
    char path[FOLDER_PATH_SIZE + 16];

    loading_expect(loading, &one);
    snprintf(path, sizeof path, "%s/rows", loading->folder);
    assert_int_not_equal(access(path, F_OK), 0);
    asking_expect(&loading->database->scope, "SELECT file IS NULL AND concluded FROM imports", "t");
    /* Nothing is left to do, and nothing is done. */
    assert_int_equal(loading_run(loading, NULL, NULL), LOAD_CONCLUDED);
    asking_expect(&loading->database->scope, "SELECT count(*) FROM items", "1");
}

static void test_changed_file(void **state)
{
    struct loading *loading = *state;
    static const struct loading_case one = {.file = "name,price\nPot,1\n"};

    loading_order(loading, &one, one.file, strlen(one.file));
    folder_write(loading->folder, "rows", "name,price\nPot,12\n", 18);
    assert_int_equal(loading_run(loading, NULL, NULL), LOAD_CONCLUDED);
    asking_expect(&loading->database->scope, "SELECT status || ': ' || error FROM imports",
                  "failed: The file has changed since the import was ordered");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOADING_TEST("Columns come in any order, and lines end in any way", test_shapes),
        LOADING_TEST("Lines end within quotes, and NULL is not an empty text", test_quoted_lines),
        LOADING_TEST("A header that does not fit ends the import", test_headers),
        LOADING_TEST("Each row is refused for what a body would be, by line and column", test_rows),
        LOADING_TEST("One refused row keeps all others out", test_all_or_nothing),
        LOADING_TEST("Rows whose id is there are refused, skipped or changed", test_conflicts),
        LOADING_TEST("New ids begin behind those of a file", test_sequence),
        LOADING_TEST("Rows of a tree come in any order", test_tree),
        LOADING_TEST("An upload goes when its import is concluded", test_upload_goes),
        LOADING_TEST("A file that has changed is not read", test_changed_file),
    };

    return cmocka_run_group_tests_name("pipeline/load", tests, NULL, NULL);
}
