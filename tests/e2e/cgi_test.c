/* cgi_test.c - the same program as plain CGI, by its environment alone */
#include "support/cgi.h"

#include "support/unit.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS 1

static int begin(void **state)
{
    return site_begin(state, WORKERS, NULL);
}

static void test_get(void **state)
{
    static const char *const variables[] = {"REQUEST_URI=/api/items/1?",
                                            "HTTP_X_REQUEST_ID=by-plain-cgi", NULL};
    struct site *site = *state;
    const struct cgi_reply *reply = cgi_call(site, variables, NULL);

    assert_int_equal(reply->http.status, 200);
    assert_int_equal(http_int(&reply->http, "/data/id"), 1);
    assert_int_equal(reply->output.err_length, 0);
    struct json_object *line = instance_logged(&site->instance, "by-plain-cgi");

    assert_non_null(line);
    assert_string_equal(site_log_text(line, "client"), "192.0.2.1");
    assert_string_equal(site_log_text(line, "route"), "items.get");
}

static const struct cgi_reply *post_item(struct site *site, const char *length, const char *body)
{
    struct http *http = &site->http;
    const char *const variables[] = {
        "REQUEST_METHOD=POST",
        "REQUEST_URI=/api/items",
        "CONTENT_TYPE=application/json; charset=UTF-8",
        http_format(http, "HTTP_AUTHORIZATION=bearer %s", site->editor),
        http_format(http, "CONTENT_LENGTH=%s", length),
        NULL};

    return cgi_call(site, variables, body);
}

static void test_post(void **state)
{
    static const char body[] = "{\"name\":\"By CGI\",\"price\":3.5}";
    struct site *site = *state;
    struct http *http = &site->http;

    assert_int_equal(post_item(site, "29", body)->http.status, 201);
    /* What follows the body in the input is not the program's. */
    assert_int_equal(post_item(site, "29", http_format(http, "%s and more", body))->http.status,
                     201);
    /* Without a length the body ends with the input. */
    assert_int_equal(post_item(site, "", body)->http.status, 201);
    assert_string_equal(
        instance_ask(&site->instance, "SELECT count(*) FROM items WHERE name = 'By CGI'"), "3");
}

static void test_wrong_lengths(void **state)
{
    static const char *const lengths[] = {"31", "-1", "29x", "99999999999999999999"};
    struct site *site = *state;

    for (size_t i = 0; i < COUNT(lengths); i++)
        http_must_fail(&post_item(site, lengths[i], "{\"name\":\"Wrong!\",\"price\":3.5}")->http,
                       400, "MALFORMED_REQUEST");
    http_must_fail(&post_item(site, "2000000", "{}")->http, 413, "PAYLOAD_TOO_LARGE");
    assert_string_equal(
        instance_ask(&site->instance, "SELECT count(*) FROM items WHERE name = 'Wrong!'"), "0");
}

static void test_head_and_missing(void **state)
{
    static const char *const head[] = {"REQUEST_METHOD=HEAD", "REQUEST_URI=/api/items/1", NULL};
    static const char *const missing[] = {"REQUEST_URI=/api/nothing", NULL};
    static const char *const outside[] = {"REQUEST_URI=/elsewhere", NULL};
    static const char *const redirected[] = {"REQUEST_URI=/api/items/1",
                                             "REDIRECT_HTTP_AUTHORIZATION=Bearer rubbish", NULL};
    struct site *site = *state;
    const struct cgi_reply *reply = cgi_call(site, head, NULL);

    assert_int_equal(reply->http.status, 200);
    assert_int_equal(reply->http.body_length, 0);
    http_must_fail(&cgi_call(site, missing, NULL)->http, 404, "NOT_FOUND");
    http_must_fail(&cgi_call(site, outside, NULL)->http, 404, "NOT_FOUND");
    http_must_fail(&cgi_call(site, redirected, NULL)->http, 401, "UNAUTHORIZED");
}

/* The answer must not say what is missing; the log, here standard error, must. */
static void test_no_settings(void **state)
{
    static const char *const bare[] = {"GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET",
                                       "REQUEST_URI=/api/health", NULL};
    static const char *const wrong[] = {"GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET",
                                        "REQUEST_URI=/api/health", "KEEL_CONFIG=/nowhere/keel.env",
                                        NULL};
    struct site *site = *state;
    const struct cgi_reply *reply = cgi_call_bare(site, 1, bare, NULL);

    http_must_fail(&reply->http, 500, "INTERNAL_ERROR");
    assert_null(strstr(reply->http.body, "KEEL_"));
    assert_non_null(strstr(reply->output.err, "KEEL_"));
    reply = cgi_call_bare(site, 1, wrong, NULL);
    http_must_fail(&reply->http, 500, "INTERNAL_ERROR");
    assert_null(strstr(reply->http.body, "nowhere"));
    assert_non_null(strstr(reply->output.err, "/nowhere/keel.env"));
}

/* At the start, not at the first login. */
static void test_no_hash_file(void **state)
{
    struct site *site = *state;
    const char *const variables[] = {
        "GATEWAY_INTERFACE=CGI/1.1",
        "REQUEST_METHOD=GET",
        "REQUEST_URI=/api/health",
        "KEEL_HASH_FILE=/nowhere/hash",
        "KEEL_LOG=stderr",
        http_format(&site->http, "KEEL_CONFIG=%s/worker.env", site->instance.var),
        NULL};
    const struct cgi_reply *reply = cgi_call_bare(site, 1, variables, NULL);

    http_must_fail(&reply->http, 500, "INTERNAL_ERROR");
    assert_non_null(strstr(reply->output.err, "/nowhere/hash"));
}

static void test_nothing_is_left(void **state)
{
    struct site *site = *state;

    assert_int_equal(instance_count_programs(&site->instance), WORKERS + INSTANCE_AUTH_WORKERS);
    /* One each of those two, and one of who sends mail. */
    assert_string_equal(instance_ask(&site->instance, "SELECT count(*) <= 3 FROM pg_stat_activity "
                                                      "WHERE usename = 'keel_app'"),
                        "t");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "a GET is answered from the environment, and logged", .test_func = test_get},
        {.name = "a POST takes exactly its body from the input", .test_func = test_post},
        {.name = "a length that is wrong is refused", .test_func = test_wrong_lengths},
        {.name = "HEAD, unknown paths and a redirected Authorization are as ever",
         .test_func = test_head_and_missing},
        {.name = "without settings it says 500 and logs why", .test_func = test_no_settings},
        {.name = "a file of hashing places that cannot be used is told at the start",
         .test_func = test_no_hash_file},
        {.name = "it leaves no process and no connection", .test_func = test_nothing_is_left},
    };

    return cmocka_run_group_tests_name("cgi", tests, begin, site_end);
}
