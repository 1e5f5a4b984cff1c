/* cache_test.c - tests of middleware/cache: who may keep an answer, as its row says */
#include "stage.h"

static void test_cases(void **state)
{
    static const struct {
        enum cache cache;
        const char *authorization, *said;
    } cases[] = {
        {CACHE_NONE, NULL, NULL},
        {CACHE_NONE, "Bearer x", NULL},
        {CACHE_CHECK, NULL, "no-cache"},
        {CACHE_CHECK, "Bearer x", "private, no-cache"},
        {CACHE_PUBLIC, NULL, "public, no-cache"},
        {CACHE_PUBLIC, "Bearer x", "private, no-cache"},
        {CACHE_PUBLIC, "0", "private, no-cache"},
        {CACHE_MINUTES, NULL, "public, max-age=300"},
        {CACHE_MINUTES, "Bearer x", "private, max-age=300"},
    };
    struct stage *stage = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        stage->route.cache = cases[i].cache;
        stage->exchange.request.authorization = cases[i].authorization;
        const char *said = cache_control(&stage->exchange);

        assert_int_equal(said != NULL, cases[i].said != NULL);
        if (said)
            assert_string_equal(said, cases[i].said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST("what is somebody's own is never public", test_cases),
    };

    return cmocka_run_group_tests_name("middleware/cache", tests, NULL, NULL);
}
