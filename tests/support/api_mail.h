/* api_mail.h - what lies in the outbox of an API test */
#ifndef KEEL_TESTS_SUPPORT_API_MAIL_H
#define KEEL_TESTS_SUPPORT_API_MAIL_H

#include "api.h"

/* Kinds of the mails to an address, the first one first: "verify reset"; "" for none. */
const char *api_mails_to(struct api *api, const char *address);

/* The token in the link of the newest mail to an address; the log must not have it. */
const char *api_mail_token(struct api *api, const char *address);

/* Lets the pause between two mails of a kind pass. */
void api_mail_wait_over(struct api *api);

#endif
