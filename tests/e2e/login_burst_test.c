/* login_burst_test.c - a hundred logins at once: who reads does not notice, and memory is bounded
 */
#include "support/site.h"
#include "support/worker.h"

#include "keel/core/clock.h"
#include "support/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORKERS      2
#define LOGINS       100
#define READERS      4
#define READS_MAX    20000 /* of one reader */
#define P99_MAX_US   200000
#define SLOTS        2
#define HASH_MIB     19 /* of the standard parameters, which are those that count here */
#define AUTH_WORKERS 8

/* The limits would turn most of them away before their password is looked at. */
#define USUAL                                                                                      \
    "KEEL_RATE_AUTH_PER_MINUTE=0", "KEEL_RATE_READ_PER_MINUTE=0", "KEEL_LOGIN_CLIENT_FAILURES=0"

static const char *const ordinary[] = {USUAL, NULL};

static int begin(void **state)
{
    return site_begin(state, WORKERS, ordinary);
}

struct guest {
    pthread_t thread;
    struct http http;
    struct http_reply reply;
    const char *body;
    bool answered;
};

static void *sign_in(void *user)
{
    struct guest *guest = user;

    guest->answered = http_send(
        &guest->http,
        &(struct http_request){.method = "POST", .target = "/api/auth/login", .body = guest->body},
        &guest->reply);
    return NULL;
}

/* Every other one is wrong, and of many who have no account. */
static const char *body_of(struct site *site, size_t number)
{
    if (number % 2 == 0)
        return "{\"email\":\"editor@example.com\",\"password\":\"editor-password-1\"}";
    return http_format(&site->http,
                       "{\"email\":\"nobody%zu@example.com\",\"password\":\"not the password\"}",
                       number);
}

static void guests_begin(struct site *site, struct guest *guests)
{
    for (size_t i = 0; i < LOGINS; i++) {
        guests[i] = (struct guest){.body = body_of(site, i)};
        http_open(&guests[i].http, site->instance.port);
    }
    for (size_t i = 0; i < LOGINS; i++)
        assert_int_equal(pthread_create(&guests[i].thread, NULL, sign_in, &guests[i]), 0);
}

/* Each was answered in the envelope; how many of them were let in. */
static size_t guests_end(struct guest *guests)
{
    size_t let_in = 0;

    for (size_t i = 0; i < LOGINS; i++)
        pthread_join(guests[i].thread, NULL);
    for (size_t i = 0; i < LOGINS; i++) {
        int status = guests[i].reply.status;
        const char *problem = http_problem(&guests[i].http, "POST", &guests[i].reply);

        if (!guests[i].answered || problem)
            unit_fail("login %zu: %d %s", i, status, problem ? problem : "no answer");
        if (status != (i % 2 == 0 ? 200 : 401) && status != 429 && status != 503)
            unit_fail("login %zu: %d %s", i, status, guests[i].reply.body);
        let_in += status == 200;
        http_close(&guests[i].http);
    }
    return let_in;
}

/* One who reads without a pause, and how long each answer took. */
struct reader {
    pthread_t thread;
    struct http http;
    atomic_bool *stop;
    size_t count, failures;
    int64_t us[READS_MAX];
};

static void *read_items(void *user)
{
    struct reader *reader = user;
    const struct http_request request = {.target = "/api/items"};

    while (!atomic_load(reader->stop) && reader->count < READS_MAX) {
        struct http_reply reply;
        int64_t start = clock_monotonic_us();

        reader->failures += !http_send(&reader->http, &request, &reply) || reply.status != 200;
        reader->us[reader->count++] = clock_monotonic_us() - start;
        http_forget(&reader->http);
        /* As people do; without a pause they alone would fill the machine. */
        sleep_ms(2);
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

    return (first > second) - (first < second);
}

/* What ninety-nine of a hundred reads stayed below, in microseconds. */
static int64_t find_p99(const struct reader *readers, size_t *count)
{
    int64_t *all = calloc((size_t)READERS * READS_MAX, sizeof *all);

    assert_non_null(all);
    *count = 0;
    for (size_t i = 0; i < READERS; i++) {
        memcpy(all + *count, readers[i].us, readers[i].count * sizeof *all);
        *count += readers[i].count;
        assert_int_equal(readers[i].failures, 0);
    }
    assert_true(*count > 100);
    qsort(all, *count, sizeof *all, compare);
    int64_t p99 = all[*count * 99 / 100];

    free(all);
    return p99;
}

static void test_reads(void **state)
{
    struct site *site = *state;
    struct reader *readers = calloc(READERS, sizeof *readers);
    struct guest guests[LOGINS];
    atomic_bool stop = false;
    size_t reads;

    assert_non_null(readers);
    int64_t start = clock_monotonic_us();

    guests_begin(site, guests);
    for (size_t i = 0; i < READERS; i++) {
        readers[i].stop = &stop;
        http_open(&readers[i].http, site->instance.port);
        assert_int_equal(pthread_create(&readers[i].thread, NULL, read_items, &readers[i]), 0);
    }
    size_t let_in = guests_end(guests);

    atomic_store(&stop, true);
    for (size_t i = 0; i < READERS; i++) {
        pthread_join(readers[i].thread, NULL);
        http_close(&readers[i].http);
    }
    int64_t p99 = find_p99(readers, &reads);

    free(readers);
    print_message("# %d logins (%zu let in) in %lld ms; p99 of %zu reads meanwhile: %.1f ms\n",
                  LOGINS, let_in, (long long)(clock_monotonic_us() - start) / 1000, reads,
                  (double)p99 / 1000);
    assert_true(let_in > 0);
    assert_true(p99 < P99_MAX_US);
}

/* MiB that a process has in memory; 0 when it is gone. */
static long memory_of(pid_t pid)
{
    char path[64];
    char text[128] = "";
    long pages = 0;

    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *stream = fopen(path, "re");

    if (!stream)
        return 0;
    /* Its second number: what is resident. */
    if (fgets(text, sizeof text, stream) && strchr(text, ' '))
        pages = strtol(strchr(text, ' '), NULL, 10);
    fclose(stream);
    return pages * sysconf(_SC_PAGESIZE) / (1024 * 1024);
}

static long memory_of_all(const pid_t *pids, size_t count)
{
    long sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += memory_of(pids[i]);
    return sum;
}

struct watch {
    pthread_t thread;
    const pid_t *pids;
    size_t count;
    atomic_bool stop;
    long most;
};

static void *watch_memory(void *user)
{
    struct watch *watch = user;

    while (!atomic_load(&watch->stop)) {
        long now = memory_of_all(watch->pids, watch->count);

        watch->most = now > watch->most ? now : watch->most;
        sleep_ms(1);
    }
    return NULL;
}

static void test_memory(void **state)
{
    static const char *const settings[] = {USUAL, "KEEL_AUTH_WORKERS=8", "KEEL_HASH_SLOTS=2",
                                           "KEEL_HASH_WAIT_MS=60000", NULL};
    struct site *site = *state;
    struct guest guests[LOGINS];
    pid_t pids[INSTANCE_WORKERS_MAX];

    instance_configure(&site->instance, settings);
    /* What a worker needs besides is there after its first request. */
    guests_begin(site, guests);
    guests_end(guests);
    size_t count = instance_auth_pids(&site->instance, pids);

    assert_int_equal(count, AUTH_WORKERS);
    long before = memory_of_all(pids, count);
    struct watch watch = {.pids = pids, .count = count};

    assert_int_equal(pthread_create(&watch.thread, NULL, watch_memory, &watch), 0);
    guests_begin(site, guests);
    assert_int_equal(guests_end(guests), LOGINS / 2);
    atomic_store(&watch.stop, true);
    pthread_join(watch.thread, NULL);
    print_message("# %d workers: %ld MiB before, at most %ld MiB during %d logins\n", AUTH_WORKERS,
                  before, watch.most, LOGINS);
    /* One place's worth for what a look at eight processes, one after the other, gets wrong. */
    assert_true(watch.most - before <= (SLOTS + 1) * (HASH_MIB + 1));
    assert_true(watch.most - before >= HASH_MIB - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "a hundred logins at once leave reads at p99 below 200 ms",
         .test_func = test_reads},
        {.name = "a hundred logins at once take no more memory than the places to hash",
         .test_func = test_memory},
    };

    return cmocka_run_group_tests_name("login burst", tests, begin, site_end);
}
