/* token_test.c - tests of services/token: tokens that are issued, aged, cut and changed */
#include "tokens.h"

#include "../support/faults.h"

#include "keel/core/json.h"

#include <json-c/json.h>

static void test_own(void **state)
{
    struct scope *scope = *state;
    const char *token, *another;

    assert_true(token_issue(scope, (struct token_subject){4711, 5}, &token));
    assert_int_equal(verify(scope, token), 4711);
    assert_true(token_issue(scope, (struct token_subject){INT64_MAX, 5}, &another));
    assert_true(verify(scope, another) == INT64_MAX);
    assert_true(token_issue(scope, (struct token_subject){4711, 5}, &another));
    assert_string_not_equal(token, another);
}

static void test_crafted(void **state)
{
    assert_int_equal(verify(*state, craft(*state, HEADER, CLAIMS, SECRET)), 17);
    assert_int_equal(verify(*state, craft(*state, HEADER, CLAIMS, "another key")), 0);
    assert_int_equal(verify(*state, craft(*state, HEADER, CLAIMS, "")), 0);
}

static void test_age(void **state)
{
    struct scope *scope = *state;
    const char *token;

    assert_true(token_issue(scope, (struct token_subject){1, 5}, &token));
    scope->now = (NOW + 900 + 29) * 1000000;
    assert_int_equal(verify(scope, token), 1);
    scope->now = (NOW + 900 + 30) * 1000000;
    assert_int_equal(verify(scope, token), 0);
    scope->now = (NOW - 30) * 1000000;
    assert_int_equal(verify(scope, token), 1);
    scope->now = (NOW - 31) * 1000000;
    assert_int_equal(verify(scope, token), 0);
}

/* Every place of a good token, with each kind of junk in it; libjwt would skip some of them. */
static void test_junk(void **state)
{
    static const char junk[] = "!\n =.+/-A\x80";
    struct scope *scope = *state;
    const char *token = craft(scope, HEADER, CLAIMS, SECRET);
    size_t length = strlen(token);

    for (size_t at = 0; at <= length; at++) {
        for (size_t i = 0; i < sizeof junk - 1; i++)
            assert_int_equal(
                verify(scope, scope_format(scope, "%.*s%c%s", (int)at, token, junk[i], token + at)),
                0);
        if (at < length)
            assert_int_equal(
                verify(scope, scope_format(scope, "%.*s%s", (int)at, token, token + at + 1)), 0);
    }
}

static void test_changed(void **state)
{
    struct scope *scope = *state;
    const char *token = craft(scope, HEADER, CLAIMS, SECRET);
    size_t length = strlen(token);

    for (size_t at = 0; at < length; at++) {
        char *copy = scope_copy(scope, token, length);

        copy[at] = copy[at] == 'A' ? 'B' : 'A';
        assert_int_equal(verify(scope, copy), 0);
    }
}

static void test_parts(void **state)
{
    struct scope *scope = *state;
    const char *token = craft(scope, HEADER, CLAIMS, SECRET);
    const char *first = strchr(token, '.'), *last = strrchr(token, '.');
    const char *broken[] = {
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "a.b",
        "keel_0123456789",
        scope_format(scope, "%.*s", (int)(last - token), token),
        scope_format(scope, "%.*s.", (int)(last - token), token),
        scope_format(scope, "%.*s.%s", (int)(first - token), token, last + 1),
        scope_format(scope, "%.*s..%s", (int)(first - token), token, last + 1),
        scope_format(scope, "%s.", token),
        scope_format(scope, "%s.%s", token, last + 1),
        scope_format(scope, ".%s", token),
    };

    for (size_t i = 0; i < COUNT(broken); i++) {
        if (verify(scope, broken[i]) != 0)
            unit_fail("%s\n", broken[i]);
    }
}

static void test_no_key(void **state)
{
    struct scope *scope = *state;
    struct config empty = tokens_config;
    const char *token = craft(scope, HEADER, CLAIMS, SECRET);
    const char *issued;

    empty.jwt_secret = "";
    scope->config = &empty;
    assert_int_equal(verify(scope, token), 0);
    assert_int_equal(verify(scope, craft(scope, HEADER, CLAIMS, "")), 0);
    assert_false(token_issue(scope, (struct token_subject){1, 5}, &issued));
    assert_int_equal(scope->error.kind, ERR_INTERNAL);
}

static void test_long(void **state)
{
    struct scope *scope = *state;
    char *text = scope_alloc(scope, 4000);

    memset(text, 'x', 3000);
    const char *token =
        craft(scope, HEADER, scope_format(scope, "{" WHO "," TIMES ",\"x\":\"%s\"}", text), SECRET);

    assert_int_equal(verify(scope, token), 0);
}

static void test_contents(void **state)
{
    struct scope *scope = *state;
    struct json_object *json, *member;
    unsigned char *bytes;
    size_t size;
    const char *token;

    assert_true(token_issue(scope, (struct token_subject){17, 5}, &token));
    const char *part = strchr(token, '.') + 1;

    assert_true(text_from_base64url(&scope->arena, part, strcspn(part, "."), &bytes, &size));
    assert_true(json_parse(scope, (const char *)bytes, size, &json));
    assert_true(json_object_object_get_ex(json, "exp", &member));
    assert_int_equal(json_object_get_int64(member), NOW + 900);
    assert_true(json_object_object_get_ex(json, "sub", &member));
    assert_string_equal(json_object_get_string(member), "17");
    assert_true(json_object_object_get_ex(json, "sid", &member));
    assert_string_equal(json_object_get_string(member), "5");
    assert_true(json_object_object_get_ex(json, "jti", &member));
    assert_int_equal(json_object_get_string_len(member), 32);
    assert_int_equal(json_object_object_length(json), 8);
}

static void test_no_memory(void **state)
{
    struct scope *scope = *state;
    const char *good = craft(scope, HEADER, CLAIMS, SECRET);
    const char *token;
    struct token_subject subject;

    faults_begin();
    while (faults_next()) {
        bool issued = token_issue(scope, (struct token_subject){1, 5}, &token);

        faults_stop();
        assert_int_equal(issued, !faults_hit());
        scope_clear_error(scope);
    }
    assert_true(faults_count() > 0);
    faults_begin();
    while (faults_next()) {
        bool verified = token_verify(scope, good, &subject);

        faults_stop();
        assert_int_equal(verified, !faults_hit());
        assert_true(scope->error.kind == ERR_NONE || scope->error.kind == ERR_UNAVAILABLE);
        scope_clear_error(scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOKENS_TEST("a token that was issued stands for its user, and each is another", test_own),
        TOKENS_TEST("one made by hand with the right key is as good, and only that", test_crafted),
        TOKENS_TEST("a token is good from 30 seconds before to 30 seconds after its time",
                    test_age),
        TOKENS_TEST("a character too many or too few anywhere is refused", test_junk),
        TOKENS_TEST("a character changed anywhere is refused", test_changed),
        TOKENS_TEST("a token has three parts that are not empty", test_parts),
        TOKENS_TEST("without a key nothing is signed or believed", test_no_key),
        TOKENS_TEST("a token longer than ours is not looked at", test_long),
        TOKENS_TEST("a token says who, for whom, from whom and how long", test_contents),
        TOKENS_TEST("lack of memory is no bad credential", test_no_memory),
    };

    return cmocka_run_group_tests_name("services/token", tests, NULL, NULL);
}
