/* smtp.h - an SMTP server of its own for a test (tests/support/smtp_server.py) */
#ifndef KEEL_TESTS_SUPPORT_SMTP_H
#define KEEL_TESTS_SUPPORT_SMTP_H

#include "folder.h"
#include "keel/core/arena.h"

#include <sys/types.h>

struct smtp_server {
    char folder[FOLDER_PATH_SIZE]; /* the mails it took: 1.mail, 2.mail... */
    char certificate[FOLDER_PATH_SIZE + 16];
    char key[FOLDER_PATH_SIZE + 16];
    int port;
    pid_t pid;
};

/*
 * Starts one in this mood; with a certificate for localhost and 127.0.0.1 where `with_tls`, and
 * asking for this user and password where they are not NULL. Ended by smtp_stop().
 */
void smtp_start(struct smtp_server *server, const char *mood, bool with_tls, const char *user,
                const char *password);
void smtp_stop(struct smtp_server *server);

/* The mail number `number` (from 1) with its line of facts in front; NULL when there is none. */
const char *smtp_mail(struct arena *arena, const struct smtp_server *server, int number);

#endif
