/* network_test.c - tests of core/network: addresses and networks */
#include "keel/core/network.h"

#include "../support/unit.h"

#include <string.h>

static const struct {
    const char *address, *networks;
    bool is_in;
} memberships[] = {
    {"10.1.2.3", "10.0.0.0/8", true},
    {"11.1.2.3", "10.0.0.0/8", false},
    {"10.1.2.3", "192.0.2.0/24 10.0.0.0/8", true},
    {"10.1.2.3", "192.0.2.0/24,10.0.0.0/8", true},
    {"192.0.2.127", "192.0.2.0/25", true},
    {"192.0.2.128", "192.0.2.0/25", false},
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.2", "192.0.2.1", false},
    {"192.0.2.1", "192.0.2.1/32", true},
    {"8.8.8.8", "0.0.0.0/0", true},
    {"::1", "0.0.0.0/0", false},
    {"::1", "::1", true},
    {"::2", "::1", false},
    {"2001:db8::7", "2001:db8::/32", true},
    {"2001:db9::7", "2001:db8::/32", false},
    {"2001:db8:8000::", "2001:db8::/33", false},
    {"10.1.2.3", "10.0.0.0/33", false},
    {"10.1.2.3", "10.0.0.0/-1", false},
    {"10.1.2.3", "10.0.0.0/", false},
    {"10.1.2.3", "10.0.0.0/8x", false},
    {"10.1.2.3", "nonsense 10.0.0.0/8", true},
    {"10.1.2.3", "10.0.0.0/+8", false},
    {"10.1.2.3", "10.0.0.0/08", true},
    {"10.1.2.3", "10.9.9.9/8", true},
    {"10.1.2.3", "0.0.0.0/-0", false},
    {"::ffff:10.1.2.3", "10.0.0.0/8", true},
    {"::ffff:11.1.2.3", "10.0.0.0/8", false},
    {"::ffff:10.1.2.3", "::/0", false},
    {"::1.2.3.4", "1.2.3.4", false},
    {"10.1.2.3", "", false},
    {"10.1.2.3", "   ", false},
    {"unix:", "unix:", false},
    {"", "0.0.0.0/0", false},
    {"10.1.2", "10.0.0.0/8", false},
    {"010.1.2.3", "10.0.0.0/8", false},
    {"10.1.2.3",
     "1000000000000000000000000000000000000000000000000000000000000000000000000/8 10.0.0.0/8",
     true},
};

static void test_memberships(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(memberships); i++) {
        if (network_holds(memberships[i].networks, memberships[i].address) != memberships[i].is_in)
            unit_fail("%s in <%s>\n", memberships[i].address, memberships[i].networks);
    }
}

static const struct {
    const char *text;
    bool is_address, is_network;
} words[] = {
    {"192.0.2.1", true, true},
    {"::1", true, true},
    {"2001:db8::/32", false, true},
    {"10.0.0.0/32", false, true},
    {"10.0.0.0/0", false, true},
    {"10.0.0.0/33", false, false},
    {"::/129", false, false},
    {"10.0.0.0/", false, false},
    {"10.0.0.0/8/8", false, false},
    {"/8", false, false},
    {"10.0.0", false, false},
    {" 10.0.0.1", false, false},
    {"10.0.0.1 ", false, false},
    {"fe80::1%eth0", false, false},
    {"unix:", false, false},
    {"localhost", false, false},
    {"", false, false},
};

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        if (network_is_address(words[i].text) != words[i].is_address ||
            network_is_valid(words[i].text, strlen(words[i].text)) != words[i].is_network)
            unit_fail("<%s>\n", words[i].text);
    }
}

static void test_entries(void **state)
{
    static const char *const expected[] = {"10.0.0.0/8", "::1", "x"};
    const char *at = " 10.0.0.0/8, ::1  ,x ";
    size_t length;

    (void)state;
    for (size_t i = 0; i < COUNT(expected); i++, at += length) {
        length = network_next(&at);
        assert_int_equal(length, strlen(expected[i]));
        assert_memory_equal(at, expected[i], length);
    }
    assert_int_equal(network_next(&at), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"an address lies in a network or not", test_memberships, NULL, NULL, NULL},
        {"only whole addresses and networks are ones", test_words, NULL, NULL, NULL},
        {"a list is gone through entry by entry", test_entries, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("core/network", tests, NULL, NULL);
}
