/* message.h - one mail as it goes over the wire: headers, a plain part and an HTML part */
#ifndef KEEL_MAILER_MESSAGE_H
#define KEEL_MAILER_MESSAGE_H

#include "keel/core/buffer.h"
#include "keel/core/scope.h"
#include "keel/services/mail.h"

/* A mail with what its headers need; texts are UTF-8. */
struct message {
    int64_t id;          /* of the outbox; 0: not from there */
    const char *to;      /* an address as mail_address_take() makes it */
    const char *mail_id; /* Message-ID, with its angle brackets */
    int64_t created_s;   /* seconds since 1970 */
    struct mail_text text;
};

/*
 * Writes the mail (RFC 5322, multipart/alternative); lines end with `newline`, "\r\n" for servers
 * and files, "\n" for a sendmail command. The bytes are the same each time. Fails for memory, and
 * with ERR_INTERNAL where mail_from is no address or a header has a control character.
 */
bool message_write(struct scope *scope, const struct message *message, const char *newline,
                   struct buffer *out);

#endif
