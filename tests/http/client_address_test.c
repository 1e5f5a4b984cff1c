/* client_address_test.c - tests of http/client_address: whom to believe */
#include "http/client_address.h"

#include "../support/faults.h"
#include "../support/unit.h"

#include "keel/core/config.h"
#include "keel/http/request.h"

#include <string.h>

#define TRUSTED "10.0.0.0/8 ::1"

static const struct {
    const char *trusted, *remote, *forwarded, *client;
} cases[] = {
    {"", "10.0.0.1", "6.6.6.6", "10.0.0.1"},
    {TRUSTED, "192.0.2.1", "6.6.6.6", "192.0.2.1"},
    {TRUSTED, "10.0.0.1", NULL, "10.0.0.1"},
    {TRUSTED, "10.0.0.1", "", "10.0.0.1"},
    {TRUSTED, "10.0.0.1", "192.0.2.9", "192.0.2.9"},
    {TRUSTED, "10.0.0.1", "6.6.6.6, 192.0.2.9", "192.0.2.9"},
    {TRUSTED, "10.0.0.1", "6.6.6.6,192.0.2.9,10.0.0.7", "192.0.2.9"},
    {TRUSTED, "10.0.0.1", "6.6.6.6 , 192.0.2.9 , 10.0.0.7 ", "192.0.2.9"},
    {TRUSTED, "10.0.0.1", "10.0.0.8, 10.0.0.7", "10.0.0.8"},
    {TRUSTED, "::1", "2001:db8::5", "2001:db8::5"},
    {TRUSTED, "10.0.0.1", "unknown", "10.0.0.1"},
    {TRUSTED, "10.0.0.1", "192.0.2.9, unknown", "10.0.0.1"},
    {TRUSTED, "10.0.0.1", "192.0.2.9, unknown, 10.0.0.7", "10.0.0.7"},
    {TRUSTED, "10.0.0.1", "192.0.2.9,", "10.0.0.1"},
    {TRUSTED, "10.0.0.1", ",", "10.0.0.1"},
    {TRUSTED, "10.0.0.1", ",,,", "10.0.0.1"},
    {TRUSTED, "10.0.0.1", " ", "10.0.0.1"},
    {TRUSTED, "10.0.0.1", "192.0.2.9\" }{", "10.0.0.1"},
    {TRUSTED, "10.0.0.1", "192.0.2.9:8080", "10.0.0.1"},
    {TRUSTED, NULL, "192.0.2.9", ""},
    {TRUSTED, "", "192.0.2.9", ""},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct config config = {.trusted_proxies = cases[i].trusted};
        struct scope scope;

        scope_begin(&scope, &config, NULL, NULL);
        const char *client = client_address(&scope, cases[i].remote, cases[i].forwarded);

        if (strcmp(client, cases[i].client) != 0)
            unit_fail("%s, %s: %s\n", cases[i].remote, cases[i].forwarded, client);
        scope_end(&scope);
    }
}

static void test_settings(void **state)
{
    static const struct {
        const char *networks;
        bool taken;
    } settings[] = {
        {"", true},           {"10.0.0.0/8 ::1", true}, {"10.0.0.0/8,::1", true},
        {"localhost", false}, {"10.0.0.0/33", false},   {"::1 10.0.0.0/", false},
        {"10.0.0", false},    {"10.0.0.0/8 x", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(settings); i++) {
        const char *networks = settings[i].networks;
        const struct config configs[] = {{.trusted_proxies = networks, .metrics_networks = ""},
                                         {.trusted_proxies = "", .metrics_networks = networks}};

        for (size_t k = 0; k < COUNT(configs); k++) {
            struct scope scope;

            scope_begin(&scope, &configs[k], NULL, NULL);
            if (request_check_settings(&scope) != settings[i].taken)
                unit_fail("<%s>\n", networks);
            assert_int_equal(scope.error.kind, settings[i].taken ? ERR_NONE : ERR_VALIDATION);
            scope_end(&scope);
        }
    }
}

static void test_no_memory(void **state)
{
    struct config config = {.trusted_proxies = TRUSTED};

    (void)state;
    faults_begin();
    while (faults_next()) {
        struct scope scope;

        scope_begin(&scope, &config, NULL, NULL);
        const char *client = client_address(&scope, "10.0.0.1", "192.0.2.9, 10.0.0.7");

        faults_stop();
        assert_non_null(client);
        assert_int_equal(scope.error.kind, faults_hit() ? ERR_UNAVAILABLE : ERR_NONE);
        assert_string_not_equal(client, faults_hit() ? "192.0.2.9" : "10.0.0.1");
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"the rightmost address that no trusted proxy has is the client's", test_cases, NULL, NULL,
         NULL},
        {"a proxy that cannot be understood stops the start", test_settings, NULL, NULL, NULL},
        {"lack of memory is an error, not another client", test_no_memory, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("http/client_address", tests, NULL, NULL);
}
