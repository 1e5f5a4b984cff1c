/* kind_mail.c - the kind of job that sends the mails of the outbox */
#include "kinds.h"

#include "keel/core/config.h"
#include "keel/mailer/mailer.h"
#include "keel/services/mail.h"

#include <inttypes.h>
#include <string.h>

/* In one go; then others have their turn, and another job goes on. */
#define MAILS_MAX 100

static bool is_stopped(void *state)
{
    return job_must_end(state);
}

/* A mail that could not be sent has its own time to be tried again; the rest is another job's. */
bool kind_mail_send(struct job *job)
{
    struct scope *scope = job->scope;
    const struct mail_drain drain = {.limit = MAILS_MAX, .is_stopped = is_stopped, .state = job};
    struct mail_tally tally;

    if (strcmp(scope->config->mail_transport, "none") == 0)
        return true;
    if (!mail_send_due(scope, &drain, &tally) || !mail_tidy(scope) || !mail_order_rest(scope))
        return false;
    const char *result = scope_format(
        scope, "{\"sent\":%" PRId64 ",\"failed\":%" PRId64 ",\"given_up\":%" PRId64 "}", tally.sent,
        tally.failed, tally.given_up);

    return result && job_result(job, result);
}
