/* selection_test.c - tests of model/selection: which columns are read, joined and written */
#include "keel/model/store.h"

#include "../support/asking.h"
#include "../support/faults.h"
#include "../support/thing.h"
#include "../support/unit.h"

#include <string.h>

static int begin(void **state)
{
    static struct scope scope;

    scope_begin(&scope, NULL, NULL, NULL);
    *state = &scope;
    return 0;
}

static int end(void **state)
{
    scope_end(*state);
    return 0;
}

/* With "fields=... include=...", either of which may be NULL. */
static bool decode(struct scope *scope, const char *fields, const char *include,
                   struct selection *selection)
{
    const struct pair pairs[] = {{fields ? "fields" : "page", fields},
                                 {include ? "include" : "sort", include}};

    return selection_decode(scope, &things_model, (struct pairs){pairs, COUNT(pairs)}, selection);
}

static void expect_sql(struct scope *scope, const struct selection *selection, const char *columns,
                       const char *joins)
{
    struct buffer text;

    buffer_init(&text, &scope->arena);
    selection_add_columns(&text, selection);
    assert_string_equal(text.data, columns);
    buffer_clear(&text);
    buffer_add_text(&text, "");
    selection_add_joins(&text, selection);
    assert_string_equal(text.length ? text.data : "", joins);
}

#define ALL                                                                                        \
    "things.id, things.name, things.note, things.price, things.amount, things.parent_id, "         \
    "things.is_open, things.due_at, things.email, (SELECT json_build_array(name, amount)) AS "     \
    "tags, things.is_active, things.version, things.created_at"

static void test_all(void **state)
{
    struct selection selection, same;

    selection_all(&things_model, &selection);
    expect_sql(*state, &selection, ALL, "");
    assert_true(decode(*state, NULL, NULL, &same));
    assert_memory_equal(&same, &selection, sizeof same);
    assert_int_equal(selection_find(&selection, model_find(&things_model, "id")), 0);
    assert_int_equal(selection_find(&selection, model_find(&things_model, "created_at")), 12);
    assert_int_equal(selection_find(&selection, model_find(&things_model, "secret")), -1);
    assert_int_equal(selection_find(&selection, model_find(&things_model, "children")), -1);
}

static void test_fields(void **state)
{
    struct selection selection;

    assert_true(decode(*state, "price,id", NULL, &selection));
    expect_sql(*state, &selection, "things.id, things.price", "");
    assert_true(decode(*state, "tags", NULL, &selection));
    expect_sql(*state, &selection, "(SELECT json_build_array(name, amount)) AS tags", "");
}

#define CHILDREN "(SELECT count(*) FROM things AS child WHERE child.parent_id = things.id)"

static void test_asked(void **state)
{
    struct selection selection;

    assert_true(decode(*state, "id", "children", &selection));
    expect_sql(*state, &selection, "things.id, " CHILDREN " AS children", "");
    assert_true(decode(*state, NULL, "children", &selection));
    assert_int_equal(selection.column_count, 14);
}

#define PARENT                                                                                     \
    "\"parent.id\", \"parent.name\", \"parent.note\", \"parent.price\", \"parent.amount\", "       \
    "\"parent.parent_id\", \"parent.is_open\", \"parent.due_at\", \"parent.email\", "              \
    "\"parent.tags\", \"parent.is_active\", \"parent.version\", \"parent.created_at\""

static void test_joined(void **state)
{
    struct selection selection;

    assert_true(decode(*state, "name", "children,parent", &selection));
    expect_sql(
        *state, &selection, "things.name, " CHILDREN " AS children, " PARENT,
        " LEFT JOIN (SELECT things.id AS \"parent.id\", things.name AS \"parent.name\", "
        "things.note AS \"parent.note\", things.price AS \"parent.price\", things.amount AS "
        "\"parent.amount\", things.parent_id AS \"parent.parent_id\", things.is_open AS "
        "\"parent.is_open\", things.due_at AS \"parent.due_at\", things.email AS \"parent.email\", "
        "(SELECT json_build_array(name, amount)) AS \"parent.tags\", things.is_active AS "
        "\"parent.is_active\", things.version AS \"parent.version\", things.created_at AS "
        "\"parent.created_at\" FROM things) AS \"parent.row\" ON \"parent.id\" = "
        "things.parent_id");
}

static void test_version(void **state)
{
    struct selection selection;

    assert_true(decode(*state, NULL, NULL, &selection));
    assert_true(selection_has_version(&selection));
    assert_true(decode(*state, "id", NULL, &selection));
    assert_true(selection_has_version(&selection));
    assert_true(decode(*state, NULL, "children", &selection));
    assert_false(selection_has_version(&selection));
    assert_true(decode(*state, "id", "parent", &selection));
    assert_false(selection_has_version(&selection));
}

static const struct {
    const char *fields, *include;
    const char *field, *code;
} wrong[] = {
    {"", NULL, "fields", "empty_name"},
    {",", NULL, "fields", "empty_name"},
    {"id,", NULL, "fields", "empty_name"},
    {",id", NULL, "fields", "empty_name"},
    {"id,,name", NULL, "fields", "empty_name"},
    {"colour", NULL, "fields", "unknown_name"},
    {"ID", NULL, "fields", "unknown_name"},
    {"i", NULL, "fields", "unknown_name"},
    {"idd", NULL, "fields", "unknown_name"},
    {" id", NULL, "fields", "unknown_name"},
    {"secret", NULL, "fields", "unknown_name"},
    {"children", NULL, "fields", "unknown_name"},
    {"parent", NULL, "fields", "unknown_name"},
    {"things.id", NULL, "fields", "unknown_name"},
    {"id) FROM users --", NULL, "fields", "unknown_name"},
    {"*", NULL, "fields", "unknown_name"},
    {"id,name,id", NULL, "fields", "duplicate"},
    {NULL, "", "include", "empty_name"},
    {NULL, "parent,", "include", "empty_name"},
    {NULL, "parent_id", "include", "unknown_name"},
    {NULL, "paren", "include", "unknown_name"},
    {NULL, "name", "include", "unknown_name"},
    {NULL, "parent.parent", "include", "unknown_name"},
    {NULL, "parent,parent", "include", "duplicate"},
    {NULL, "children,parent,children", "include", "duplicate"},
};

static void test_wrong(void **state)
{
    struct scope *scope = *state;

    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct selection selection;
        bool done = decode(scope, wrong[i].fields, wrong[i].include, &selection);
        const struct field_error *error = scope->error.fields;

        if (done || strcmp(error->code, wrong[i].code) != 0)
            unit_fail("fields=%s include=%s: %s\n", wrong[i].fields, wrong[i].include,
                      done ? "taken" : error->code);
        assert_string_equal(error->field, wrong[i].field);
        assert_null(error->next);
        scope_clear_error(scope);
    }
}

static void test_both_wrong(void **state)
{
    struct scope *scope = *state;
    struct selection selection;

    assert_false(decode(scope, "colour", "colour", &selection));
    assert_string_equal(scope->error.fields->field, "fields");
    assert_string_equal(scope->error.fields->next->field, "include");
    assert_string_equal(scope->error.message, "fields cannot name colour here");
}

/* More references than one answer joins. */
static void test_too_many(void **state)
{
    struct column columns[SELECTION_INCLUDE_MAX + 2] = {
        {COLUMN_NAME("id"), .kind = KIND_INT, .uses = READ, .doc = "Identifier."}};
    static const char *const names[] = {"a_id", "b_id", "c_id", "d_id", "e_id"};
    struct model model = {.name = "Wide", .table = "wide", .columns = columns, .column_count = 6};
    const struct pair good = {"include", "a,b,c,d"}, bad = {"include", "a,b,c,d,e"};
    struct scope *scope = *state;
    struct selection selection;

    assert_int_equal(COUNT(names), SELECTION_INCLUDE_MAX + 1);
    for (size_t i = 0; i < COUNT(names); i++)
        columns[i + 1] = (struct column){.name = names[i],
                                         .key = ",\"other\":",
                                         .kind = KIND_INT,
                                         .uses = READ,
                                         .references = &model,
                                         .doc = "Other."};
    assert_true(model_check(scope, &model));
    assert_true(selection_decode(scope, &model, (struct pairs){&good, 1}, &selection));
    assert_int_equal(selection.inclusion_count, SELECTION_INCLUDE_MAX);
    assert_false(selection_decode(scope, &model, (struct pairs){&bad, 1}, &selection));
    assert_string_equal(scope->error.fields->code, "too_many");
}

static void expect_choices(const struct parameter *parameter, const char *name,
                           const char *const *choices, size_t count)
{
    assert_string_equal(parameter->name, name);
    assert_int_equal(parameter->kind, PARAMETER_NAMES);
    assert_non_null(parameter->doc);
    assert_int_equal(parameter->max, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(parameter->choices[i], choices[i]);
    assert_null(parameter->choices[count]);
}

static void test_parameters(void **state)
{
    static const char *const fields[] = {"id",        "name",    "note",      "price", "amount",
                                         "parent_id", "is_open", "due_at",    "email", "tags",
                                         "is_active", "version", "created_at"};
    static const char *const includes[] = {"parent", "children"};
    struct parameters parameters = {0};

    assert_true(selection_parameters(*state, &things_model, &parameters));
    assert_int_equal(parameters.count, 2);
    expect_choices(&parameters.list[0], "fields", fields, COUNT(fields));
    expect_choices(&parameters.list[1], "include", includes, COUNT(includes));
    assert_true(selection_takes("fields"));
    assert_true(selection_takes("include"));
    assert_false(selection_takes("field"));
}

/* A model that has nothing to include does not offer it. */
static void test_nothing_to_include(void **state)
{
    static const struct column columns[] = {
        {COLUMN_NAME("id"), .kind = KIND_INT, .uses = READ, .doc = "Identifier."}};
    static const struct model model = {.name = "Plain", .table = "plain", COLUMNS(columns)};
    struct parameters parameters = {0};

    assert_true(selection_parameters(*state, &model, &parameters));
    assert_int_equal(parameters.count, 1);
    assert_string_equal(parameters.list[0].name, "fields");
}

static void test_no_memory(void **state)
{
    struct scope *scope = *state;

    faults_begin();
    while (faults_next()) {
        struct selection selection;
        struct parameters parameters = {0};
        bool done = decode(scope, "id,name", "parent,children", &selection) &&
                    selection_parameters(scope, &things_model, &parameters);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        assert_int_equal(scope->error.kind, done ? ERR_NONE : ERR_UNAVAILABLE);
        scope_clear_error(scope);
    }
    assert_true(faults_count() > 15);
}

static int make(void **state)
{
    test_database_make(state);
    struct test_database *database = *state;

    asking_text(&database->scope, things_table);
    asking_text(&database->scope,
                "INSERT INTO things (name, price, parent_id, created_at) VALUES ('root', 1, NULL, "
                "'2026-01-01Z'), ('leaf', 2, 1, '2026-01-02Z'), ('lost', 3, 2, '2026-01-03Z')");
    asking_text(&database->scope, "UPDATE things SET is_active = false WHERE id = 2");
    test_database_renew(database);
    return 0;
}

/* The row as it is written with these, read by store_select(). */
static const char *read_row(struct scope *scope, int64_t id, const char *fields,
                            const char *include)
{
    struct selection selection;
    struct rows rows;
    struct buffer text;

    if (!decode(scope, fields, include, &selection) || !store_select(scope, &selection, id, &rows))
        unit_fail("%s (%s)\n", scope->error.message, scope->error.detail);
    assert_string_equal(row_text(&rows, 0, PQfnumber(rows.result, "version")), "1");
    buffer_init(&text, &scope->arena);
    selection_write_row(&text, &selection, &rows, 0);
    return text.data;
}

static void test_written(void **state)
{
    struct scope *scope = &((struct test_database *)*state)->scope;

    assert_string_equal(read_row(scope, 1, "name,id", NULL), "{\"id\":1,\"name\":\"root\"}");
    assert_string_equal(read_row(scope, 1, "id", "children"), "{\"id\":1,\"children\":1}");
    assert_string_equal(read_row(scope, 1, "name", "parent"),
                        "{\"name\":\"root\",\"parent\":null}");
    assert_string_equal(read_row(scope, 3, "tags", "parent,children"),
                        "{\"tags\":[\"lost\", 7],\"children\":0,\"parent\":{\"id\":2,\"name\":"
                        "\"leaf\",\"note\":null,\"price\":2.00,\"amount\":7,\"parent_id\":1,"
                        "\"is_open\":true,\"due_at\":null,\"email\":null,\"tags\":[\"leaf\", 7],"
                        "\"is_active\":false,\"version\":1,\"created_at\":"
                        "\"2026-01-02T00:00:00Z\"}}");
}

/* The struct holds what was selected, and nothing of what was in it before. */
static void test_load(void **state)
{
    struct scope *scope = &((struct test_database *)*state)->scope;
    struct selection selection;
    struct thing thing;
    struct rows rows;

    memset(&thing, 1, sizeof thing);
    assert_true(decode(scope, "id,amount", "children,parent", &selection));
    assert_true(store_select(scope, &selection, 1, &rows));
    assert_true(selection_load(scope, &selection, &rows, 0, &thing));
    assert_int_equal(thing.id, 1);
    assert_int_equal(thing.amount, 7);
    assert_int_equal(thing.children, 1);
    assert_null(thing.name);
    assert_int_equal(thing.version, 0);
}

/* The join is one index look-up per row, not a scan of what it joins. */
static void test_plan(void **state)
{
    struct scope *scope = &((struct test_database *)*state)->scope;
    struct selection selection;
    struct buffer text;
    struct rows rows;
    bool uses_index = false;

    asking_text(scope, "INSERT INTO things (name, price, parent_id) SELECT 'n' || i, 1, 1 FROM "
                       "generate_series(1, 5000) i");
    asking_text(scope, "ANALYZE things");
    assert_true(decode(scope, "id", "parent", &selection));
    buffer_init(&text, &scope->arena);
    buffer_add_text(&text, "EXPLAIN SELECT ");
    selection_add_columns(&text, &selection);
    buffer_add_text(&text, " FROM things");
    selection_add_joins(&text, &selection);
    buffer_add_text(&text, " WHERE id > 3 ORDER BY id LIMIT 20");
    assert_true(asking_query(scope, text.data, NO_PARAMS, &rows));
    for (int row = 0; row < rows.count; row++) {
        const char *line = row_text(&rows, row, 0);

        assert_null(strstr(line, "Seq Scan"));
        uses_index = uses_index || strstr(line, "things_pkey on things things_1");
    }
    assert_true(uses_index);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, begin, end, NULL                                                       \
    }
#define DATABASE_TEST(sentence, function)                                                          \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("what nobody asks about is every READ column in order", test_all),
        TEST("fields cuts the columns and keeps their order", test_fields),
        TEST("a column to be asked for is there when it is asked for", test_asked),
        TEST("another row's columns come from one join", test_joined),
        TEST("only a row by itself is told by its version", test_version),
        TEST("unknown, doubled and empty names are refused", test_wrong),
        TEST("both lists are told of at once", test_both_wrong),
        TEST("joins are bounded", test_too_many),
        TEST("what can be named can be told", test_parameters),
        TEST("a model without references offers no include", test_nothing_to_include),
        TEST("lack of memory is an error", test_no_memory),
        DATABASE_TEST("a row is written with what was asked for", test_written),
        DATABASE_TEST("a row is loaded as far as it was selected", test_load),
        DATABASE_TEST("a join looks up by index", test_plan),
    };

    return cmocka_run_group_tests_name("model/selection", tests, NULL, NULL);
}
