/* api_mail.c - what lies in the outbox of an API test */
#include "api_mail.h"

const char *api_mails_to(struct api *api, const char *address)
{
    return api_ask(api, api_format(api,
                                   "SELECT string_agg(kind, ' ' ORDER BY id) FROM mail_outbox "
                                   "WHERE recipient = '%s'",
                                   address));
}

const char *api_mail_token(struct api *api, const char *address)
{
    const char *token =
        api_ask(api, api_format(api,
                                "SELECT substring(text_body FROM '#token=([A-Za-z0-9_-]+)') FROM "
                                "mail_outbox WHERE recipient = '%s' ORDER BY id DESC LIMIT 1",
                                address));

    if (!*token)
        unit_fail("the newest mail to %s has no token", address);
    api_keep_secret(api, token);
    return token;
}

void api_mail_wait_over(struct api *api)
{
    api_ask(api, "UPDATE account_mails SET sent_at = sent_at - interval '61 seconds'");
}
