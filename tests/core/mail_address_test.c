/* mail_address_test.c - tests of core/mail_address: one address stays one address */
#include "keel/core/mail_address.h"

#include "support/faults.h"
#include "support/unit.h"

#include <string.h>

static int begin(void **state)
{
    static struct arena arena;

    arena_init(&arena);
    *state = &arena;
    return 0;
}

static int end(void **state)
{
    arena_free(*state);
    return 0;
}

static void test_taken(void **state)
{
    static const struct {
        const char *text, *spec, *domain;
    } cases[] = {
        {"ada@example.com", "ada@example.com", "example.com"},
        {"Ada.Lovelace+x@Example.COM", "Ada.Lovelace+x@Example.COM", "Example.COM"},
        {"o'brien@example.com", "o'brien@example.com", "example.com"},
        {"ada@localhost", "ada@localhost", "localhost"},
        {"ada@[192.0.2.1]", "ada@[192.0.2.1]", "[192.0.2.1]"},
        {"ada@[IPv6:2001:db8::1]", "ada@[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"},
        {"jörg@bücher.example", "jörg@bücher.example", "bücher.example"},
        {"x,victim@example.com", "\"x,victim\"@example.com", "example.com"},
        {"<x>@example.com", "\"<x>\"@example.com", "example.com"},
        {"a@b@example.com", "\"a@b\"@example.com", "example.com"},
        {"a..b@example.com", "\"a..b\"@example.com", "example.com"},
        {".a@example.com", "\".a\"@example.com", "example.com"},
        {"a\"b@example.com", "\"a\\\"b\"@example.com", "example.com"},
        {"a\\@example.com", "\"a\\\\\"@example.com", "example.com"},
        {"\"a,b\"@example.com", "\"a,b\"@example.com", "example.com"},
        {"\"a\\\"@example.com", "\"\\\"a\\\\\\\"\"@example.com", "example.com"},
        {"-oQ/tmp@example.com", "-oQ/tmp@example.com", "example.com"},
    };
    struct mail_address address;

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (!mail_address_take(*state, cases[i].text, &address))
            unit_fail("%s is refused", cases[i].text);
        assert_string_equal(address.spec, cases[i].spec);
        assert_string_equal(address.domain, cases[i].domain);
        assert_string_equal(address.name, "");
    }
}

static void test_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@example.com\r\nBcc: victim@example.com",
        "ada\n@example.com",
        "ada@exa\nmple.com",
        "ada\t@example.com",
        "ada@example.com, victim@example.com",
        "ada@example.com,victim.example.com",
        "ada@example.com>",
        "ada@exa mple.com",
        "a da@example.com",
        "ada@example..com",
        "ada@.example.com",
        "ada@example.com.",
        "ada@example.com;x",
        "ada@[192.0.2.1",
        "ada@[x]",
        "ada@[]",
        "ada\x7F@example.com",
        "ada\xC2\x85@example.com",
        "ada\xFF@example.com",
        "0123456789012345678901234567890123456789012345678901234567890123x@example.com",
    };
    struct mail_address address;

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (mail_address_take(*state, cases[i], &address))
            unit_fail("%s is taken as %s", cases[i], address.spec);
        assert_non_null(address.spec);
    }
}

static void test_long_domain(void **state)
{
    char text[300] = "a@";
    struct mail_address address;

    memset(text + 2, 'x', 255);
    assert_true(mail_address_take(*state, text, &address));
    text[257] = 'x';
    assert_false(mail_address_take(*state, text, &address));
}

static void test_names(void **state)
{
    static const struct {
        const char *text, *name, *spec;
    } cases[] = {
        {"keel@example.com", "", "keel@example.com"},
        {"<keel@example.com>", "", "keel@example.com"},
        {"Keel <keel@example.com>", "Keel", "keel@example.com"},
        {"Ada's Shop, Ltd.  <keel@example.com>", "Ada's Shop, Ltd.", "keel@example.com"},
        {"\"Ada, Ltd.\" <keel@example.com>", "Ada, Ltd.", "keel@example.com"},
        {"Bücher <keel@example.com>", "Bücher", "keel@example.com"},
        {"a < b <keel@example.com>", "a < b", "keel@example.com"},
        {"\" <keel@example.com>", "\"", "keel@example.com"},
    };
    static const char *const refused[] = {
        "Keel",         "Keel <keel>", "Keel <keel@example.com", "Keel\r\nX: <keel@example.com>",
        "Keel <a b@c>", "<>"};
    struct mail_address address;

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (!mail_address_read(*state, cases[i].text, &address))
            unit_fail("%s is refused", cases[i].text);
        assert_string_equal(address.name, cases[i].name);
        assert_string_equal(address.spec, cases[i].spec);
    }
    for (size_t i = 0; i < COUNT(refused); i++) {
        if (mail_address_read(*state, refused[i], &address))
            unit_fail("%s is taken", refused[i]);
    }
}

static void test_no_memory(void **state)
{
    struct mail_address address;

    (void)state;
    faults_begin();
    while (faults_next()) {
        struct arena arena;

        arena_init(&arena);
        bool ok = mail_address_read(&arena, "Keel <\"a b\"@example.com>", &address) ||
                  mail_address_read(&arena, "Keel <a,b@example.com>", &address);

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        assert_int_equal(ok, address.spec != NULL);
        arena_free(&arena);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("an address is taken, and quoted where it must be", test_taken),
        FIXTURE_TEST("what is no address, or more than one, is refused", test_refused),
        FIXTURE_TEST("a domain has at most 255 bytes", test_long_domain),
        FIXTURE_TEST("a name may stand in front", test_names),
        FIXTURE_TEST("without memory it fails and says so", test_no_memory),
    };

    return cmocka_run_group_tests_name("core/mail_address", tests, NULL, NULL);
}
