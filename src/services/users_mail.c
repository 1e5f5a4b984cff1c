/* users_mail.c - what owners are told when somebody else makes or changes their account */
#include "users_mail.h"

#include "keel/core/config.h"
#include "keel/services/mail.h"
#include "keel/services/single_use.h"

#include <inttypes.h>

#define DAY_S INT64_C(86400)

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A first password is chosen as another one is: on the same page, with the same kind of token. */
bool users_mail_invite(struct scope *scope, int64_t id, const char *email)
{
    int64_t days = scope->config->invite_days;
    const char *token;

    if (!single_use_issue(scope, id, SINGLE_USE_RESET, NULL, days * DAY_S, &token))
        return false;
    const struct mail_value values[] = {
        {"link", mail_link(scope, "/reset", token)},
        {"expires", scope_format(scope, "%" PRId64 " day%s", days, days == 1 ? "" : "s")},
    };

    return values[0].text && values[1].text &&
           mail_queue(scope, MAIL_INVITE, email, values, COUNT(values));
}

/* From where it was changed is the business of those who look after accounts. */
bool users_mail_moved(struct scope *scope, const char *old_email, const char *new_email)
{
    const struct mail_value values[] = {
        {"new_email", new_email}, {"address", NULL}, {"agent", NULL}};

    if (mail_queue(scope, MAIL_EMAIL_CHANGED, old_email, values, COUNT(values)))
        return true;
    if (scope->error.kind != ERR_VALIDATION)
        return false;
    scope_clear_error(scope);
    return true;
}
