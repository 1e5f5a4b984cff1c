/* limits_test.c - one bucket of a client's for all workers of the node, and for plain CGI beside
 * them */
#include "support/cgi.h"

#include "support/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* 12 a minute: ten at once, then one in five seconds - longer than the requests of a test take. */
#define BURST   10
#define CLIENTS 8
#define EACH    5

static const char *const limits[] = {"KEEL_RATE_READ_PER_MINUTE=12",
                                     "KEEL_RATE_WRITE_PER_MINUTE=12", NULL};

static int begin(void **state)
{
    return site_begin(state, 4, limits);
}

struct reader {
    pthread_t thread;
    struct http http;
    int passed, refused, wrong;
};

/* Refused as the contract says: the code, and seconds to wait that make sense. */
static bool is_refusal(struct http *http, const struct http_reply *reply)
{
    const char *wait = http_header(http, reply, "Retry-After");

    return reply->status == 429 && !http_problem(http, "GET", reply) &&
           strstr(reply->body, "\"RATE_LIMITED\"") && atol(wait) >= 1 && atol(wait) <= 5;
}

static void *read_items(void *user)
{
    struct reader *reader = user;

    for (int i = 0; i < EACH; i++) {
        struct http_reply reply;
        const struct http_request request = {.target = "/api/items/1"};

        if (!http_send(&reader->http, &request, &reply))
            reader->wrong++;
        else if (reply.status == 200)
            reader->passed++;
        else if (is_refusal(&reader->http, &reply))
            reader->refused++;
        else
            reader->wrong++;
    }
    return NULL;
}

static void test_all_workers(void **state)
{
    struct site *site = *state;
    struct reader readers[CLIENTS] = {0};
    int passed = 0, refused = 0;

    for (int i = 0; i < CLIENTS; i++) {
        http_open(&readers[i].http, site->instance.port);
        assert_int_equal(pthread_create(&readers[i].thread, NULL, read_items, &readers[i]), 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(readers[i].thread, NULL);
        http_close(&readers[i].http);
        passed += readers[i].passed;
        refused += readers[i].refused;
        assert_int_equal(readers[i].wrong, 0);
    }
    assert_int_equal(passed, BURST);
    assert_int_equal(refused, CLIENTS * EACH - BURST);
}

static void test_other_classes(void **state)
{
    struct site *site = *state;

    http_must_fail(http_expect(&site->http, 429, "GET", "/api/items/1", NULL, NULL), 429,
                   "RATE_LIMITED");
    for (int i = 0; i < 20; i++)
        http_expect(&site->http, 200, "GET", "/api/health", NULL, NULL);
    (void)http_login(&site->http, "editor@example.com", "editor-password-1");
}

static int write_by_cgi(struct site *site, const char *address)
{
    const char *const variables[] = {http_format(&site->http, "REMOTE_ADDR=%s", address),
                                     "REQUEST_METHOD=DELETE",
                                     "REQUEST_URI=/api/items/1",
                                     limits[0],
                                     limits[1],
                                     NULL};

    return cgi_call(site, variables, NULL)->http.status;
}

/* Nobody is signed in, so what passes the limit is 401. */
static void test_cgi(void **state)
{
    struct site *site = *state;

    for (int i = 0; i < 4; i++)
        assert_int_equal(write_by_cgi(site, "127.0.0.1"), 401);
    for (int i = 0; i < BURST - 4; i++)
        http_expect(&site->http, 401, "DELETE", "/api/items/1", NULL, NULL);
    http_expect(&site->http, 429, "DELETE", "/api/items/1", NULL, NULL);
    assert_int_equal(write_by_cgi(site, "127.0.0.1"), 429);
    assert_int_equal(write_by_cgi(site, "192.0.2.7"), 401);
}

static void test_survives_restart(void **state)
{
    struct site *site = *state;

    assert_true(instance_run(&site->instance, "restart-workers"));
    /* At most the token that came meanwhile passes. */
    for (int i = 0; i < 2; i++)
        (void)http_call(&site->http, &(struct http_request){.target = "/api/items/1"});
    http_expect(&site->http, 429, "GET", "/api/items/1", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "exactly the burst passes, whichever worker a request meets",
         .test_func = test_all_workers},
        {.name = "health and signing in have no part in it", .test_func = test_other_classes},
        {.name = "plain CGI takes from the same bucket, others have their own",
         .test_func = test_cgi},
        {.name = "new workers know what the old ones counted", .test_func = test_survives_restart},
    };

    return cmocka_run_group_tests_name("limits", tests, begin, site_end);
}
