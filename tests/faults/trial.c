/* trial.c - one fault under load: what is done, what it must cost nobody, and its line in the
 * report */
#include "trial.h"

#include "keel/core/clock.h"

#include "report.h"
#include "support/unit.h"
#include "support/worker.h"

#include <stdio.h>
#include <unistd.h>

/* Between two requests of a client. */
#define PAUSE_MS 10

/* Of load before the fault, and of health that counts as such. */
#define CALM_MS    500
#define SETTLED_US 700000

/* So long is waited for health, and for the whole trial. */
#define PATIENCE_US 20000000
#define LIMIT_S     150

#define SETTINGS_MAX 16

/*
 * The load is one client to the rate limits, and its token is good for all trials. A worker that
 * leaves waits up to ten times the drain timeout for its clients.
 */
static const char *const usual[] = {"KEEL_RATE_READ_PER_MINUTE=0", "KEEL_RATE_WRITE_PER_MINUTE=0",
                                    "KEEL_RATE_AUTH_PER_MINUTE=0", "KEEL_DRAIN_TIMEOUT_MS=200",
                                    "KEEL_ACCESS_TOKEN_S=7200"};

/* A list with those behind the usual ones, in memory of the instance's. */
static const char *const *settings(struct instance *instance, const char *const *more)
{
    const char **list = arena_alloc(&instance->scope.arena, SETTINGS_MAX * sizeof *list);
    size_t count = 0;

    assert_non_null(list);
    while (count < COUNT(usual)) {
        list[count] = usual[count];
        count++;
    }
    while (more && *more && count < SETTINGS_MAX - 1)
        list[count++] = *more++;
    list[count] = NULL;
    return list;
}

struct instance *trial_instance(const struct trial *trial)
{
    return &(*trial->site)->instance;
}

void trial_configure(struct trial *trial, const char *const *more)
{
    struct instance *instance = trial_instance(trial);

    instance_configure(instance, settings(instance, more));
}

void trial_mended(struct trial *trial)
{
    trial->mended_us = clock_monotonic_us();
}

static void begin_site(struct trial *trial)
{
    const char *list[COUNT(usual) + 1] = {NULL};
    void *state = NULL;

    if (*trial->site)
        return;
    for (size_t i = 0; i < COUNT(usual); i++)
        list[i] = usual[i];
    site_begin(&state, TRIAL_WORKERS, list);
    *trial->site = state;
}

int trial_begin(void **state)
{
    struct trial *trial = *state;

    alarm(LIMIT_S);
    begin_site(trial);
    return 0;
}

static bool is_ready(struct site *site)
{
    const struct http_request request = {.method = "GET", .target = "/api/health/ready"};
    pid_t pids[INSTANCE_WORKERS_MAX];
    struct http_reply reply;

    bool is_ready = instance_worker_pids(&site->instance, pids) == TRIAL_WORKERS &&
                    instance_auth_pids(&site->instance, pids) == INSTANCE_AUTH_WORKERS &&
                    http_send(&site->http, &request, &reply) && reply.status == 200;

    http_forget(&site->http);
    return is_ready;
}

/* Waits until all are served and all workers are there, and until that has lasted. */
static void wait_healthy(struct trial *trial)
{
    int64_t now = clock_monotonic_us();
    int64_t deadline = now + PATIENCE_US;

    for (; now < deadline; now = clock_monotonic_us()) {
        if (!load_is_served(&trial->load, trial->mended_us) || !is_ready(*trial->site))
            trial->healthy_us = 0;
        else if (!trial->healthy_us)
            trial->healthy_us = now;
        if (trial->healthy_us && now - trial->healthy_us > SETTLED_US)
            return;
        sleep_ms(20);
    }
    trial->healthy_us = 0;
}

/* NULL where all was as it must be. */
static const char *find_fault(const struct trial *trial)
{
    const struct load_tally *tally = &trial->tally;

    if (tally->acknowledged == 0)
        return "no write was acknowledged";
    if (tally->lost)
        return "writes were lost";
    if (tally->strange)
        return "answers were not in the envelope";
    if (tally->failed)
        return "requests failed that should be served or refused";
    if (tally->refused && trial->fault->must_serve)
        return "requests were refused without need";
    if (!trial->healthy_us)
        return "did not become healthy";
    return trial->healthy_us - trial->mended_us < TRIAL_HEALTHY_US ? NULL : "healthy too late";
}

static void report(struct trial *trial, const char *verdict)
{
    trial->is_reported = true;
    report_add(trial, verdict);
}

static void end_load(struct trial *trial)
{
    if (!trial->is_loaded)
        return;
    trial->is_loaded = false;
    load_stop(&trial->load, &trial->tally);
}

void trial_run(void **state)
{
    struct trial *trial = *state;

    if (trial->fault->set_up)
        trial->obstacle = trial->fault->set_up(trial);
    if (trial->obstacle) {
        char text[200];

        snprintf(text, sizeof text, "skipped: %s", trial->obstacle);
        report(trial, text);
        skip();
    }
    trial->is_loaded = true;
    load_begin(&trial->load, *trial->site, trial->fault->name, PAUSE_MS);
    sleep_ms(CALM_MS);
    trial_mended(trial);
    trial->fault->strike(trial);
    wait_healthy(trial);
    if (trial->fault->relieve)
        trial->fault->relieve(trial);
    end_load(trial);
    const char *wrong = find_fault(trial);

    report(trial, wrong ? wrong : "passed");
    if (wrong)
        unit_fail("%s: %zu lost, %zu not in the envelope, %zu failed, healthy after %lld us: %s",
                  wrong, trial->tally.lost, trial->tally.strange, trial->tally.failed,
                  (long long)(trial->healthy_us - trial->mended_us), trial->tally.problem);
}

int trial_end(void **state)
{
    struct trial *trial = *state;

    end_load(trial);
    if (!trial->is_reported)
        report(trial, "broken off");
    if (trial->fault->clear && !trial->obstacle)
        trial->fault->clear(trial);
    alarm(0);
    return 0;
}
