/* users_mail.h - what owners are told when somebody else makes or changes their account */
#ifndef KEEL_SERVICES_USERS_MAIL_H
#define KEEL_SERVICES_USERS_MAIL_H

#include "keel/core/scope.h"

/*
 * Mails a link that lets the owner of a new account choose its first password. ERR_VALIDATION
 * (field "email") for an address that no mail can be sent to.
 */
bool users_mail_invite(struct scope *scope, int64_t id, const char *email);

/*
 * Tells the old address of the new one. That no mail can be sent there keeps nobody from changing
 * it.
 */
bool users_mail_moved(struct scope *scope, const char *old_email, const char *new_email);

#endif
