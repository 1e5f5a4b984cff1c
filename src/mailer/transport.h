/* transport.h - a way by which mails go out */
#ifndef KEEL_MAILER_TRANSPORT_H
#define KEEL_MAILER_TRANSPORT_H

#include "message.h"

enum outcome {
    OUTCOME_SENT,
    OUTCOME_FAILED,  /* may work another time */
    OUTCOME_REFUSED, /* will not work with this mail */
};

/* What became of one mail. */
struct delivery {
    enum outcome outcome;
    const char *reason; /* one line of UTF-8 for operators; NULL when it was sent */
};

/*
 * `open` makes what is kept for many mails (NULL where there is nothing) and fails with
 * ERR_INTERNAL where the settings are wrong. `send` fails only for memory; everything else is in
 * `delivery`. It ends within mail_timeout_s and a little.
 */
struct transport {
    const char *name; /* as the setting mail_transport has it */
    bool (*open)(struct scope *scope, void **state);
    bool (*send)(struct scope *scope, void *state, const struct message *message,
                 struct delivery *delivery);
    void (*close)(void *state);
    /* Whether mails could be sent now, found out without one. As `send`. */
    bool (*probe)(struct scope *scope, void *state, struct delivery *delivery);
};

extern const struct transport transport_folder;
extern const struct transport transport_sendmail;
extern const struct transport transport_smtp;

/*
 * Fills in an outcome other than sent. What a server or a program said becomes one line of at most
 * a few hundred bytes, and is cut where it seems to quote a link: that is a secret.
 */
bool delivery_fail(struct scope *scope, struct delivery *delivery, enum outcome outcome,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
