/* runner.c - carries out what lies in the queue, in child processes, until it is told to end */
#include "runner_parts.h"

#include "keel/core/clock.h"
#include "keel/core/log.h"
#include "keel/core/random.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Signals, the database, and each process. */
#define EVENTS_MAX (2 + RUNNER_PROCESSES_MAX)

/* No sleep is longer, whatever was reckoned. */
#define SLEEP_MOST_MS 1000

/* "host-1234-9f86d081": tells people where it is, and no other runner was ever called so. */
static bool make_name(struct runner *runner)
{
    char host[64] = "", random[9];

    if (gethostname(host, sizeof host - 1) != 0 || !random_hex(random, 4))
        return false;
    snprintf(runner->name, sizeof runner->name, "%s-%ld-%s", host, (long)getpid(), random);
    return true;
}

/* In a new process: what is the runner's own. The connection is closed without a word on it. */
static void leave(void *state)
{
    const struct runner *runner = state;
    PGconn *connection = db_connection(runner->db);

    if (connection)
        close(PQsocket(connection));
    close(runner->signals);
}

static bool open_signals(struct runner *runner)
{
    static const int wanted[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
    sigset_t mask;

    sigemptyset(&mask);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        sigaddset(&mask, wanted[i]);
    runner->signals = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
    return runner->signals >= 0 &&
           sigprocmask(SIG_BLOCK, &mask, &runner->crew.signals_before) == 0 &&
           sched_getaffinity(0, sizeof runner->crew.processors, &runner->crew.processors) == 0;
}

static bool open_crew(struct runner *runner)
{
    struct crew *crew = &runner->crew;

    crew->setup = (struct process_setup){.options = runner->options,
                                         .config = runner->config,
                                         .log = runner->log,
                                         .runner = runner->name};
    crew->leave = leave;
    crew->state = runner;
    return crew_open(crew, (size_t)runner->options->processes);
}

static bool set_up(struct scope *scope, struct runner *runner)
{
    if (!make_name(runner) || !open_signals(runner) || !open_crew(runner))
        return fail(scope, ERR_INTERNAL, "The runner cannot begin: %s", strerror(errno));
    return ledger_open(scope, runner->options, runner->name, &runner->ledger) &&
           db_open(scope, scope->config->database_url, &runner->db);
}

void runner_stop(struct runner *runner, int64_t now_us)
{
    if (!runner->is_stopping)
        log_write(runner->log, LOG_LEVEL_INFO, "The runner ends; %zu jobs are given %lld s.",
                  crew_count_busy(&runner->crew), (long long)runner->config->job_drain_s);
    /* Whoever says it twice does not want to wait. */
    runner->drained_us =
        runner->is_stopping ? now_us : now_us + runner->config->job_drain_s * RUNNER_SECOND_US;
    runner->is_stopping = true;
    runner_drop_waiting(runner, JOB_RELEASED);
    for (size_t i = 0; i < runner->crew.count; i++) {
        if (runner->crew.members[i].task)
            crew_tell(&runner->crew.members[i], CREW_STOPPED, runner->drained_us);
    }
}

static void take_signals(struct runner *runner, int64_t now_us)
{
    struct signalfd_siginfo info;

    while (read(runner->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            runner_stop(runner, now_us);
        else if (info.ssi_signo == SIGHUP && runner->log)
            (void)log_reopen(runner->log);
    }
}

static void take_reports(struct runner *runner, int64_t now_us)
{
    bool is_adrift = false;

    for (size_t i = 0; i < runner->crew.count; i++) {
        struct task *task =
            crew_take_report(&runner->crew, &runner->crew.members[i], now_us, &is_adrift);

        if (task)
            task_append(&runner->ended, task);
        /* It may have ordered another one. */
        if (task)
            runner->found_nothing = false;
    }
    /* Who cannot run jobs is not to claim one after the other. */
    if (is_adrift) {
        runner_drop_waiting(runner, JOB_RELEASED);
        runner->look_us = now_us + runner->config->job_poll_ms * 1000;
    }
}

void runner_hand_out(struct runner *runner, int64_t now_us)
{
    struct task *task;

    while ((task = task_take(&runner->waiting))) {
        if (!crew_hand_out(&runner->crew, task, now_us)) {
            task_prepend(&runner->waiting, task);
            return;
        }
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Milliseconds until something is to be done that nobody wakes it for. */
static int sleep_ms(const struct runner *runner, bool is_connected)
{
    int64_t now_us = clock_monotonic_us();
    int64_t next = earlier(crew_next_us(&runner->crew), runner->stop_us);

    if (runner->is_stopping)
        next = earlier(next, runner->drained_us);
    if (!is_connected)
        next = earlier(next, runner->retry_us);
    else
        next = earlier(next, earlier(runner->renew_us, runner->tick_us));
    if (is_connected)
        next = earlier(next, runner_claim_us(runner));
    if (is_connected && runner->ended.count > 0 && runner->waiting.count == 0)
        next = now_us;
    int64_t left_ms = next <= now_us ? 0 : (next - now_us + 999) / 1000;

    return left_ms < SLEEP_MOST_MS ? (int)left_ms : SLEEP_MOST_MS;
}

static void wait_for_news(const struct runner *runner, bool is_connected)
{
    struct pollfd events[EVENTS_MAX];
    nfds_t count = 0;

    events[count++] = (struct pollfd){.fd = runner->signals, .events = POLLIN};
    if (is_connected && db_connection(runner->db))
        events[count++] =
            (struct pollfd){.fd = PQsocket(db_connection(runner->db)), .events = POLLIN};
    for (size_t i = 0; i < runner->crew.count; i++)
        events[count++] = (struct pollfd){.fd = runner->crew.members[i].fd, .events = POLLIN};
    (void)poll(events, count, sleep_ms(runner, is_connected));
}

/* Claim: nothing is left to be done, or nobody waits for it any longer. */
static bool is_done(const struct runner *runner, int64_t now_us)
{
    bool is_idle = crew_count_busy(&runner->crew) == 0 && runner->waiting.count == 0;

    if (runner->is_stopping)
        return (is_idle && runner->ended.count == 0) ||
               now_us >= runner->drained_us + RUNNER_SECOND_US;
    return runner->options->once && runner->found_nothing && is_idle && runner->ended.count == 0;
}

/* Everything that is due at this moment. Claim: the database is there. */
static bool turn(struct runner *runner)
{
    int64_t now_us = clock_monotonic_us();

    take_signals(runner, now_us);
    take_reports(runner, now_us);
    crew_reap(&runner->crew, now_us, &runner->ended);
    crew_enforce(&runner->crew, now_us);
    if (now_us >= runner->stop_us) {
        runner->stop_us = INT64_MAX;
        runner_stop(runner, now_us);
    }
    if (!runner->is_stopping)
        (void)crew_start(&runner->crew, now_us);
    runner_hand_out(runner, now_us);
    bool is_connected = runner_connect(runner, now_us);

    if (is_connected) {
        runner_take_notices(runner);
        runner_use_database(runner, now_us);
        runner_hand_out(runner, clock_monotonic_us());
        runner_take_notices(runner);
    }
    return is_connected && runner->retry_us == 0;
}

static bool serve(struct scope *scope, struct runner *runner)
{
    bool is_connected = turn(runner);

    if (!is_connected && runner->options->once && !runner->was_connected)
        return fail(scope, ERR_UNAVAILABLE, "The database is not available at the moment");
    while (!is_done(runner, clock_monotonic_us())) {
        wait_for_news(runner, is_connected);
        is_connected = turn(runner);
    }
    return true;
}

static void take_down(struct runner *runner)
{
    struct task *task;

    if (runner->crew.slots)
        crew_close(&runner->crew);
    for (size_t i = 0; i < runner->crew.count; i++) {
        if (runner->crew.members[i].task)
            task_free(runner->crew.members[i].task);
    }
    while ((task = task_take(&runner->waiting)))
        task_free(task);
    while ((task = task_take(&runner->ended)))
        task_free(task);
    db_close(runner->db);
    if (runner->signals >= 0) {
        close(runner->signals);
        sigprocmask(SIG_SETMASK, &runner->crew.signals_before, NULL);
    }
}

bool runner_run(struct scope *scope, const struct runner_options *options)
{
    struct runner runner = {
        .options = options,
        .config = scope->config,
        .log = scope->log,
        .signals = -1,
        .batch = (size_t)options->processes,
        .stop_us = options->max_seconds
                       ? clock_monotonic_us() + options->max_seconds * RUNNER_SECOND_US
                       : INT64_MAX,
    };
    bool done = set_up(scope, &runner);

    if (done) {
        log_write(scope->log, LOG_LEVEL_INFO, "The runner %s has begun, with %lld processes.",
                  runner.name, (long long)options->processes);
        done = serve(scope, &runner);
        log_write(scope->log, LOG_LEVEL_INFO, "The runner %s has ended.", runner.name);
    }
    take_down(&runner);
    return done;
}
