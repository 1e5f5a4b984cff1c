/* address_test.c - tests of core/address: which client an IP address belongs to */
#include "keel/core/address.h"

#include "support/unit.h"

static void test_clients(void **state)
{
    static const struct {
        const char *address, *client;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"2001:db8:0:1::1", "2001:db8:0:1::"},
        {"2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::"},
        {"2001:DB8:0:1::", "2001:db8:0:1::"},
        {"::1", "::"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"", ""},
        {"unix:", "unix:"},
        {"no address at all, and far longer than one could ever be",
         "no address at all, and far longer than one co"},
    };
    char client[ADDRESS_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        address_to_client(cases[i].address, client);
        assert_string_equal(client, cases[i].client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "one customer's addresses are one client", .test_func = test_clients},
    };

    return cmocka_run_group_tests_name("core/address", tests, NULL, NULL);
}
