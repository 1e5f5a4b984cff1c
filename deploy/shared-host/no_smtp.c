/* no_smtp.c - stands in the place of src/mailer/transport_smtp.c in a keelctl that goes without
 * libcurl */
#include "keel/core/scope.h"
#include "mailer/transport.h"

static bool open_none(struct scope *scope, void **state)
{
    *state = NULL;
    return fail(
        scope, ERR_INTERNAL,
        "This build has no SMTP: KEEL_MAIL_TRANSPORT=sendmail takes the host's own program");
}

/* Not called: open_none() has failed. */
static bool send_none(struct scope *scope, void *state, const struct message *message,
                      struct delivery *delivery)
{
    (void)state;
    (void)message;
    return delivery_fail(scope, delivery, OUTCOME_FAILED, "This build has no SMTP");
}

static bool probe_none(struct scope *scope, void *state, struct delivery *delivery)
{
    return send_none(scope, state, NULL, delivery);
}

static void close_none(void *state)
{
    (void)state;
}

const struct transport transport_smtp = {"smtp", open_none, send_none, close_none, probe_none};
