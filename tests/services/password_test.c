/* password_test.c - tests of services/password: argon2id with the parameters of the settings */
#include "keel/services/password.h"

#include "../support/faults.h"
#include "../support/unit.h"

#include "keel/core/config.h"

#include <string.h>

static const struct config config = {
    .argon2_memory_kib = 64, .argon2_passes = 2, .argon2_lanes = 1};

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

static bool matches(struct scope *scope, const char *hash, const char *password)
{
    bool same;

    assert_true(password_verify(scope, hash, password, &same));
    return same;
}

static void test_round_trip(void **state)
{
    static const char *const passwords[] = {"correct horse battery", "", "ä", " a ", "a\n"};
    struct scope *scope = *state;

    for (size_t i = 0; i < COUNT(passwords); i++) {
        const char *hash;

        assert_true(password_hash(scope, passwords[i], &hash));
        assert_memory_equal(hash, "$argon2id$v=19$m=64,t=2,p=1$", 28);
        assert_true(matches(scope, hash, passwords[i]));
        assert_false(matches(scope, hash, "another"));
        assert_false(password_is_outdated(&config, hash));
        assert_true(passwords[i][0] == '\0' || !strstr(hash, passwords[i]));
    }
}

static void test_every_byte_counts(void **state)
{
    struct scope *scope = *state;
    char password[1025];
    const char *hash;

    memset(password, 'x', 1024);
    password[1024] = '\0';
    assert_true(password_hash(scope, password, &hash));
    assert_true(matches(scope, hash, password));
    password[1023] = 'y';
    assert_false(matches(scope, hash, password));
    password[1023] = '\0';
    assert_false(matches(scope, hash, password));
}

static void test_salted(void **state)
{
    const char *one, *two;

    assert_true(password_hash(*state, "same", &one));
    assert_true(password_hash(*state, "same", &two));
    assert_string_not_equal(one, two);
}

static void test_outdated(void **state)
{
    struct config dearer = config;
    const char *hash;

    assert_true(password_hash(*state, "x", &hash));
    dearer.argon2_memory_kib = 128;
    assert_true(password_is_outdated(&dearer, hash));
    dearer = config;
    dearer.argon2_passes = 3;
    assert_true(password_is_outdated(&dearer, hash));
    assert_true(password_is_outdated(&config, "$2b$12$abc"));
    assert_true(password_is_outdated(&config, ""));
}

/* What somebody else wrote into the column must not take the memory or the time of the process. */
static void test_absurd(void **state)
{
    static const char *const hashes[] = {
        "",
        "x",
        "!",
        "$2b$12$abcdefghijklmnopqrstuu",
        "$argon2i$v=19$m=64,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo",
        "$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo",
        "$argon2id$v=19$m=64,t=4294967295,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo",
        "$argon2id$v=19$m=64,t=2,p=16777215$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo",
        "$argon2id$v=19$m=99999999999999999999,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo",
        "$argon2id$v=19$m=-1,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo",
        "$argon2id$v=19$m=64,t=2,p=1$",
        "$argon2id$v=19$m=64,t=2,p=1$c2FsdHNhbHRzYWx0$",
        "$argon2id$v=19$m=64,t=2,p=1$!!!!$aGFzaGhhc2hoYXNo",
        "$argon2id$v=19$m=1,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo",
    };
    struct scope *scope = *state;

    for (size_t i = 0; i < COUNT(hashes); i++) {
        bool same = true;

        if (password_verify(scope, hashes[i], "x", &same))
            unit_fail("<%s> was computed\n", hashes[i]);
        assert_false(same);
        assert_int_equal(scope->error.kind, ERR_INTERNAL);
        scope_clear_error(scope);
    }
}

static const struct config_key *find_key(const char *name)
{
    for (size_t i = 0; i < config_key_count; i++) {
        if (strcmp(config_keys[i].name, name) == 0)
            return &config_keys[i];
    }
    unit_fail("there is no setting %s\n", name);
    return NULL;
}

/*
 * Else everybody is locked out by a setting that was accepted. Memory is left small: it is costly.
 */
static void test_largest(void **state)
{
    struct scope *scope = *state;
    struct config largest = config;
    const char *hash;

    largest.argon2_passes = find_key("argon2_passes")->max;
    largest.argon2_lanes = find_key("argon2_lanes")->max;
    largest.argon2_memory_kib = largest.argon2_lanes * 8;
    scope->config = &largest;
    assert_true(password_hash(scope, "x", &hash));
    assert_true(matches(scope, hash, "x"));
}

static void test_no_memory(void **state)
{
    const char *hash;

    faults_begin();
    while (faults_next()) {
        bool done = password_hash(*state, "x", &hash);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        scope_clear_error(*state);
    }
    assert_true(faults_count() > 0);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, begin, end, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a password matches its hash and no other does", test_round_trip),
        TEST("every byte of a long password counts", test_every_byte_counts),
        TEST("the same password has another hash each time", test_salted),
        TEST("a hash of older parameters wants renewal", test_outdated),
        TEST("a hash of absurd parameters is refused, not computed", test_absurd),
        TEST("a hash of the largest parameters that the settings take is compared", test_largest),
        TEST("lack of memory is an error", test_no_memory),
    };

    return cmocka_run_group_tests_name("services/password", tests, NULL, NULL);
}
