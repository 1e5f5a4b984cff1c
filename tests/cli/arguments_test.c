/* arguments_test.c - options are read in any place, and what nobody reads is refused */
#include "cli/arguments.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#define WORD_MAX 8

struct call {
    struct cli cli;
    char *words[WORD_MAX];
};

static int begin(void **state)
{
    struct call *call = calloc(1, sizeof *call);

    assert_non_null(call);
    scope_begin(&call->cli.scope, NULL, NULL, NULL);
    *state = call;
    return 0;
}

static int end(void **state)
{
    struct call *call = *state;

    scope_end(&call->cli.scope);
    free(call);
    return 0;
}

/* Begins a new call with the words of `line`, which single spaces separate. */
static struct cli *words(void **state, const char *line)
{
    struct call *call = *state;
    int count = 0;

    scope_end(&call->cli.scope);
    call->cli = (struct cli){0};
    scope_begin(&call->cli.scope, NULL, NULL, NULL);
    for (const char *word = line; *word;) {
        size_t length = strcspn(word, " ");

        assert_true(count < WORD_MAX);
        call->words[count] = scope_copy(&call->cli.scope, word, length);
        assert_non_null(call->words[count++]);
        word += length + (word[length] == ' ');
    }
    call->cli.arguments = (struct arguments){call->words, count};
    return &call->cli;
}

static void test_flag(void **state)
{
    struct cli *cli = words(state, "up --dry-run 3");

    assert_true(arguments_flag(cli, "--dry-run"));
    assert_false(arguments_flag(cli, "--dry-run"));
    assert_false(arguments_flag(cli, "--dry"));
    assert_string_equal(arguments_next(cli), "up");
    assert_string_equal(arguments_next(cli), "3");
    assert_null(arguments_next(cli));
    assert_true(arguments_end(cli));
}

static void test_value(void **state)
{
    static const char *const lines[] = {"up --dir here", "--dir here up", "--dir=here up",
                                        "up --dir=here"};
    const char *value;

    for (size_t i = 0; i < COUNT(lines); i++) {
        struct cli *cli = words(state, lines[i]);

        assert_true(arguments_value(cli, "--dir", &value));
        assert_string_equal(value, "here");
        assert_string_equal(arguments_next(cli), "up");
        assert_true(arguments_end(cli));
    }
    struct cli *cli = words(state, "--dirty x --dir= up");

    assert_true(arguments_value(cli, "--dir", &value));
    assert_string_equal(value, "");
    assert_true(arguments_value(cli, "--dir", &value));
    assert_null(value);
    assert_false(arguments_end(cli));
}

static void test_missing_value(void **state)
{
    static const char *const lines[] = {"up --dir", "--dir --json", "--dir -- x"};
    const char *value;

    for (size_t i = 0; i < COUNT(lines); i++) {
        struct cli *cli = words(state, lines[i]);

        assert_false(arguments_value(cli, "--dir", &value));
        assert_true(cli->misused);
        assert_string_equal(cli->scope.error.message, "--dir needs a value.");
    }
}

static void test_repeated(void **state)
{
    struct cli *cli = words(state, "--role a x --role=b");
    const char *value;

    assert_true(arguments_value(cli, "--role", &value));
    assert_string_equal(value, "a");
    assert_true(arguments_value(cli, "--role", &value));
    assert_string_equal(value, "b");
    assert_true(arguments_value(cli, "--role", &value));
    assert_null(value);
}

static void test_number(void **state)
{
    static const char *const wrong[] = {"--wait=x", "--wait=-1", "--wait=11",
                                        "--wait=", "--wait=99999999999999999999"};
    int64_t number = 7;

    assert_true(arguments_number(words(state, "up"), "--wait", 0, 10, &number));
    assert_int_equal(number, 7);
    assert_true(arguments_number(words(state, "--wait 10"), "--wait", 0, 10, &number));
    assert_int_equal(number, 10);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct cli *cli = words(state, wrong[i]);

        assert_false(arguments_number(cli, "--wait", 0, 10, &number));
        assert_true(cli->misused);
        assert_int_equal(number, 10);
    }
    assert_true(arguments_number(words(state, "--by -5 up"), "--by", -10, 10, &number));
    assert_int_equal(number, -5);
    assert_string_equal(arguments_next(words(state, "-5")), "-5");
}

static void test_end_of_options(void **state)
{
    struct cli *cli = words(state, "a -- --json -x");

    assert_false(arguments_flag(cli, "--json"));
    assert_string_equal(arguments_next(cli), "a");
    assert_string_equal(arguments_next(cli), "--json");
    assert_string_equal(arguments_next(cli), "-x");
    assert_null(arguments_next(cli));
    assert_true(arguments_end(cli));
}

static void test_left_over(void **state)
{
    static const char *const lines[] = {"--frob", "word", "-- word", "-x"};

    for (size_t i = 0; i < COUNT(lines); i++) {
        struct cli *cli = words(state, lines[i]);

        assert_false(arguments_end(cli));
        assert_true(cli->misused);
        assert_non_null(strstr(cli->scope.error.message, "is not expected here"));
    }
    assert_string_equal(arguments_next(words(state, "-")), "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("a flag is found in any place, once", test_flag),
        FIXTURE_TEST("a value follows its option or an equals sign", test_value),
        FIXTURE_TEST("an option without its value is misuse", test_missing_value),
        FIXTURE_TEST("an option that may be repeated is read until none is left", test_repeated),
        FIXTURE_TEST("a number outside its bounds is misuse and changes nothing", test_number),
        FIXTURE_TEST("words behind -- are no options", test_end_of_options),
        FIXTURE_TEST("what nobody read is misuse, and a lone - is a word", test_left_over),
    };

    return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
