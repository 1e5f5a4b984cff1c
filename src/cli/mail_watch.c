/* mail_watch.c - sends mails again and again, until it is told to end */
#include "mail_watch.h"

#include "keel/core/clock.h"
#include "keel/db/db.h"
#include "keel/mailer/mailer.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define TIDY_EVERY_US (INT64_C(3600) * 1000000)

/* Room for one sentence; what is longer is compared by its beginning. */
#define SAID_SIZE 256

struct watch {
    struct cli *cli;
    struct mail_drain drain;
    sigset_t ending;      /* the signals that end it; blocked, and asked for where it suits */
    int64_t tidied_us;    /* on the clock that only goes forward; 0: never */
    char said[SAID_SIZE]; /* the trouble last told: once is enough while it lasts */
};

static bool is_told_to_end(void *state)
{
    sigset_t pending;

    (void)state;
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

static void print_failure(void *state, int64_t id, const char *what)
{
    (void)state;
    fprintf(stderr, "keelctl: mail %" PRId64 ": %s\n", id, what);
}

static void tell(struct watch *watch, const struct error *error)
{
    char text[SAID_SIZE];

    snprintf(text, sizeof text, "%s (%s)", error->message, error->detail ? error->detail : "-");
    if (strcmp(text, watch->said) == 0)
        return;
    memcpy(watch->said, text, sizeof text);
    fprintf(stderr, "keelctl: %s\n", text);
}

static bool tidy(struct watch *watch, struct scope *scope)
{
    int64_t now_us = clock_monotonic_us();

    if (watch->tidied_us != 0 && now_us - watch->tidied_us < TIDY_EVERY_US)
        return true;
    watch->tidied_us = now_us;
    return mail_tidy(scope);
}

static void do_round(struct watch *watch)
{
    struct mail_tally tally;
    struct scope scope;

    scope_begin(&scope, &watch->cli->config, watch->cli->db, NULL);
    if (db_ensure(&scope) && mail_send_due(&scope, &watch->drain, &tally) && tidy(watch, &scope))
        watch->said[0] = '\0';
    else
        tell(watch, &scope.error);
    scope_end(&scope);
}

/* Claim: the signal came meanwhile. */
static bool ends_within(const struct watch *watch, int64_t pause_s)
{
    const struct timespec pause = {.tv_sec = (time_t)pause_s};
    int signal_number;

    do
        signal_number = sigtimedwait(&watch->ending, NULL, &pause);
    while (signal_number < 0 && errno == EINTR);
    return signal_number > 0;
}

bool mail_watch(struct cli *cli, int64_t limit, int64_t pause_s)
{
    struct watch watch = {.cli = cli};

    watch.drain = (struct mail_drain){limit, is_told_to_end, &watch, print_failure};
    sigemptyset(&watch.ending);
    sigaddset(&watch.ending, SIGTERM);
    sigaddset(&watch.ending, SIGINT);
    if (sigprocmask(SIG_BLOCK, &watch.ending, NULL) != 0)
        return fail(&cli->scope, ERR_INTERNAL, "Signals cannot be held back: %s", strerror(errno));
    do
        do_round(&watch);
    while (!ends_within(&watch, pause_s));
    return true;
}
