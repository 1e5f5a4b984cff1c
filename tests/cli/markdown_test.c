/* markdown_test.c - the pieces that generated documents are made of */
#include "cli/markdown.h"

#include "support/unit.h"

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static void test_text(void **state)
{
    struct buffer out;

    (void)state;
    buffer_init(&out, &arena);
    markdown_text(&out, "a|b *c* <d> `e` [f] \\ created_at");
    assert_string_equal(out.data, "a\\|b \\*c\\* \\<d> \\`e\\` \\[f] \\\\ created_at");
}

static void test_choices(void **state)
{
    struct buffer out;

    (void)state;
    buffer_init(&out, &arena);
    markdown_choices(&out, "one");
    buffer_add_char(&out, ' ');
    markdown_choices(&out, "a|b|c");
    assert_string_equal(out.data, "`one` `a`, `b`, `c`");
}

static void test_headings(void **state)
{
    struct buffer out;

    (void)state;
    buffer_init(&out, &arena);
    markdown_heading(&out, 1, "One");
    markdown_heading(&out, 2, "Two");
    buffer_add_text(&out, "Text.\n");
    markdown_heading(&out, 2, "Three");
    assert_string_equal(out.data, "# One\n\n## Two\n\nText.\n\n## Three\n\n");
}

static void test_table(void **state)
{
    static const char *const headings[] = {"a", "b", NULL};
    struct buffer out;

    (void)state;
    buffer_init(&out, &arena);
    markdown_table(&out, headings);
    assert_string_equal(out.data, "| a | b |\n|---|---|\n");
}

static void test_links(void **state)
{
    struct buffer out;

    (void)state;
    buffer_init(&out, &arena);
    markdown_link(&out, "one", "POST /api/items/{id}/a_b-c");
    assert_string_equal(out.data, "[one](#post-apiitemsida_b-c)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("text that would be markup is escaped", test_text),
        FIXTURE_TEST("choices are listed one by one", test_choices),
        FIXTURE_TEST("a heading has one empty line on each side", test_headings),
        FIXTURE_TEST("a table has a head and a rule", test_table),
        FIXTURE_TEST("a link leads to the anchor that GitHub gives a heading", test_links),
    };

    return cmocka_run_group_tests_name("markdown", tests, NULL, NULL);
}
