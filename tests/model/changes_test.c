/* changes_test.c - tests of model/changes: what a body or an update changed, as JSON */
#include "keel/model/changes.h"

#include "../support/asking.h"
#include "../support/faults.h"
#include "../support/thing.h"
#include "../support/unit.h"

#include "keel/core/json.h"
#include "keel/model/store.h"

#include <string.h>

static int make(void **state)
{
    test_database_make(state);
    struct test_database *database = *state;

    asking_text(&database->scope, things_table);
    asking_text(&database->scope,
                "INSERT INTO things (name, price, note, due_at, email, secret) VALUES ('first', 1, "
                "'so', '2026-01-12 10:00:00Z', 'a@b.cd', '1234'), ('second', 2, NULL, NULL, NULL, "
                "NULL)");
    test_database_renew(database);
    return 0;
}

static struct input decode(struct scope *scope, const struct model *model, unsigned use,
                           const char *text)
{
    struct json_object *body;
    struct input input;

    assert_true(json_parse(scope, text, strlen(text), &body));
    if (!input_decode(scope, model, use, body, &input))
        unit_fail("%s\n", scope->error.message);
    return input;
}

static void test_input(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct input input =
        decode(scope, &things_model, CREATE,
               "{\"name\":\"a\\\"b\",\"price\":19.90,\"amount\":-0,\"is_open\":false,\"note\":null,"
               "\"due_at\":\"2026-01-12T11:00:00+01:00\",\"parent_id\":4,\"secret\":\"12345\"}");

    assert_string_equal(
        changes_of_input(scope, &input),
        "{\"name\":{\"to\":\"a\\\"b\"},\"note\":{\"to\":null},\"price\":{\"to\":19.90},"
        "\"amount\":{\"to\":0},\"parent_id\":{\"to\":4},\"is_open\":{\"to\":false},"
        "\"due_at\":{\"to\":\"2026-01-12T11:00:00+01:00\"}}");
    input = decode(scope, &things_model, UPDATE | PARTIAL, "{}");
    assert_string_equal(changes_of_input(scope, &input), "{}");
}

/* A body that no table holds: its columns are never READ, and secrets are marked. */
struct grant {
    const char *token;
    const char *password;
    struct texts scopes;
};

static const struct column grant_columns[] = {
    {TEXT(struct grant, token), .uses = CREATE, .secret = true, .doc = "Token."},
    {TEXT(struct grant, password), .uses = CREATE, .format = "password", .doc = "Password."},
    {TEXTS(struct grant, scopes), .uses = CREATE, .most = 3, .doc = "Scopes."},
};

static const struct model grant_model = {
    .name = "Grant", COLUMNS(grant_columns), .size = sizeof(struct grant)};

static void test_secrets(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct input input =
        decode(scope, &grant_model, CREATE,
               "{\"token\":\"t\",\"password\":\"p\",\"scopes\":[\"a:b\",\"\\n{\\\"}\"]}");

    assert_string_equal(changes_of_input(scope, &input),
                        "{\"scopes\":{\"to\":[\"a:b\",\"\\n{\\\"}\"]}}");
}

/* What an update of the first thing tells. */
static void expect_update(struct test_database *database, unsigned use, const char *body,
                          const char *expected)
{
    struct scope *scope = &database->scope;
    struct input input = decode(scope, &things_model, use, body);
    bool replace = !(use & PARTIAL);
    struct rows rows;

    if (!store_update(scope, 1, &input, replace, &rows))
        unit_fail("%s (%s)\n", scope->error.message, scope->error.detail);
    assert_string_equal(store_changes(scope, &input, replace, &rows), expected);
    test_database_renew(database);
}

static void test_update(void **state)
{
    struct test_database *database = *state;

    expect_update(database, UPDATE | PARTIAL, "{}", "{}");
    expect_update(database, UPDATE | PARTIAL,
                  "{\"name\":\"first\",\"price\":1.00,\"due_at\":\"2026-01-12T11:00:00+01:00\"}",
                  "{}");
    expect_update(
        database, UPDATE | PARTIAL,
        "{\"price\":0.3,\"note\":null,\"parent_id\":2,\"is_open\":false,"
        "\"due_at\":\"2026-01-12T10:00:00.5Z\"}",
        "{\"note\":{\"from\":\"so\",\"to\":null},"
        "\"price\":{\"from\":1.00,\"to\":0.30},"
        "\"parent_id\":{\"from\":null,\"to\":2},"
        "\"is_open\":{\"from\":true,\"to\":false},"
        "\"due_at\":{\"from\":\"2026-01-12T10:00:00Z\",\"to\":\"2026-01-12T10:00:00.5Z\"}}");
    /* What is absent gets its default, and that is a change. The secret stays, and out of this. */
    expect_update(database, UPDATE, "{\"name\":\"first\",\"price\":0.30,\"amount\":9}",
                  "{\"amount\":{\"from\":7,\"to\":9},"
                  "\"parent_id\":{\"from\":2,\"to\":null},"
                  "\"is_open\":{\"from\":false,\"to\":true},"
                  "\"due_at\":{\"from\":\"2026-01-12T10:00:00.5Z\",\"to\":null},"
                  "\"email\":{\"from\":\"a@b.cd\",\"to\":null}}");
}

/* As large as `count` characters of several bytes. */
static const char *repeat(struct scope *scope, size_t count)
{
    struct buffer text;

    buffer_init(&text, &scope->arena);
    for (size_t i = 0; i < count; i++)
        buffer_add_text(&text, i % 2 ? "\"" : "茶");
    assert_false(text.failed);
    return text.data;
}

static void test_long(void **state)
{
    static const struct {
        size_t length, told;
    } cases[] = {{999, 999}, {1000, 1000}, {1001, 1001}, {5000, 1001}};
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scope *scope = &database->scope;
        struct input input = decode(scope, &things_model, UPDATE | PARTIAL, "{\"note\":\"x\"}");
        struct rows rows;

        input_set(&input, "note", repeat(scope, cases[i].length));
        assert_true(store_update(scope, 1, &input, false, &rows));
        const char *stored = store_changes(scope, &input, false, &rows);

        assert_true(asking_query(
            scope,
            "SELECT length($1::jsonb #>> '{note,to}'), length($2::jsonb #>> '{note,to}'), "
            "right($1::jsonb #>> '{note,to}', 1) = '…'",
            PARAMS(stored, changes_of_input(scope, &input)), &rows));
        assert_int_equal(row_int(&rows, 0, 0), cases[i].told);
        assert_int_equal(row_int(&rows, 0, 1), cases[i].told);
        assert_int_equal(row_bool(&rows, 0, 2), cases[i].length > CHANGES_TEXT_MAX);
        test_database_renew(database);
    }
}

static void test_one(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_string_equal(changes_of_one(scope, "a", "1", "[2]"), "{\"a\":{\"from\":1,\"to\":[2]}}");
    assert_string_equal(changes_of_one(scope, "a", NULL, "null"), "{\"a\":{\"to\":null}}");
    assert_string_equal(changes_of_text(scope, "a", "\"b\"", ""),
                        "{\"a\":{\"from\":\"\\\"b\\\"\",\"to\":\"\"}}");
}

static void test_no_memory(void **state)
{
    struct test_database *database = *state;
    const struct input input = decode(&database->scope, &things_model, CREATE,
                                      "{\"name\":\"ab\",\"price\":1,\"note\":\"so\"}");

    faults_begin();
    while (faults_next()) {
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        const char *changes = changes_of_input(&scope, &input);

        faults_stop();
        assert_int_equal(changes == NULL, faults_hit());
        assert_int_equal(scope.error.kind, faults_hit() ? ERR_UNAVAILABLE : ERR_NONE);
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a body tells what each field is set to", test_input),
        TEST("secrets are not told, lists are", test_secrets),
        TEST("an update tells what each changed field was and is", test_update),
        TEST("of a long text the first thousand characters are told", test_long),
        TEST("a handler can tell of one field by itself", test_one),
        TEST("lack of memory is an error", test_no_memory),
    };

    return cmocka_run_group_tests_name("model/changes", tests, NULL, NULL);
}
