/* response_test.c - tests of http/response and error_map: a status, some headers, one envelope */
#include "keel/http/response.h"

#include "../support/faults.h"
#include "../support/unit.h"

#include "keel/core/json.h"
#include "keel/http/request.h"

#include <stdio.h>
#include <string.h>

struct case_of {
    struct scope scope;
    struct request request;
    struct response response;
};

static int begin(void **state)
{
    static struct case_of made;

    made = (struct case_of){.request = {.id = "request-1"}};
    scope_begin(&made.scope, NULL, NULL, NULL);
    made.scope.now = INT64_C(1768212000000000);
    response_begin(&made.response, &made.scope.arena);
    *state = &made;
    return 0;
}

static int end(void **state)
{
    struct case_of *made = *state;

    scope_end(&made->scope);
    return 0;
}

static bool render(struct case_of *made)
{
    buffer_clear(&made->response.body);
    buffer_clear(&made->response.output);
    return response_render(&made->scope, &made->request, &made->response);
}

static const char *body_of(const char *answer)
{
    const char *blank = strstr(answer, "\r\n\r\n");

    assert_non_null(blank);
    return blank + 4;
}

static void expect(struct case_of *made, const char *status, const char *body)
{
    char length[64];

    assert_true(render(made));
    assert_memory_equal(made->response.output.data, status, strlen(status));
    assert_string_equal(body_of(made->response.output.data), body);
    snprintf(length, sizeof length, "\r\nContent-Length: %zu\r\n", strlen(body));
    assert_non_null(strstr(made->response.output.data, length));
    assert_non_null(strstr(made->response.output.data, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(made->response.output.data, "\r\nX-Request-Id: request-1\r\n"));
}

static void test_success(void **state)
{
    struct case_of *made = *state;

    made->response.status = 201;
    made->response.message = "Item \"x\" created";
    buffer_add_text(&made->response.data, "{\"id\":1}");
    response_header(&made->response, "Location", "/api/items/1");
    expect(made, "Status: 201 Created\r\n",
           "{\"success\":true,\"data\":{\"id\":1},\"message\":\"Item \\\"x\\\" created\","
           "\"timestamp\":\"2026-01-12T10:00:00Z\"}\n");
    assert_non_null(strstr(made->response.output.data, "\r\nLocation: /api/items/1\r\n"));
}

static void test_nothing_to_say(void **state)
{
    expect(*state, "Status: 200 OK\r\n",
           "{\"success\":true,\"data\":null,\"timestamp\":\"2026-01-12T10:00:00Z\"}\n");
}

static void test_error(void **state)
{
    struct case_of *made = *state;

    buffer_add_text(&made->response.data, "{\"half\":");
    made->response.status = 201;
    fail(&made->scope, ERR_CONFLICT, "It is taken");
    fail_detail(&made->scope, "SQLSTATE 23505, constraint secret_name");
    expect(made, "Status: 409 Conflict\r\n",
           "{\"success\":false,\"error\":{\"code\":\"CONFLICT\",\"message\":\"It is taken\","
           "\"details\":{}},\"timestamp\":\"2026-01-12T10:00:00Z\"}\n");
    assert_null(strstr(made->response.output.data, "23505"));
    assert_int_equal(made->response.status, 409);
}

static void test_fields(void **state)
{
    struct case_of *made = *state;

    fail_field(&made->scope, "email", "required", "Email is required");
    fail_field(&made->scope, "a\"b", "unknown_field", "a\"b is unknown");
    expect(made, "Status: 400 Bad Request\r\n",
           "{\"success\":false,\"error\":{\"code\":\"VALIDATION_ERROR\",\"message\":\"Email is "
           "required\",\"details\":{\"field\":\"email\",\"errors\":[{\"field\":\"email\",\"code\":"
           "\"required\",\"message\":\"Email is required\"},{\"field\":\"a\\\"b\",\"code\":"
           "\"unknown_field\",\"message\":\"A\\\"b is unknown\"}]}},\"timestamp\":"
           "\"2026-01-12T10:00:00Z\"}\n");
}

/* Messages that begin with a field's name are sentences, too; what they quote stays as it is. */
static void test_sentences(void **state)
{
    static const char *const sentences[][2] = {
        {"category_id must be at least 1", "Category id must be at least 1"},
        {"per_page", "Per page"},
        {"sort names created_at twice", "Sort names created_at twice"},
        {"q must not be blank", "Q must not be blank"},
        {"There is no parameter x_y here", "There is no parameter x_y here"},
        {"_x is unknown", "_x is unknown"},
        {"", ""},
    };
    struct case_of *made = *state;

    for (size_t i = 0; i < COUNT(sentences); i++) {
        char text[128];

        fail(&made->scope, ERR_CONFLICT, "%s", sentences[i][0]);
        assert_true(render(made));
        snprintf(text, sizeof text, "\"message\":\"%s\"", sentences[i][1]);
        assert_non_null(strstr(made->response.output.data, text));
        scope_clear_error(&made->scope);
        buffer_clear(&made->response.body);
        buffer_clear(&made->response.output);
    }
}

static void test_part(void **state)
{
    struct case_of *made = *state;

    fail(&made->scope, ERR_NOT_FOUND, "Item not found");
    fail_within(&made->scope, "operations[3]");
    expect(made, "Status: 404 Not Found\r\n",
           "{\"success\":false,\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"In operations[3]: "
           "Item not found\",\"details\":{\"field\":\"operations[3]\"}},\"timestamp\":"
           "\"2026-01-12T10:00:00Z\"}\n");
}

static void test_document(void **state)
{
    struct case_of *made = *state;

    made->response.media_type = "text/csv";
    buffer_add_text(&made->response.data, "id,name\n");
    assert_true(render(made));
    assert_string_equal(body_of(made->response.output.data), "id,name\n");
    assert_non_null(strstr(made->response.output.data, "\r\nContent-Type: text/csv\r\n"));
    assert_non_null(strstr(made->response.output.data, "\r\nContent-Length: 8\r\n"));
    fail(&made->scope, ERR_CONFLICT, "It is taken");
    expect(made, "Status: 409 Conflict\r\n",
           "{\"success\":false,\"error\":{\"code\":\"CONFLICT\",\"message\":\"It is taken\","
           "\"details\":{}},\"timestamp\":\"2026-01-12T10:00:00Z\"}\n");
}

static void test_error_headers(void **state)
{
    struct case_of *made = *state;

    fail(&made->scope, ERR_UNAUTHORIZED, "No");
    assert_true(render(made));
    assert_non_null(strstr(made->response.output.data, "\r\nWWW-Authenticate: Bearer\r\n"));
    assert_null(strstr(made->response.output.data, "Retry-After"));
    scope_clear_error(&made->scope);
    fail(&made->scope, ERR_RATE_LIMITED, "Slowly");
    made->scope.error.retry_after = 7;
    assert_true(render(made));
    assert_non_null(strstr(made->response.output.data, "\r\nRetry-After: 7\r\n"));
    assert_null(strstr(made->response.output.data, "WWW-Authenticate"));
}

static void test_head(void **state)
{
    struct case_of *made = *state;

    buffer_add_text(&made->response.data, "{\"id\":1}");
    assert_true(render(made));
    size_t head = (size_t)(body_of(made->response.output.data) - made->response.output.data);
    char *whole =
        scope_copy(&made->scope, made->response.output.data, made->response.output.length);

    made->request.is_head = true;
    assert_true(render(made));
    assert_int_equal(made->response.output.length, head);
    assert_memory_equal(made->response.output.data, whole, head);
}

static void test_no_body(void **state)
{
    static const int statuses[] = {204, 304};
    struct case_of *made = *state;

    for (size_t i = 0; i < COUNT(statuses); i++) {
        made->response.status = statuses[i];
        assert_true(render(made));
        assert_string_equal(body_of(made->response.output.data), "");
        assert_null(strstr(made->response.output.data, "\r\nContent-Type:"));
        assert_null(strstr(made->response.output.data, "\r\nContent-Length:"));
    }
}

/* Nothing that a client sent may end a header's line. */
static void test_splitting(void **state)
{
    struct case_of *made = *state;

    response_header(&made->response, "Access-Control-Allow-Origin",
                    "https://a.test\r\nSet-Cookie: x=1\r\n\r\n<html>\x7f");
    assert_true(render(made));
    assert_non_null(strstr(made->response.output.data, "\r\nAccess-Control-Allow-Origin: "
                                                       "https://a.testSet-Cookie: x=1<html>\r\n"));
}

static void test_map(void **state)
{
    static const struct {
        enum error_kind kind;
        int status;
        const char *code;
    } map[] = {
        {ERR_VALIDATION, 400, "VALIDATION_ERROR"},
        {ERR_MALFORMED, 400, "MALFORMED_REQUEST"},
        {ERR_UNAUTHORIZED, 401, "UNAUTHORIZED"},
        {ERR_FORBIDDEN, 403, "FORBIDDEN"},
        {ERR_NOT_FOUND, 404, "NOT_FOUND"},
        {ERR_METHOD_NOT_ALLOWED, 405, "METHOD_NOT_ALLOWED"},
        {ERR_CONFLICT, 409, "CONFLICT"},
        {ERR_PRECONDITION_FAILED, 412, "PRECONDITION_FAILED"},
        {ERR_TOO_LARGE, 413, "PAYLOAD_TOO_LARGE"},
        {ERR_MEDIA_TYPE, 415, "UNSUPPORTED_MEDIA_TYPE"},
        {ERR_IDEMPOTENCY_MISMATCH, 422, "IDEMPOTENCY_MISMATCH"},
        {ERR_PRECONDITION_REQUIRED, 428, "PRECONDITION_REQUIRED"},
        {ERR_RATE_LIMITED, 429, "RATE_LIMITED"},
        {ERR_INTERNAL, 500, "INTERNAL_ERROR"},
        {ERR_UNAVAILABLE, 503, "SERVICE_UNAVAILABLE"},
        {ERR_TIMEOUT, 504, "TIMEOUT"},
    };

    (void)state;
    assert_int_equal(COUNT(map), ERR_KIND_COUNT - 1);
    for (size_t i = 0; i < COUNT(map); i++) {
        assert_int_equal(error_status(map[i].kind), map[i].status);
        assert_string_equal(error_code(map[i].kind), map[i].code);
        assert_int_equal(error_meaning(map[i].kind)[strlen(error_meaning(map[i].kind)) - 1], '.');
    }
}

static void test_reasons(void **state)
{
    struct case_of *made = *state;

    for (enum error_kind kind = ERR_NONE + 1; kind < ERR_KIND_COUNT; kind++) {
        scope_clear_error(&made->scope);
        fail(&made->scope, kind, "No");
        assert_true(render(made));
        assert_null(strstr(made->response.output.data, " Status\r\n"));
    }
}

static void test_fallback(void **state)
{
    struct case_of *made = *state;
    char text[512], small[100], id[65] = {0};

    memset(id, 'x', 64);
    made->scope.request_id = id;
    size_t length = response_fallback(&made->scope, text, sizeof text);
    struct json_object *json;

    assert_in_range(length, 1, sizeof text - 1);
    assert_memory_equal(text, "Status: 503 Service Unavailable\r\n", 33);
    assert_non_null(strstr(text, "\r\nRetry-After: 1\r\n"));
    assert_non_null(strstr(text, id));
    assert_true(json_parse(&made->scope, body_of(text), strlen(body_of(text)), &json));
    assert_int_equal(response_fallback(&made->scope, small, sizeof small), 0);
}

static void test_no_memory(void **state)
{
    struct case_of *made = *state;

    buffer_add_text(&made->response.data, "{\"id\":1}");
    faults_begin();
    while (faults_next()) {
        struct response response;

        response_begin(&response, &made->scope.arena);
        response.message = "A change";
        buffer_add_text(&response.data, "{}");
        bool done = response_render(&made->scope, &made->request, &response);

        faults_stop();
        assert_int_equal(done, !faults_hit());
    }
    assert_true(faults_count() > 1);
}

/* What was set aside is enough, even with all that a success can say. */
static void test_prepared(void **state)
{
    struct case_of *made = *state;
    char id[65];

    memset(id, 'x', 64);
    id[64] = '\0';
    made->request.id = id;
    for (int i = 0; i < 500; i++)
        buffer_add_text(&made->response.data, "[\"data\"]");
    response_header(&made->response, "Location", "/api/items/9223372036854775807");
    made->response.message = "\x01\x02\x03\x04\x05\x06\x07\x08";
    assert_true(response_prepare(&made->scope, &made->response));
    made->response.cache = "private, no-cache";
    made->response.by_origin = true;
    faults_begin();
    assert_true(faults_next());
    assert_true(response_render(&made->scope, &made->request, &made->response));
    faults_stop();
    assert_false(faults_hit());
}

/* What fails at its very end is the error that it came to. */
static void test_prepared_in_vain(void **state)
{
    struct case_of *made = *state;

    buffer_add_text(&made->response.data, "{\"id\":1}");
    made->response.cache = "public, no-cache";
    assert_true(response_prepare(&made->scope, &made->response));
    fail(&made->scope, ERR_UNAVAILABLE, "Gone");
    assert_true(response_render(&made->scope, &made->request, &made->response));
    assert_string_equal(body_of(made->response.output.data),
                        "{\"success\":false,\"error\":{\"code\":\"SERVICE_UNAVAILABLE\","
                        "\"message\":\"Gone\",\"details\":{}},"
                        "\"timestamp\":\"2026-01-12T10:00:00Z\"}\n");
    assert_non_null(strstr(made->response.output.data, "\r\nCache-Control: no-store\r\n"));
}

/* The answer of an earlier request goes out byte for byte. */
static void test_body_of_before(void **state)
{
    struct case_of *made = *state;

    made->response.message = "Not said";
    buffer_add_text(&made->response.body, "{\"success\":true}\n");
    assert_true(response_prepare(&made->scope, &made->response));
    assert_true(response_render(&made->scope, &made->request, &made->response));
    assert_string_equal(body_of(made->response.output.data), "{\"success\":true}\n");
    assert_non_null(strstr(made->response.output.data, "\r\nContent-Length: 17\r\n"));
}

static void test_caching(void **state)
{
    static const struct {
        const char *cache;
        bool by_origin, fails;
        const char *lines;
    } cases[] = {
        {NULL, false, false, "no-store\r\nC"},
        {NULL, true, false, "no-store\r\nVary: Origin\r\nC"},
        {"no-cache", false, false, "no-cache\r\nVary: Authorization\r\nC"},
        {"public, no-cache", true, false, "public, no-cache\r\nVary: Origin, Authorization\r\nC"},
        {"public, no-cache", false, true, "no-store\r\nC"},
        {"public, no-cache", true, true, "no-store\r\nVary: Origin\r\nC"},
    };
    struct case_of *made = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        scope_clear_error(&made->scope);
        made->response.cache = cases[i].cache;
        made->response.by_origin = cases[i].by_origin;
        if (cases[i].fails)
            fail(&made->scope, ERR_NOT_FOUND, "No");
        assert_true(render(made));
        const char *line = strstr(made->response.output.data, "\r\nCache-Control: ");

        assert_non_null(line);
        assert_memory_equal(line + 17, cases[i].lines, strlen(cases[i].lines));
    }
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, begin, end, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a success has its data and its message", test_success),
        TEST("one with nothing to say has null", test_nothing_to_say),
        TEST("an error shows its message and nothing of its detail", test_error),
        TEST("wrong fields are all named", test_fields),
        TEST("messages are sentences", test_sentences),
        TEST("an error without fields names the part it is about", test_part),
        TEST("a document stands without an envelope, its errors inside one", test_document),
        TEST("an error has the headers of its kind", test_error_headers),
        TEST("HEAD has the length of the body and not the body", test_head),
        TEST("204 and 304 have no body and no word of it", test_no_body),
        TEST("a value cannot end the line of its header", test_splitting),
        TEST("each kind of error has its status and code", test_map),
        TEST("each status has its reason", test_reasons),
        TEST("without memory there still is an answer in the envelope", test_fallback),
        TEST("lack of memory is told to the caller", test_no_memory),
        TEST("memory set aside is enough for the answer", test_prepared),
        TEST("what was prepared gives way to an error", test_prepared_in_vain),
        TEST("a body that is there already is not made anew", test_body_of_before),
        TEST("a success says who may keep it, an error that nobody may", test_caching),
    };

    return cmocka_run_group_tests_name("http/response", tests, NULL, NULL);
}
