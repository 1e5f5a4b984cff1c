/* cursor_test.c - tests of model/cursor: signed, bound, and nobody else's */
#include "keel/model/cursor.h"

#include "../support/faults.h"
#include "../support/unit.h"

#include "keel/core/config.h"
#include "keel/core/text.h"
#include "keel/model/list.h"

#include <string.h>

static const struct config config = {.cursor_key = {[15] = 1}};

static int begin(void **state)
{
    static struct scope scope;

    scope_begin(&scope, &config, NULL, NULL);
    *state = &scope;
    return 0;
}

static int end(void **state)
{
    scope_end(*state);
    return 0;
}

static bool decodes(struct scope *scope, const char *table, const char *text)
{
    const char *sort;
    const char *const *values;
    size_t count;

    return cursor_decode(scope, table, text, &sort, &values, &count);
}

static void test_round_trip(void **state)
{
    static const char *const values[] = {"", "12:34", "käse\n", "2026-01-12 10:00:00+00", "17"};
    struct scope *scope = *state;
    const char *sort;
    const char *const *found;
    size_t count;

    for (size_t n = 1; n <= COUNT(values); n++) {
        const char *text = cursor_encode(scope, "things", "-price,name", values, n);

        assert_non_null(text);
        assert_true(cursor_decode(scope, "things", text, &sort, &found, &count));
        assert_string_equal(sort, "-price,name");
        assert_int_equal(count, n);
        for (size_t i = 0; i < n; i++)
            assert_string_equal(found[i], values[i]);
    }
}

static const char *make(struct scope *scope)
{
    return cursor_encode(scope, "things", "-id", (const char *const[]){"4711"}, 1);
}

static void test_table(void **state)
{
    const char *text = make(*state);

    assert_true(decodes(*state, "things", text));
    assert_false(decodes(*state, "others", text));
    assert_false(decodes(*state, "thing", text));
    assert_false(decodes(*state, "", text));
    assert_int_equal(((struct scope *)*state)->error.kind, ERR_NONE);
}

static void test_secret(void **state)
{
    struct config other = {.cursor_key = {[15] = 2}};
    struct scope scope;

    scope_begin(&scope, &other, NULL, NULL);
    assert_false(decodes(&scope, "things", make(*state)));
    scope_end(&scope);
}

static void test_tampered(void **state)
{
    struct scope *scope = *state;
    const char *text = make(scope);
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++) {
        for (int bit = 0; bit < 7; bit++) {
            char *copy = scope_copy(scope, text, length);

            copy[i] = (char)(copy[i] ^ 1 << bit);
            assert_false(decodes(scope, "things", copy));
        }
        assert_false(decodes(scope, "things", scope_copy(scope, text, i)));
    }
    assert_false(decodes(scope, "things", scope_format(scope, "%sA", text)));
    assert_false(decodes(scope, "things", scope_format(scope, "%s=", text)));
    assert_false(decodes(scope, "things", ""));
}

/* Signed by us, but not with what a cursor holds: what a later version may have made. */
static void test_signed_nonsense(void **state)
{
    struct scope *scope = *state;
    static const char *const none[] = {"x"};
    const char *many[LIST_SORT_MAX + 2];

    assert_false(decodes(scope, "things", cursor_encode(scope, "things", "-id", none, 0)));
    for (size_t i = 0; i < COUNT(many); i++)
        many[i] = "1";
    assert_false(
        decodes(scope, "things", cursor_encode(scope, "things", "-id", many, COUNT(many))));
    /*
     * The table's name and the fields are signed as one text; a colon must not move between them.
     */
    assert_false(decodes(scope, "a", cursor_encode(scope, "a:3", "-id", none, 1)));
}

static void test_no_memory(void **state)
{
    struct scope *scope = *state;
    const char *good = make(scope);

    faults_begin();
    while (faults_next()) {
        const char *text = make(scope);

        faults_stop();
        assert_int_equal(text != NULL, !faults_hit());
        assert_int_equal(scope->error.kind, text ? ERR_NONE : ERR_UNAVAILABLE);
        scope_clear_error(scope);
    }
    assert_true(faults_count() > 2);
    faults_begin();
    while (faults_next()) {
        bool done = decodes(scope, "things", good);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        scope_clear_error(scope);
    }
    assert_true(faults_count() > 2);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, begin, end, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("what goes in comes out", test_round_trip),
        TEST("a cursor of one table is none of another", test_table),
        TEST("one made with another secret is none", test_secret),
        TEST("one changed in any bit is none", test_tampered),
        TEST("one signed with a wrong number of values is none", test_signed_nonsense),
        TEST("lack of memory is an error and no cursor", test_no_memory),
    };

    return cmocka_run_group_tests_name("model/cursor", tests, NULL, NULL);
}
