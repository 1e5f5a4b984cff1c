/* fastcgi_listener.c - the listening socket, which all workers of the node wait on */
#include "fastcgi_listener.h"

#include "keel/core/clock.h"
#include "keel/core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Long enough for something to come free, short enough for a client not to notice. */
#define PAUSE_US 100000

static bool watch(struct listener *listener)
{
    /* Exclusive: a new connection wakes one idle worker rather than all of them. */
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = listener};

    listener->watched = epoll_ctl(listener->epoll_fd, EPOLL_CTL_ADD, listener->fd, &event) == 0;
    return listener->watched;
}

static void unwatch(struct listener *listener)
{
    if (listener->watched)
        epoll_ctl(listener->epoll_fd, EPOLL_CTL_DEL, listener->fd, NULL);
    listener->watched = false;
}

bool listener_open(struct listener *listener, int fd, int epoll_fd, int64_t timeout_s)
{
    int listens = 0;
    int domain = 0;
    socklen_t size = sizeof listens;

    *listener = (struct listener){.fd = fd, .epoll_fd = epoll_fd, .timeout_s = timeout_s};
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0)
        return false;
    if (!listens) {
        errno = EINVAL;
        return false;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0)
        return false;
    listener->is_tcp = domain != AF_UNIX;
    /* Another worker may have taken the connection that this one was woken for. */
    int flags = fcntl(fd, F_GETFL);

    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 && watch(listener);
}

/*
 * Claim: the kernel or the process has too little of something; trying again at once would only
 * burn time.
 */
static bool is_shortage(int error)
{
    switch (error) {
    case EAGAIN:
    case EINTR:
    /* The peer has left already, or its network has; accept(2) names them. */
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
        return false;
    default:
        return true;
    }
}

/*
 * None of these is worth losing the connection for; without them only patience with a broken peer
 * is longer.
 */
static void set_limits(const struct listener *listener, int fd)
{
    struct timeval limit = {.tv_sec = listener->timeout_s};
    int on = 1;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (!listener->is_tcp)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

int listener_accept(struct listener *listener, struct log *log)
{
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd >= 0) {
        listener->complained = false;
        set_limits(listener, fd);
    } else if (is_shortage(errno)) {
        listener_pause(listener, log);
    }
    return fd;
}

void listener_pause(struct listener *listener, struct log *log)
{
    if (!listener->complained)
        log_write(log, LOG_LEVEL_ERROR, "Cannot take connections for now: %s", strerror(errno));
    listener->complained = true;
    if (!listener->watched)
        return;
    unwatch(listener);
    listener->resume_us = clock_monotonic_us() + PAUSE_US;
}

void listener_resume(struct listener *listener, int64_t now_us)
{
    if (listener->resume_us == 0 || now_us < listener->resume_us)
        return;
    listener->resume_us = watch(listener) ? 0 : now_us + PAUSE_US;
}

void listener_stop(struct listener *listener)
{
    unwatch(listener);
    listener->resume_us = 0;
}
