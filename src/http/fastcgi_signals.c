/* fastcgi_signals.c - signals as events to wait for: none cuts a request, none is missed */
#include "fastcgi_signals.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

bool signals_open(struct signals *signals)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGHUP);
    signals->fd = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals->fd < 0)
        return false;
    sigprocmask(SIG_BLOCK, &mask, &signals->mask_before);
    /* A peer that has gone is an error of write(), not the end of the process. */
    sigaction(SIGPIPE, &ignore, &signals->pipe_before);
    return true;
}

void signals_close(struct signals *signals)
{
    if (signals->fd < 0)
        return;
    close(signals->fd);
    signals->fd = -1;
    sigaction(SIGPIPE, &signals->pipe_before, NULL);
    sigprocmask(SIG_SETMASK, &signals->mask_before, NULL);
}

int signals_take(struct signals *signals)
{
    struct signalfd_siginfo info;
    ssize_t count;

    do
        count = read(signals->fd, &info, sizeof info);
    while (count < 0 && errno == EINTR);
    return count == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}
