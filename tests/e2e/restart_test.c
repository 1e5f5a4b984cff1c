/* restart_test.c - workers that are replaced or leave by themselves while 16 clients read and write
 */
#include "keel/core/clock.h"

#include "support/load.h"
#include "support/worker.h"

#include "support/unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WORKERS     4
#define PATIENCE_US 30000000

/* The load is one client to the rate limits. A worker that leaves waits up to ten times the drain
 * timeout for its clients. */
#define USUAL                                                                                      \
    "KEEL_RATE_READ_PER_MINUTE=0", "KEEL_RATE_WRITE_PER_MINUTE=0", "KEEL_RATE_AUTH_PER_MINUTE=0",  \
        "KEEL_DRAIN_TIMEOUT_MS=200"

static const char *const ordinary[] = {USUAL, NULL};

static int begin(void **state)
{
    return site_begin(state, WORKERS, ordinary);
}

/* Claim: none of those workers is left. */
static bool are_replaced(const struct instance *instance, const pid_t *before)
{
    pid_t now[INSTANCE_WORKERS_MAX];
    size_t alive = instance_worker_pids(instance, now);

    for (size_t i = 0; i < WORKERS; i++) {
        for (size_t k = 0; k < alive; k++) {
            if (before[i] == now[k])
                return false;
        }
    }
    return true;
}

/* What the program that answers calls the commit it was made from. */
static const char *running_commit(struct site *site)
{
    const struct http_request request = {.method = "GET", .target = "/api/version"};
    struct json_object *data = NULL, *commit = NULL;
    struct http_reply reply;

    assert_true(http_send(&site->http, &request, &reply));
    assert_true(json_object_object_get_ex(reply.json, "data", &data));
    assert_true(json_object_object_get_ex(data, "commit", &commit));
    return http_format(&site->http, "%s", json_object_get_string(commit));
}

/* Another program: the same bytes but for the name of its commit, renamed into its place. */
static void install_other_program(struct site *site, const char *commit, const char *other)
{
    const char *path = http_format(&site->http, "%s/bin/api", site->instance.var);
    const char *fresh = http_format(&site->http, "%s.other", path);
    FILE *from = fopen(path, "re"), *to = fopen(fresh, "we");
    size_t length = strlen(commit);
    size_t count;

    assert_true(from && to && strlen(other) == length);
    assert_int_equal(fseek(from, 0, SEEK_END), 0);
    size_t size = (size_t)ftell(from);
    char *bytes = malloc(size);

    rewind(from);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, size, from), size);
    for (count = 0; count < 9; count++) {
        char *at = memmem(bytes, size, commit, length);

        if (!at)
            break;
        memcpy(at, other, length);
    }
    assert_true(count > 0 && count < 9);
    assert_int_equal(fwrite(bytes, 1, size, to), size);
    free(bytes);
    fclose(from);
    assert_int_equal(fclose(to), 0);
    assert_int_equal(chmod(fresh, 0755), 0);
    assert_int_equal(rename(fresh, path), 0);
}

static void test_new_program(void **state)
{
    struct site *site = *state;
    struct load *load = malloc(sizeof *load);
    const char *commit = running_commit(site);
    char other[64] = "";

    assert_non_null(load);
    assert_true(strlen(commit) < sizeof other);
    memset(other, 'e', strlen(commit));
    install_other_program(site, commit, other);
    load_begin(load, site, "upgraded", 0);
    sleep_ms(300);
    assert_string_equal(running_commit(site), commit);
    bool restarted = instance_run(&site->instance, "restart-workers");

    sleep_ms(300);
    (void)load_end(load, 0);
    free(load);
    assert_true(restarted);
    assert_string_equal(running_commit(site), other);
}

static void test_rolling_restart(void **state)
{
    struct site *site = *state;
    struct load *load = malloc(sizeof *load);
    pid_t before[INSTANCE_WORKERS_MAX];
    bool restarted = true;

    assert_non_null(load);
    load_begin(load, site, "rolling", 0);
    sleep_ms(300);
    for (int i = 0; i < 3 && restarted; i++) {
        size_t count = instance_worker_pids(&site->instance, before);

        restarted = count == WORKERS && instance_run(&site->instance, "restart-workers");
    }
    sleep_ms(300);
    (void)load_end(load, 0);
    free(load);
    assert_true(restarted);
    assert_true(are_replaced(&site->instance, before));
}

/* Runs the load until workers that leave by themselves have all done so. */
static void run_with(struct site *site, const char *const *settings, const char *run)
{
    struct load *load = malloc(sizeof *load);
    pid_t before[INSTANCE_WORKERS_MAX];

    assert_non_null(load);
    instance_configure(&site->instance, settings);
    assert_int_equal(instance_worker_pids(&site->instance, before), WORKERS);
    int64_t deadline = clock_monotonic_us() + PATIENCE_US;

    load_begin(load, site, run, 0);
    while (!are_replaced(&site->instance, before) && clock_monotonic_us() < deadline)
        sleep_ms(50);
    sleep_ms(300);
    (void)load_end(load, 0);
    free(load);
    assert_true(are_replaced(&site->instance, before));
}

static void test_max_requests(void **state)
{
    static const char *const settings[] = {USUAL, "KEEL_MAX_REQUESTS=200", NULL};

    run_with(*state, settings, "counted");
}

static void test_max_memory(void **state)
{
    static const char *const settings[] = {USUAL, "KEEL_MAX_MEMORY_MB=1", NULL};

    run_with(*state, settings, "bounded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "replacing the workers fails no request and loses nothing",
         .test_func = test_rolling_restart},
        {.name = "a new program is taken up by that, and fails none either",
         .test_func = test_new_program},
        {.name = "workers that leave after 200 requests fail none", .test_func = test_max_requests},
        {.name = "workers that leave for their memory fail none", .test_func = test_max_memory},
    };

    return cmocka_run_group_tests_name("restart", tests, begin, site_end);
}
