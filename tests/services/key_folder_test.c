/* key_folder_test.c - tests of services/key_folder: keys made, put in charge and taken out of use
 */
#include "keys.h"

#include <sys/wait.h>
#include <unistd.h>

static const struct token_key *find(struct keys_fixture *fixture, const char *kid,
                                    struct key_set *set)
{
    if (!key_set_read(&fixture->scope, &fixture->scope.arena, set))
        unit_fail("%s\n", fixture->scope.error.message);
    return key_set_find(set, kid);
}

/* The kid of the key that signs. */
static const char *signer(struct keys_fixture *fixture)
{
    struct key_set set;

    find(fixture, "", &set);
    return set.signer ? set.signer->kid : "none";
}

static void test_first(void **state)
{
    struct keys_fixture *fixture = *state;
    struct key_set set;
    bool signs;

    assert_true(key_folder_add(&fixture->scope, "a", TOKEN_ES256, &signs));
    assert_true(signs);
    assert_true(key_folder_add(&fixture->scope, "b", TOKEN_ES256, &signs));
    assert_false(signs);
    assert_string_equal(signer(fixture), "a");
    assert_true(key_folder_sign(&fixture->scope, "b"));
    assert_string_equal(signer(fixture), "b");
    assert_null(find(fixture, "c", &set));
    assert_int_equal(set.count, 2);
}

/* While the setting's key signs, a new one waits. */
static void test_setting(void **state)
{
    struct keys_fixture *fixture = *state;
    struct key_set set;
    bool signs;

    fixture->config.jwt_secret = SECRET;
    assert_true(key_folder_add(&fixture->scope, "a", TOKEN_ES256, &signs));
    assert_false(signs);
    assert_string_equal(signer(fixture), "k1");
    assert_null(find(fixture, "k1", &set)->jwk);
    assert_true(key_folder_sign(&fixture->scope, "a"));
    assert_string_equal(signer(fixture), "a");
    assert_true(key_folder_sign(&fixture->scope, "k1"));
    assert_string_equal(signer(fixture), "k1");
    keys_refused(fixture, key_folder_add(&fixture->scope, "k1", TOKEN_ES256, &signs), ERR_CONFLICT,
                 "already");
}

static void test_kinds(void **state)
{
    struct keys_fixture *fixture = *state;
    struct key_set set;

    keys_add(fixture, "e", TOKEN_ES256);
    keys_add(fixture, "r", TOKEN_RS256);
    keys_add(fixture, "h", TOKEN_HS256);
    assert_int_equal(find(fixture, "e", &set)->algorithm, TOKEN_ES256);
    assert_int_equal(find(fixture, "r", &set)->algorithm, TOKEN_RS256);
    assert_int_equal(find(fixture, "h", &set)->algorithm, TOKEN_HS256);
    assert_true(strlen(find(fixture, "h", &set)->signing) >= 32);
    for (size_t i = 0; i < set.count; i++)
        assert_int_equal(set.list[i].jwk == NULL, set.list[i].algorithm == TOKEN_HS256);
    assert_null(strstr(set.jwks, "\"h\""));
    assert_non_null(strstr(set.jwks, "\"kid\":\"e\""));
    assert_non_null(strstr(set.jwks, "\"e\":\"AQAB\""));
}

static void test_modes(void **state)
{
    struct keys_fixture *fixture = *state;

    keys_add(fixture, "a", TOKEN_ES256);
    keys_add(fixture, "b", TOKEN_HS256);
    assert_int_equal(keys_mode(fixture, "a.pem"), 0600);
    assert_int_equal(keys_mode(fixture, "b.secret"), 0600);
    assert_int_equal(chmod(fixture->folder, 0750), 0);
    keys_add(fixture, "c", TOKEN_ES256);
    assert_int_equal(keys_mode(fixture, "c.pem"), 0640);
    assert_int_equal(chmod(fixture->folder, 0777), 0);
    keys_add(fixture, "d", TOKEN_ES256);
    assert_int_equal(keys_mode(fixture, "d.pem"), 0640);
}

static void test_retire(void **state)
{
    struct keys_fixture *fixture = *state;
    struct scope *scope = &fixture->scope;
    struct key_set set;

    keys_add(fixture, "a", TOKEN_RS256);
    keys_add(fixture, "b", TOKEN_ES256);
    keys_add(fixture, "h", TOKEN_HS256);
    const char *before = find(fixture, "b", &set)->jwk;

    keys_refused(fixture, key_folder_retire(scope, "a"), ERR_CONFLICT, "signs");
    keys_refused(fixture, key_folder_remove(scope, "a"), ERR_CONFLICT, "signs");
    keys_refused(fixture, key_folder_retire(scope, "h"), ERR_CONFLICT, "shared secret");
    assert_true(key_folder_retire(scope, "b"));
    assert_true(key_folder_retire(scope, "b"));
    assert_null(find(fixture, "b", &set)->signing);
    assert_string_equal(find(fixture, "b", &set)->jwk, before);
    assert_int_equal(keys_mode(fixture, "b.pem"), 0600);
    keys_refused(fixture, key_folder_sign(scope, "b"), ERR_CONFLICT, "only verifies");
    assert_true(key_folder_remove(scope, "b"));
    assert_true(key_folder_remove(scope, "h"));
    keys_refused(fixture, key_folder_remove(scope, "b"), ERR_NOT_FOUND, "no key b");
    assert_null(find(fixture, "b", &set));
    assert_int_equal(set.count, 1);
}

static void test_names(void **state)
{
    static const char *const wrong[] = {
        "",    ".",
        "..",  "a.b",
        "a/b", "../a",
        "a b", "ä",
        "a\n", "0123456789012345678901234567890123456789012345678901234567890123x"};
    struct keys_fixture *fixture = *state;
    bool signs;

    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_false(token_kid_is_valid(wrong[i]));
        keys_refused(fixture, key_folder_add(&fixture->scope, wrong[i], TOKEN_ES256, &signs),
                     ERR_VALIDATION, "name");
    }
    keys_add(fixture, "_A-z0123456789", TOKEN_ES256);
    keys_refused(fixture, key_folder_add(&fixture->scope, "_A-z0123456789", TOKEN_HS256, &signs),
                 ERR_CONFLICT, "already");
    keys_refused(fixture, key_folder_sign(&fixture->scope, "nobody"), ERR_NOT_FOUND, "nobody");
    keys_refused(fixture, key_folder_retire(&fixture->scope, "nobody"), ERR_NOT_FOUND, "nobody");
    fixture->config.key_folder = "";
    keys_refused(fixture, key_folder_sign(&fixture->scope, "a"), ERR_VALIDATION, "KEEL_KEY_FOLDER");
}

/* What is left of one that was killed is in nobody's way. */
static void test_leftover(void **state)
{
    struct keys_fixture *fixture = *state;
    struct key_set set;

    keys_write(fixture, ".a.pem.draft", "half a key");
    keys_write(fixture, "README", "what this is");
    keys_add(fixture, "a", TOKEN_ES256);
    assert_non_null(find(fixture, "a", &set));
    assert_int_equal(set.count, 1);
    assert_int_equal(keys_mode(fixture, ".a.pem.draft"), 0);
}

#define PROCESSES 8

/* Each makes a key of its own and wants it to sign: all are there, one signs. */
static void test_at_once(void **state)
{
    struct keys_fixture *fixture = *state;
    struct scope *scope = &fixture->scope;
    pid_t children[PROCESSES];
    struct key_set set;
    int failed = 0;

    for (int i = 0; i < PROCESSES; i++) {
        const char *kid = scope_format(scope, "k%d", i / 2);
        bool signs;

        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            _exit(!key_folder_add(scope, kid, TOKEN_ES256, &signs) || !key_folder_sign(scope, kid));
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        failed += status != 0;
    }
    assert_int_equal(failed, PROCESSES / 2);
    assert_true(key_set_read(scope, &scope->arena, &set));
    assert_int_equal(set.count, PROCESSES / 2);
    assert_non_null(set.signer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEYS_TEST("the first key signs, another one when it is told to", test_first),
        KEYS_TEST("a new one waits while the setting's signs", test_setting),
        KEYS_TEST("a key has one algorithm, and shows its public half alone", test_kinds),
        KEYS_TEST("its file is its owner's, and a group's where the folder is", test_modes),
        KEYS_TEST("a retired key verifies and never signs again; then it goes", test_retire),
        KEYS_TEST("a name that could be another file's is refused", test_names),
        KEYS_TEST("what an interrupted call left is in nobody's way", test_leftover),
        KEYS_TEST("several at once make each key once, and one signs", test_at_once),
    };

    return cmocka_run_group_tests_name("services/key_folder", tests, NULL, NULL);
}
