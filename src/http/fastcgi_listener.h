/* fastcgi_listener.h - the listening socket, which all workers of the node wait on */
#ifndef KEEL_HTTP_FASTCGI_LISTENER_H
#define KEEL_HTTP_FASTCGI_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

struct log;

struct listener {
    int fd;
    int epoll_fd;
    bool watched; /* part of the epoll set */
    bool is_tcp;
    bool complained;   /* since it last worked, so that a lack that lasts is one line in the log */
    int64_t resume_us; /* while it pauses: when it is watched again; else 0 */
    int64_t timeout_s; /* of each read and write on a connection */
};

/* Adds the socket to the epoll set, the event carrying `listener` itself. False with errno. */
bool listener_open(struct listener *listener, int fd, int epoll_fd, int64_t timeout_s);

/*
 * A waiting connection, blocking, with the time limits on it; the caller closes it. -1 when there
 * is none, which is usual as all workers are asked, or when there is no room for it: then the
 * listener pauses for a moment.
 */
int listener_accept(struct listener *listener, struct log *log);

/* Stops taking connections for a moment, because something (`errno`) is in short supply. */
void listener_pause(struct listener *listener, struct log *log);

/* Watches again when a pause is over. */
void listener_resume(struct listener *listener, int64_t now_us);

/* Leaves the epoll set for good. The socket itself stays open: it is not ours alone. */
void listener_stop(struct listener *listener);

#endif
