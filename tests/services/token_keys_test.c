/* token_keys_test.c - tests of services/token_keys: keys that are read, judged, and come and go */
#include "keys.h"

#include "../support/faults.h"

#include <sys/stat.h>

/* RSA of 512 bits. */
static const char weak_rsa[] = "-----BEGIN PUBLIC KEY-----\n"
                               "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf\n"
                               "9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==\n"
                               "-----END PUBLIC KEY-----\n";

static const struct {
    const char *file, *text, *says;
} broken[] = {
    {"a.pem", "", "no key in PEM"},
    {"a.pem", "nonsense", "no key in PEM"},
    {"a.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no key in PEM"},
    {"a.pem", weak_rsa, "2048 bits"},
    {"a.secret", "short", "shorter than 32 bytes"},
    {"a.secret", "", "shorter than 32 bytes"},
    {"a.b.pem", "x", "cannot name a key"},
    {"k1.secret", "a secret of thirty-two bytes, at least", "two keys with the kid k1"},
    {"signing", "../k1", "names no key"},
    {"signing", "", "names no key"},
    {"signing", "nobody", "is to sign"},
};

static void test_broken(void **state)
{
    struct keys_fixture *fixture = *state;
    char path[FOLDER_PATH_SIZE + 80];
    struct token_keys *keys;

    fixture->config.jwt_secret = SECRET;
    for (size_t i = 0; i < COUNT(broken); i++) {
        keys_write(fixture, broken[i].file, broken[i].text);
        keys_refused(fixture, token_keys_open(&fixture->scope, &keys), ERR_INTERNAL,
                     broken[i].says);
        assert_null(keys);
        snprintf(path, sizeof path, "%s/%s", fixture->folder, broken[i].file);
        assert_int_equal(remove(path), 0);
    }
    assert_true(token_keys_open(&fixture->scope, &fixture->scope.token_keys));
}

static void test_open_to_all(void **state)
{
    struct keys_fixture *fixture = *state;
    char path[FOLDER_PATH_SIZE + 80];
    struct token_keys *keys;

    keys_add(fixture, "a", TOKEN_ES256);
    keys_add(fixture, "b", TOKEN_ES256);
    snprintf(path, sizeof path, "%s/a.pem", fixture->folder);
    assert_int_equal(chmod(path, 0644), 0);
    keys_refused(fixture, token_keys_open(&fixture->scope, &keys), ERR_INTERNAL, "everybody");
    assert_int_equal(chmod(path, 0640), 0);
    assert_true(key_folder_retire(&fixture->scope, "b"));
    /* The public half is everybody's. */
    snprintf(path, sizeof path, "%s/b.pem", fixture->folder);
    assert_int_equal(chmod(path, 0644), 0);
    assert_true(token_keys_open(&fixture->scope, &fixture->scope.token_keys));
}

static void test_weak_secret(void **state)
{
    struct keys_fixture *fixture = *state;
    struct key_set set;

    keys_write(fixture, "a.secret", "your-secret-key-your-secret-key-your-secret-key\n");
    assert_true(key_set_read(&fixture->scope, &fixture->scope.arena, &set));
    assert_string_equal(set.list[0].signing, "your-secret-key-your-secret-key-your-secret-key");
    fixture->config.environment = ENV_PRODUCTION;
    keys_refused(fixture, key_set_read(&fixture->scope, &fixture->scope.arena, &set), ERR_INTERNAL,
                 "weak");
}

static void test_nothing(void **state)
{
    struct keys_fixture *fixture = *state;
    struct token_keys *keys;
    const char *token;

    keys_refused(fixture, token_keys_open(&fixture->scope, &keys), ERR_INTERNAL, "No key signs");
    assert_false(token_issue(&fixture->scope, (struct token_subject){1, 5}, &token));
    assert_int_equal(fixture->scope.error.kind, ERR_INTERNAL);
    scope_clear_error(&fixture->scope);
    fixture->config.key_folder = "/nowhere/at/all";
    keys_refused(fixture, token_keys_open(&fixture->scope, &keys), ERR_INTERNAL, "/nowhere");
}

static void open_keys(struct keys_fixture *fixture)
{
    if (!token_keys_open(&fixture->scope, &fixture->scope.token_keys))
        unit_fail("%s\n", fixture->scope.error.message);
    fixture->scope.now = NOW * 1000000;
}

static const char *issue(struct keys_fixture *fixture)
{
    const char *token;

    if (!token_issue(&fixture->scope, (struct token_subject){17, 5}, &token))
        unit_fail("%s\n", fixture->scope.error.message);
    return token;
}

/* Every algorithm, both ways; and a token lives as long as its key is there. */
static void test_rotation(void **state)
{
    static const enum token_algorithm algorithms[] = {TOKEN_ES256, TOKEN_RS256, TOKEN_HS256,
                                                      TOKEN_ES256};
    struct keys_fixture *fixture = *state;
    struct scope *scope = &fixture->scope;
    const char *tokens[COUNT(algorithms) + 1];

    fixture->config.jwt_secret = SECRET;
    open_keys(fixture);
    tokens[0] = issue(fixture);
    for (size_t i = 0; i < COUNT(algorithms); i++) {
        const char *kid = scope_format(scope, "n%zu", i);

        keys_add(fixture, kid, algorithms[i]);
        assert_true(key_folder_sign(scope, kid));
        tokens[i + 1] = issue(fixture);
        for (size_t t = 0; t <= i + 1; t++)
            assert_int_equal(verify(scope, tokens[t]), 17);
    }
    assert_true(key_folder_retire(scope, "n0") && key_folder_retire(scope, "n1"));
    for (size_t t = 0; t < COUNT(tokens); t++)
        assert_int_equal(verify(scope, tokens[t]), 17);
    assert_true(key_folder_remove(scope, "n1"));
    assert_int_equal(verify(scope, tokens[1]), 17);
    assert_int_equal(verify(scope, tokens[2]), 0);
    assert_int_equal(verify(scope, tokens[4]), 17);
}

/* A key by its kid alone: what another one signed, or another algorithm made of it, is refused. */
static void test_confusion(void **state)
{
    struct keys_fixture *fixture = *state;
    struct scope *scope = &fixture->scope;
    struct key_set set;

    keys_add(fixture, "e", TOKEN_ES256);
    keys_add(fixture, "r", TOKEN_RS256);
    keys_add(fixture, "h", TOKEN_HS256);
    open_keys(fixture);
    assert_true(key_set_read(scope, &scope->arena, &set));
    for (size_t i = 0; i < set.count; i++) {
        const struct token_key *key = &set.list[i];

        for (int algorithm = 0; algorithm < TOKEN_ALGORITHM_COUNT; algorithm++) {
            const char *name = token_algorithm_name((enum token_algorithm)algorithm);
            const char *header = scope_format(
                scope, "{\"typ\":\"JWT\",\"alg\":\"%s\",\"kid\":\"%s\"}", name, key->kid);
            bool is_own = key->algorithm == TOKEN_HS256 && algorithm == TOKEN_HS256;

            /* The public key, which everybody has, as the secret of an HMAC. */
            assert_int_equal(verify(scope, craft(scope, header, CLAIMS, key->verifying)),
                             is_own ? 17 : 0);
            assert_int_equal(verify(scope, craft(scope, header, CLAIMS, SECRET)), 0);
        }
        const char *none =
            scope_format(scope, "{\"typ\":\"JWT\",\"alg\":\"none\",\"kid\":\"%s\"}", key->kid);

        assert_int_equal(verify(scope, craft(scope, none, CLAIMS, key->verifying)), 0);
    }
}

/* A token with the header of another one. */
static const char *swap(struct scope *scope, const char *header, const char *token)
{
    return scope_format(scope, "%.*s%s", (int)strcspn(header, "."), header, strchr(token, '.'));
}

static void test_swapped(void **state)
{
    static const char *const kids[] = {"e1", "e2", "r1", "r2", "h1", "h2"};
    static const enum token_algorithm algorithms[] = {TOKEN_ES256, TOKEN_ES256, TOKEN_RS256,
                                                      TOKEN_RS256, TOKEN_HS256, TOKEN_HS256};
    struct keys_fixture *fixture = *state;
    const char *tokens[COUNT(kids)];

    for (size_t i = 0; i < COUNT(kids); i++)
        keys_add(fixture, kids[i], algorithms[i]);
    open_keys(fixture);
    for (size_t i = 0; i < COUNT(kids); i++) {
        assert_true(key_folder_sign(&fixture->scope, kids[i]));
        tokens[i] = issue(fixture);
    }
    for (size_t i = 0; i < COUNT(kids); i++) {
        for (size_t j = 0; j < COUNT(kids); j++)
            assert_int_equal(verify(&fixture->scope, swap(&fixture->scope, tokens[i], tokens[j])),
                             i == j ? 17 : 0);
    }
}

/* Each place of a signature counts. */
static void test_changed(void **state)
{
    struct keys_fixture *fixture = *state;
    struct scope *scope = &fixture->scope;

    keys_add(fixture, "e", TOKEN_ES256);
    open_keys(fixture);
    const char *token = issue(fixture);
    size_t length = strlen(token);

    for (size_t at = (size_t)(strrchr(token, '.') - token) + 1; at < length; at++) {
        char *copy = scope_copy(scope, token, length);

        copy[at] = copy[at] == 'A' ? 'B' : 'A';
        assert_int_equal(verify(scope, copy), 0);
        assert_int_equal(verify(scope, scope_format(scope, "%.*s", (int)at, token)), 0);
    }
    assert_int_equal(verify(scope, token), 17);
}

/* A folder that cannot be read any more takes nobody's sign-in away. */
static void test_broken_later(void **state)
{
    struct keys_fixture *fixture = *state;
    struct scope *scope = &fixture->scope;
    char path[FOLDER_PATH_SIZE + 80];

    keys_add(fixture, "a", TOKEN_ES256);
    open_keys(fixture);
    const char *token = issue(fixture);

    keys_write(fixture, "b.pem", "half a k");
    assert_int_equal(verify(scope, token), 17);
    assert_int_equal(verify(scope, issue(fixture)), 17);
    snprintf(path, sizeof path, "%s/b.pem", fixture->folder);
    assert_int_equal(remove(path), 0);
    keys_add(fixture, "b", TOKEN_ES256);
    assert_true(key_folder_sign(scope, "b") && key_folder_remove(scope, "a"));
    assert_int_equal(verify(scope, token), 0);
    assert_int_equal(verify(scope, issue(fixture)), 17);
    fixture->config.key_folder = "/nowhere/at/all";
    assert_int_equal(verify(scope, issue(fixture)), 17);
}

static void test_no_memory(void **state)
{
    struct keys_fixture *fixture = *state;
    struct scope *scope = &fixture->scope;
    struct token_keys *keys;

    keys_add(fixture, "e", TOKEN_ES256);
    keys_add(fixture, "h", TOKEN_HS256);
    faults_begin();
    while (faults_next()) {
        bool opened = token_keys_open(scope, &keys);

        faults_stop();
        assert_int_equal(opened, !faults_hit());
        assert_int_equal(scope->error.kind, opened ? ERR_NONE : ERR_UNAVAILABLE);
        scope_clear_error(scope);
        token_keys_close(keys);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEYS_TEST("a broken key, a weak one and a wrong name keep the process from starting",
                  test_broken),
        KEYS_TEST("so does a private key that everybody may read", test_open_to_all),
        KEYS_TEST("production takes no well-known secret", test_weak_secret),
        KEYS_TEST("without a key that signs nothing starts", test_nothing),
        KEYS_TEST("keys rotate while their tokens live", test_rotation),
        KEYS_TEST("a public key is no secret, and none no algorithm", test_confusion),
        KEYS_TEST("no key verifies what another one signed", test_swapped),
        KEYS_TEST("a signature changed anywhere is refused", test_changed),
        KEYS_TEST("a folder that breaks later leaves the keys from before", test_broken_later),
        KEYS_TEST("lack of memory is said, and nothing is lost", test_no_memory),
    };

    return cmocka_run_group_tests_name("services/token_keys", tests, NULL, NULL);
}
