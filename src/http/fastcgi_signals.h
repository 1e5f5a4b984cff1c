/* fastcgi_signals.h - signals as events to wait for: none cuts a request, none is missed */
#ifndef KEEL_HTTP_FASTCGI_SIGNALS_H
#define KEEL_HTTP_FASTCGI_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

struct signals {
    int fd; /* readable when one has arrived */
    sigset_t mask_before;
    struct sigaction pipe_before;
};

/*
 * Blocks SIGTERM, SIGINT and SIGHUP and ignores SIGPIPE, until signals_close(). False with errno.
 */
bool signals_open(struct signals *signals);
void signals_close(struct signals *signals);

/* The next one that has arrived, or 0. */
int signals_take(struct signals *signals);

#endif
