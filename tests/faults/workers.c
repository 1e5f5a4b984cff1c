/* workers.c - workers that are killed, replaced or out of memory */
#include "faults.h"

#include "support/family.h"
#include "support/unit.h"
#include "support/worker.h"

#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLS 3

/* Below the limit of a body, far above what a worker that has had small ones has to spare. */
#define LARGE_BYTES 900000
#define LARGE_TRIES 1000

/* A worker that has just started stays, as the next one would have no more memory. */
#define YOUNG_MS 1000

void workers_kill_one(struct trial *trial)
{
    struct instance *instance = trial_instance(trial);
    pid_t pids[INSTANCE_WORKERS_MAX];

    for (int i = 0; i < KILLS; i++) {
        sleep_ms(300);
        assert_true(instance_worker_pids(instance, pids) > 0);
        assert_int_equal(kill(pids[0], SIGKILL), 0);
        trial_mended(trial);
    }
}

void workers_kill_all(struct trial *trial)
{
    struct instance *instance = trial_instance(trial);
    pid_t pids[2 * INSTANCE_WORKERS_MAX];
    size_t count = instance_worker_pids(instance, pids);

    count += instance_auth_pids(instance, pids + count);
    assert_int_equal(count, TRIAL_WORKERS + INSTANCE_AUTH_WORKERS);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(kill(pids[i], SIGKILL), 0);
    trial_mended(trial);
}

/* keelctl workers restart, for both pools. */
void workers_roll(struct trial *trial)
{
    assert_true(instance_run(trial_instance(trial), "restart-workers"));
    assert_true(instance_run(trial_instance(trial), "restart-workers"));
    trial_mended(trial);
}

/* Bytes that the process has mapped, whether it has used them or not. */
static rlim_t mapped_bytes(pid_t pid)
{
    char path[64];
    unsigned long pages = 0;
    FILE *stream;

    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    stream = fopen(path, "re");
    assert_non_null(stream);
    assert_int_equal(fscanf(stream, "%lu", &pages), 1);
    fclose(stream);
    return pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* From now on it gets no more memory than it has. Its own user may say so, root not everywhere. */
static void limit(pid_t pid)
{
    const struct passwd *user = getuid() == 0 ? getpwnam("www-data") : NULL;
    const struct rlimit most = {.rlim_cur = mapped_bytes(pid), .rlim_max = mapped_bytes(pid)};
    pid_t child = fork();
    int status = -1;

    assert_true(child >= 0);
    if (child == 0) {
        bool is_user = !user || (setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0);

        _exit(is_user && prlimit(pid, RLIMIT_AS, &most, NULL) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Claim: it was taken; else it was refused. No item comes of it: its price is none. */
static bool send_large(struct site *site, const char *body)
{
    const struct http_reply *reply = http_call(
        &site->http,
        &(struct http_request){.target = "/api/items", .token = site->editor, .body = body});
    int status = reply->status;

    assert_true(status == 400 || status == 503);
    http_forget(&site->http);
    return status == 400;
}

/* As long as that worker lives, those large requests that it takes are refused. */
void workers_limit(struct trial *trial)
{
    static char body[LARGE_BYTES + 100];
    struct site *site = *trial->site;
    pid_t pids[INSTANCE_WORKERS_MAX];
    int refused = 0;

    snprintf(body, sizeof body, "{\"name\":\"Large\",\"price\":-1,\"description\":\"%0*d\"}",
             LARGE_BYTES, 0);
    assert_true(instance_worker_pids(&site->instance, pids) > 0);
    sleep_ms(YOUNG_MS);
    limit(pids[0]);
    trial_mended(trial);
    for (int i = 0; i < LARGE_TRIES && family_lives(pids[0]); i++)
        refused += !send_large(site, body);
    assert_false(family_lives(pids[0]));
    assert_true(refused > 0);
    for (int i = 0; i < TRIAL_WORKERS; i++)
        assert_true(send_large(site, body));
}
