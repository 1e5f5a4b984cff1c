/* through.c - the same tests through every web server that there is a configuration for */
#include "through.h"

#include "unit.h"

#include <stdio.h>

#define FRONTS_MAX 8
#define TESTS_MAX  256

static const char *const settings[] = {
    "KEEL_TRUSTED_PROXIES=127.0.0.1", "KEEL_RATE_READ_PER_MINUTE=0", "KEEL_RATE_WRITE_PER_MINUTE=0",
    "KEEL_RATE_AUTH_PER_MINUTE=0", NULL};

struct site *through_site(const struct through *through)
{
    return *through->site;
}

struct through *through_begin(void **state)
{
    struct through *through = *state;

    if (!through->http.curl)
        skip();
    http_forget(&through->http);
    return through;
}

const struct http_reply *through_ask(struct through *through, const char *method,
                                     const char *target, const char *header)
{
    const char *const headers[] = {header, NULL};

    return http_call(&through->http, &(struct http_request){
                                         .method = method, .target = target, .headers = headers});
}

const struct http_reply *through_post(struct through *through, const char *body, size_t length,
                                      bool chunked)
{
    return http_call(&through->http, &(struct http_request){.method = "POST",
                                                            .target = "/api/items",
                                                            .token = through_site(through)->editor,
                                                            .body = body,
                                                            .body_length = length,
                                                            .chunked = chunked});
}

void through_must(const struct http_reply *reply, int status, const char *code)
{
    if (code && reply->body_length)
        http_must_fail(reply, status, code);
    else if (reply->status != status)
        unit_fail("not %d, but %d %s", status, reply->status, reply->body);
}

static void test_start(void **state)
{
    struct through *through = *state;

    if (!*through->site)
        site_begin(through->site, THROUGH_WORKERS, settings);
    if (!front_start(&through_site(through)->instance, through->kind, settings, &through->front))
        skip();
    http_open(&through->http, through->front.port);
    http_expect(&through->http, 200, "GET", "/api/health", NULL, NULL);
}

static void test_stop(void **state)
{
    struct through *through = *state;

    if (through->http.curl)
        http_close(&through->http);
    front_stop(&through->front);
}

/* Its state is that of the first server: by now all of them have ended. */
static void test_nothing_is_left(void **state)
{
    struct through *through = *state;
    struct site *site = through_site(through);

    assert_non_null(site);
    size_t count = instance_count_programs(&site->instance);

    assert_int_equal(site_end(through->site), 0);
    assert_int_equal(count, THROUGH_WORKERS + INSTANCE_AUTH_WORKERS);
}

/* The tests that cmocka is given, and room for their names. */
struct plan {
    struct CMUnitTest tests[TESTS_MAX];
    char names[TESTS_MAX][128];
    size_t count;
};

static void add(struct plan *plan, struct through *through, const char *name,
                void (*test)(void **state))
{
    char *text = plan->names[plan->count];

    snprintf(text, sizeof plan->names[0], "%s: %s", front_name(through->kind), name);
    plan->tests[plan->count++] =
        (struct CMUnitTest){.name = text, .test_func = test, .initial_state = through};
}

int through_run(const char *group, const struct through_check *checks, size_t count)
{
    static struct plan plan; /* too large for the stack of a build with sanitizers */
    struct through throughs[FRONTS_MAX] = {0};
    void *site = NULL;

    for (size_t i = 0; i < FRONTS_MAX && front_kind(i) && plan.count + count + 3 < TESTS_MAX; i++) {
        throughs[i] = (struct through){.kind = front_kind(i), .site = &site};
        add(&plan, &throughs[i], "it starts with the files as they are", test_start);
        for (size_t k = 0; k < count; k++) {
            if ((front_has(throughs[i].kind) & checks[k].needs) == checks[k].needs)
                add(&plan, &throughs[i], checks[k].name, checks[k].test);
        }
        add(&plan, &throughs[i], "it stops", test_stop);
    }
    plan.tests[plan.count++] = (struct CMUnitTest){.name = "none of them leaves a process",
                                                   .test_func = test_nothing_is_left,
                                                   .initial_state = &throughs[0]};
    return _cmocka_run_group_tests(group, plan.tests, plan.count, NULL, NULL);
}
