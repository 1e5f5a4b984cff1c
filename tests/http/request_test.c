/* request_test.c - tests of http/request: CGI variables become a request */
#include "keel/http/request.h"

#include "../support/faults.h"
#include "../support/unit.h"

#include "keel/core/config.h"
#include "keel/http/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct config config = {.base_path = "/api", .trusted_proxies = "127.0.0.0/8"};

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

static bool decode(struct scope *scope, const char *const *variables, struct request *request)
{
    /* environ's type has no const, though nobody writes there. */
    struct transport transport = {.environment = (char *const *)(uintptr_t)variables};

    return request_decode(scope, &transport, request);
}

/* One variable on top of an ordinary request. */
static bool decode_with(struct scope *scope, const char *variable, struct request *request)
{
    const char *const variables[] = {variable, "REQUEST_METHOD=GET", "REQUEST_URI=/api/items",
                                     NULL};

    return decode(scope, variables, request);
}

static void test_whole(void **state)
{
    static const char *const variables[] = {"REQUEST_METHOD=PATCH",
                                            "REQUEST_URI=/api/items/17?x=1",
                                            "CONTENT_TYPE=application/json",
                                            "CONTENT_LENGTH=12",
                                            "REMOTE_ADDR=192.0.2.7",
                                            "HTTP_AUTHORIZATION=Bearer abc",
                                            "HTTP_ORIGIN=https://a.test",
                                            "HTTP_USER_AGENT=curl/7",
                                            "HTTP_X_REQUEST_ID=abcd-EFGH_12.3",
                                            "HTTP_TRACEPARENT=00-0123456789abcdef0123456789abcdef-"
                                            "0123456789abcdef-01",
                                            "NOEQUALS",
                                            "HTTP_PROXY=http://evil.test",
                                            NULL};
    struct request request;

    assert_true(decode(*state, variables, &request));
    assert_int_equal(request.method, PATCH);
    assert_false(request.is_head);
    assert_string_equal(request.path, "/api/items/17");
    assert_int_equal(request.segment_count, 2);
    assert_int_equal(request.query.count, 1);
    assert_string_equal(request.content_type, "application/json");
    assert_int_equal(request.content_length, 12);
    assert_string_equal(request.client_address, "192.0.2.7");
    assert_string_equal(request.authorization, "Bearer abc");
    assert_string_equal(request.origin, "https://a.test");
    assert_string_equal(request.user_agent, "curl/7");
    assert_string_equal(request.id, "abcd-EFGH_12.3");
    assert_string_equal(request.trace.id, "0123456789abcdef0123456789abcdef");
    assert_string_equal(request.trace.span, "0123456789abcdef");
}

static void test_bare(void **state)
{
    static const char *const variables[] = {"REQUEST_URI=/api", NULL};
    struct request request;

    assert_true(decode(*state, variables, &request));
    assert_int_equal(request.method, METHOD_NONE);
    assert_string_equal(request.method_text, "");
    assert_int_equal(request.content_length, -1);
    assert_null(request.content_type);
    assert_null(request.authorization);
    assert_null(request.trace.id);
    assert_null(request.trace.span);
    assert_string_equal(request.client_address, "");
    assert_int_equal(strlen(request.id), 32);
}

static void test_empty(void **state)
{
    struct transport transport = {.environment = NULL};
    struct request request;

    assert_false(request_decode(*state, &transport, &request));
    assert_int_equal(((struct scope *)*state)->error.kind, ERR_MALFORMED);
    assert_int_equal(strlen(request.id), 32);
    assert_string_equal(request.path, "");
}

static void test_methods(void **state)
{
    static const struct {
        const char *variable;
        enum method method;
        bool is_head;
    } cases[] = {
        {"REQUEST_METHOD=GET", GET, false},           {"REQUEST_METHOD=HEAD", GET, true},
        {"REQUEST_METHOD=POST", POST, false},         {"REQUEST_METHOD=PUT", PUT, false},
        {"REQUEST_METHOD=PATCH", PATCH, false},       {"REQUEST_METHOD=DELETE", DELETE, false},
        {"REQUEST_METHOD=OPTIONS", OPTIONS, false},   {"REQUEST_METHOD=get", METHOD_NONE, false},
        {"REQUEST_METHOD=TRACE", METHOD_NONE, false}, {"REQUEST_METHOD=GETS", METHOD_NONE, false},
        {"REQUEST_METHOD=", METHOD_NONE, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const variables[] = {cases[i].variable, "REQUEST_URI=/api", NULL};
        struct request request;

        assert_true(decode(*state, variables, &request));
        assert_int_equal(request.method, cases[i].method);
        assert_int_equal(request.is_head, cases[i].is_head);
    }
    assert_string_equal(method_name(DELETE), "DELETE");
    assert_string_equal(method_name(METHOD_NONE), "?");
}

static void test_ids(void **state)
{
    static const struct {
        const char *variable;
        bool taken;
    } cases[] = {
        {"HTTP_X_REQUEST_ID=12345678", true},
        {"HTTP_X_REQUEST_ID=1234567", false},
        {"HTTP_X_REQUEST_ID=", false},
        {"HTTP_X_REQUEST_ID=A.b_c-d0", true},
        {"HTTP_X_REQUEST_ID=0123456789012345678901234567890123456789012345678901234567890123",
         true},
        {"HTTP_X_REQUEST_ID=01234567890123456789012345678901234567890123456789012345678901234",
         false},
        {"HTTP_X_REQUEST_ID=1234 5678", false},
        {"HTTP_X_REQUEST_ID=1234\n5678", false},
        {"HTTP_X_REQUEST_ID=1234\"5678", false},
        {"HTTP_X_REQUEST_ID=1234/5678", false},
        {"HTTP_X_REQUEST_ID=\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct request request;

        assert_true(decode_with(*state, cases[i].variable, &request));
        if (cases[i].taken != (strcmp(request.id, strchr(cases[i].variable, '=') + 1) == 0))
            unit_fail("%s: %s\n", cases[i].variable, request.id);
        assert_in_range(strlen(request.id), 8, 64);
    }
}

static void test_new_ids_differ(void **state)
{
    struct request one, two;

    assert_true(decode_with(*state, "A=1", &one));
    assert_true(decode_with(*state, "A=1", &two));
    assert_string_not_equal(one.id, two.id);
}

static void test_lengths(void **state)
{
    static const struct {
        const char *variable;
        int64_t length; /* -2: refused */
    } cases[] = {
        {"CONTENT_LENGTH=", -1},    {"CONTENT_LENGTH=0", 0},
        {"CONTENT_LENGTH=5", 5},    {"CONTENT_LENGTH=9223372036854775807", INT64_MAX},
        {"CONTENT_LENGTH=-1", -2},  {"CONTENT_LENGTH=abc", -2},
        {"CONTENT_LENGTH= 5", -2},  {"CONTENT_LENGTH=5 ", -2},
        {"CONTENT_LENGTH=+5", -2},  {"CONTENT_LENGTH=5,5", -2},
        {"CONTENT_LENGTH=0x5", -2}, {"CONTENT_LENGTH=9223372036854775808", -2},
        {"CONTENT_LENGTH=1e3", -2},
    };
    struct scope *scope = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct request request;
        bool done = decode_with(scope, cases[i].variable, &request);

        if (done != (cases[i].length != -2))
            unit_fail("%s\n", cases[i].variable);
        assert_true(request.content_length == (done ? cases[i].length : -1));
        assert_int_equal(scope->error.kind, done ? ERR_NONE : ERR_MALFORMED);
        assert_int_equal(strlen(request.id), 32);
        scope_clear_error(scope);
    }
}

static void test_authorization(void **state)
{
    static const struct {
        const char *first, *second, *expected;
    } cases[] = {
        {"HTTP_AUTHORIZATION=a", "A=1", "a"},
        {"REDIRECT_HTTP_AUTHORIZATION=b", "A=1", "b"},
        {"REDIRECT_HTTP_AUTHORIZATION=b", "HTTP_AUTHORIZATION=a", "a"},
        {"HTTP_AUTHORIZATION=", "REDIRECT_HTTP_AUTHORIZATION=b", "b"},
        {"HTTP_AUTHORIZATION=a", "HTTP_AUTHORIZATION=c", "a"},
        {"HTTP_AUTHORIZATIONX=a", "XHTTP_AUTHORIZATION=b", NULL},
        {"HTTP_AUTHORIZATION=", "A=1", NULL},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const variables[] = {cases[i].first, cases[i].second, "REQUEST_URI=/api", NULL};
        struct request request;

        assert_true(decode(*state, variables, &request));
        if (cases[i].expected)
            assert_string_equal(request.authorization, cases[i].expected);
        else
            assert_null(request.authorization);
    }
}

static void test_forwarded(void **state)
{
    static const char *const variables[] = {"REQUEST_URI=/api", "REMOTE_ADDR=127.0.0.1",
                                            "HTTP_X_FORWARDED_FOR=6.6.6.6, 192.0.2.9", NULL};
    struct request request;

    assert_true(decode(*state, variables, &request));
    assert_string_equal(request.client_address, "192.0.2.9");
}

/* A proxy may add a header of its own behind the one that its client sent: both are one list. */
static void test_forwarded_twice(void **state)
{
    static const struct {
        const char *first, *second, *client;
    } cases[] = {
        {"HTTP_X_FORWARDED_FOR=6.6.6.6", "HTTP_X_FORWARDED_FOR=192.0.2.9", "192.0.2.9"},
        {"HTTP_X_FORWARDED_FOR=6.6.6.6, 192.0.2.9", "HTTP_X_FORWARDED_FOR=127.0.0.2", "192.0.2.9"},
        {"HTTP_X_FORWARDED_FOR=", "HTTP_X_FORWARDED_FOR=192.0.2.9", "192.0.2.9"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const variables[] = {"REQUEST_URI=/api", "REMOTE_ADDR=127.0.0.1",
                                         cases[i].first, cases[i].second, NULL};
        struct request request;

        assert_true(decode(*state, variables, &request));
        assert_string_equal(request.client_address, cases[i].client);
    }
}

static void test_tags_twice(void **state)
{
    static const char *const variables[] = {"REQUEST_URI=/api",         "HTTP_IF_MATCH=\"1\"",
                                            "HTTP_IF_NONE_MATCH=\"3\"", "HTTP_IF_MATCH=\"2\"",
                                            "HTTP_IF_NONE_MATCH=\"4\"", NULL};
    struct request request;

    assert_true(decode(*state, variables, &request));
    assert_string_equal(request.if_match, "\"1\", \"2\"");
    assert_string_equal(request.if_none_match, "\"3\", \"4\"");
}

/* An empty condition or key must not pass for none. */
static void test_empty_headers(void **state)
{
    static const char *const variables[] = {
        "REQUEST_URI=/api", "HTTP_IF_MATCH=", "HTTP_IDEMPOTENCY_KEY=", "HTTP_ORIGIN=", NULL};
    struct request request;

    assert_true(decode(*state, variables, &request));
    assert_string_equal(request.if_match, "");
    assert_string_equal(request.idempotency_key, "");
    assert_null(request.origin);
    assert_true(decode(*state, (const char *const[]){"REQUEST_URI=/api", NULL}, &request));
    assert_null(request.if_match);
    assert_null(request.idempotency_key);
}

static void test_crowds(void **state)
{
    struct scope *scope = *state;
    const char **variables = scope_alloc(scope, 1003 * sizeof *variables);
    struct request request;

    for (size_t i = 0; i < 1000; i++)
        variables[i + 2] = scope_format(scope, "HTTP_X_%zu=1", i);
    variables[0] = "REQUEST_URI=/api/items";
    variables[1] = "HTTP_X_REQUEST_ID=the-callers-own";
    assert_false(decode(scope, variables, &request));
    assert_int_equal(scope->error.kind, ERR_MALFORMED);
    assert_string_equal(request.id, "the-callers-own");
    assert_string_equal(request.path, "/api/items");
    scope_clear_error(scope);
    variables[REQUEST_VARIABLE_MAX] = NULL;
    assert_true(decode(scope, variables, &request));
    variables[REQUEST_VARIABLE_MAX] = "HTTP_ONE=more";
    variables[REQUEST_VARIABLE_MAX + 1] = NULL;
    assert_false(decode(scope, variables, &request));
}

static void test_long_variable(void **state)
{
    struct scope *scope = *state;
    char *variable = scope_alloc(scope, REQUEST_HEAD_MAX + 2);
    struct request request;

    memset(variable, 'a', REQUEST_HEAD_MAX);
    memcpy(variable, "HTTP_X=", 7);
    variable[REQUEST_HEAD_MAX - 64] = '\0';
    assert_true(decode_with(scope, variable, &request));
    variable[REQUEST_HEAD_MAX - 64] = 'a';
    assert_false(decode_with(scope, variable, &request));
    assert_int_equal(scope->error.kind, ERR_MALFORMED);
}

static void test_no_memory(void **state)
{
    static const char *const variables[] = {"REQUEST_METHOD=GET", "REQUEST_URI=/api/items/17?a=1",
                                            "REMOTE_ADDR=127.0.0.1",
                                            "HTTP_X_FORWARDED_FOR=6.6.6.6, 192.0.2.9", NULL};
    struct scope *scope = *state;

    faults_begin();
    while (faults_next()) {
        struct request request;
        bool done = decode(scope, variables, &request);

        faults_stop();
        /* Where it goes on without what it could not make, the scope has failed all the same. */
        assert_int_equal(done && scope->error.kind == ERR_NONE, !faults_hit());
        assert_non_null(request.id);
        assert_non_null(request.path);
        assert_non_null(request.client_address);
        scope_clear_error(scope);
    }
    assert_true(faults_count() > 4);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, begin, end, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("everything is found among the variables", test_whole),
        TEST("what is not there has its word for it", test_bare),
        TEST("no variables at all are a malformed request with an id", test_empty),
        TEST("methods are compared whole, and HEAD reads as GET", test_methods),
        TEST("only a well-formed request id of the caller is taken", test_ids),
        TEST("ids that are made differ", test_new_ids_differ),
        TEST("a length is a number that is not negative", test_lengths),
        TEST("the authorization is found behind a rewriting too", test_authorization),
        TEST("the client behind a trusted proxy is the one it names", test_forwarded),
        TEST("a list of addresses sent in two headers is one list", test_forwarded_twice),
        TEST("so is one of entity tags", test_tags_twice),
        TEST("an empty condition or key is not none", test_empty_headers),
        TEST("too many variables are an error with an id and a path", test_crowds),
        TEST("too long ones are too", test_long_variable),
        TEST("lack of memory leaves nothing unset", test_no_memory),
    };

    return cmocka_run_group_tests_name("http/request", tests, NULL, NULL);
}
