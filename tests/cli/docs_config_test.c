/* docs_config_test.c - CONFIG.md has every setting, and says what must be done for a change */
#include "cli/docs.h"

#include "keel/core/config.h"
#include "keel/core/scope.h"
#include "support/faults.h"
#include "support/unit.h"

#include <string.h>

static const char *write_all(struct scope *scope)
{
    struct buffer out;

    scope_begin(scope, NULL, NULL, NULL);
    buffer_init(&out, &scope->arena);
    docs_write_config(&out);
    assert_false(out.failed);
    return out.data;
}

/* The setting's row; the test fails unless there is exactly one. */
static const char *row_of(struct scope *scope, const char *text, const char *variable)
{
    const char *start = scope_format(scope, "\n| `%s` | ", variable);
    const char *row = strstr(text, start);

    if (!row || strstr(row + 1, start))
        unit_fail("%s has no row, or two", variable);
    return scope_copy(scope, row + 1, strcspn(row + 1, "\n"));
}

static void test_settings(void **state)
{
    struct scope scope;
    const char *text = write_all(&scope);

    (void)state;
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        const char *row = row_of(&scope, text, key->variable);
        const char *standard =
            *key->standard ? scope_format(&scope, "| `%s` |", key->standard) : "| empty |";

        assert_non_null(strstr(row, standard));
        assert_non_null(strstr(row, scope_format(&scope, "| %s |", key->readers)));
        /* The first words: a character further on may be escaped. */
        assert_non_null(strstr(row, scope_format(&scope, "%.12s", key->meaning)));
        if (key->section)
            assert_non_null(strstr(text, scope_format(&scope, "\n## %s\n", key->section)));
    }
    scope_end(&scope);
}

static void test_effects(void **state)
{
    static const struct {
        const char *variable, *part;
    } cases[] = {
        {"KEEL_MIGRATION_DATABASE_URL", "| keelctl | next call |"},
        {"KEEL_JWT_SECRET", "| secret text | worker, keelctl | restart |"},
        {"KEEL_MAX_BODY_BYTES", "| 1 to 1073741824 | worker | restart, web server |"},
        {"KEEL_CACHE_SECONDS", "| keelctl | web server |"},
        {"KEEL_ENV", "| `development`, `testing`, `production` | worker, keelctl | restart |"},
        {"KEEL_DB_PREPARED", "| `true` or `false` |"},
        {"KEEL_JWT_KID", "| text, 1 to 64 bytes |"},
        {"KEEL_BASE_PATH", "| text, up to 255 bytes |"},
    };
    struct scope scope;
    const char *text = write_all(&scope);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *row = row_of(&scope, text, cases[i].variable);

        if (!strstr(row, cases[i].part))
            unit_fail("there is no <%s> in: %s", cases[i].part, row);
    }
    scope_end(&scope);
}

static void test_no_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct scope scope;
        struct buffer out;

        scope_begin(&scope, NULL, NULL, NULL);
        buffer_init(&out, &scope.arena);
        docs_write_config(&out);
        faults_stop();
        assert_int_equal(out.failed, faults_hit());
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "every setting has one row, with its default, readers and meaning",
         .test_func = test_settings},
        {.name = "a row says which values there are and what a change takes",
         .test_func = test_effects},
        {.name = "without memory the document fails cleanly", .test_func = test_no_memory},
    };

    return cmocka_run_group_tests_name("docs_config", tests, NULL, NULL);
}
