/* fastcgi.c - serving FastCGI: many idle connections, one request at a time, and a clean end */
#include "fastcgi_connections.h"
#include "fastcgi_listener.h"
#include "fastcgi_request.h"
#include "fastcgi_share.h"
#include "fastcgi_signals.h"
#include "keel/core/clock.h"
#include "keel/core/metrics.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Few, so that the listening socket and signals get their turn in between. */
#define EVENTS_MAX 16

/*
 * While a worker that ends waits for its connections to fall silent: how often it looks, and for
 * which part of the drain timeout.
 */
#define QUIET_TICK_MS 20
#define QUIET_PART    20

struct server {
    struct app *app;
    serve_function *serve;
    int epoll_fd;
    struct signals signals;
    struct listener listener;
    struct connections connections;
    struct share share;
    bool told_to_end; /* by a signal */
    bool ending;      /* takes no new connections; each it has gets one more answer at most */
    int64_t ending_since_us;
    int64_t quiet_us; /* once ending: how long a connection must have been idle to be closed */
};

static bool watch_signals(struct server *server)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &server->signals};

    return signals_open(&server->signals) &&
           epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, server->signals.fd, &event) == 0;
}

static bool server_open(struct server *server, int listen_fd)
{
    struct app *app = server->app;

    server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return server->epoll_fd >= 0 && watch_signals(server) && fastcgi_library_init() &&
           listener_open(&server->listener, listen_fd, server->epoll_fd,
                         app->config.request_timeout_s);
}

static void server_close(struct server *server)
{
    connections_end(&server->connections);
    signals_close(&server->signals);
    if (server->epoll_fd >= 0)
        close(server->epoll_fd);
}

static bool take_connection(struct server *server)
{
    int fd = listener_accept(&server->listener, &server->app->log);

    if (fd < 0)
        return false;
    struct connection *connection = connections_add(&server->connections, fd, clock_monotonic_us());
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = connection};

    if (connection && epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
        return true;
    listener_pause(&server->listener, &server->app->log);
    if (connection)
        connections_close(&server->connections, connection);
    else
        close(fd);
    return false;
}

static void take_signals(struct server *server)
{
    struct log *log = &server->app->log;
    int signal_number;

    while ((signal_number = signals_take(&server->signals)) != 0) {
        if (signal_number != SIGHUP)
            server->told_to_end = true;
        else if (!log_reopen(log))
            log_write(log, LOG_LEVEL_ERROR, "The log stays as it is, its file does not open: %s",
                      strerror(errno));
    }
}

struct call {
    const struct connections *connections;
    const struct connection *connection;
};

/*
 * A web server that keeps a connection may send its next request there, where it would wait as long
 * as the answer in hand takes. Those that have sent one already are not told: one that is no GET
 * may not be sent again.
 */
static void send_others_away(void *context)
{
    const struct call *call = context;

    connections_send_away(call->connections, call->connection);
}

static void serve_connection(struct server *server, struct connection *connection, uint32_t events)
{
    struct connections *connections = &server->connections;
    bool may_be_over = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);

    if (may_be_over && !connection_has_data(connection)) {
        connections_close(connections, connection);
        return;
    }
    struct call call = {connections, connection};
    const struct fastcgi_neighbours neighbours = {send_others_away, &call};

    server->share.requests++;
    metrics_set_busy(server->app->metrics, true);
    bool stays = fastcgi_request_serve(server->app, connection->fd, server->serve, &neighbours);

    metrics_set_busy(server->app->metrics, false);
    if (!stays) {
        connections_forget(connections, connection);
    } else if (server->ending) {
        connections_close(connections, connection);
    } else {
        connection->served = true;
        connection->active_us = clock_monotonic_us();
    }
}

/*
 * No connection is served twice here, and epoll puts what it has reported behind what still waits.
 * The listening socket comes last: while this worker is busy, one that is not may take the new
 * connection.
 */
static void handle_events(struct server *server, const struct epoll_event *events, int count)
{
    bool someone_connects = false;

    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == &server->signals)
            take_signals(server);
        else if (events[i].data.ptr == &server->listener)
            someone_connects = true;
        else
            serve_connection(server, events[i].data.ptr, events[i].events);
    }
    if (someone_connects)
        take_connection(server);
}

static void tell(const struct server *server, const char *message)
{
    struct log_line line;

    if (!log_begin(&server->app->log, &line, LOG_LEVEL_INFO, message))
        return;
    log_add_int(&line, "pid", getpid());
    log_add_int(&line, "requests", server->share.requests);
    log_add_int(&line, "connections", (int64_t)server->connections.count);
    log_end(&line);
}

/*
 * Leaves the listening socket to the other workers. A connection that is waiting there may have
 * woken this worker and nobody else, so all that wait now are taken along; those that come after
 * wake another.
 */
static void stop_accepting(struct server *server)
{
    listener_stop(&server->listener);
    while (take_connection(server))
        continue;
}

/*
 * The best moment to close a kept connection is right behind an answer, when the web server cannot
 * have sent the next request; see serve_connection(). One that is idle may be written to in this
 * very moment, so it is left alone until it is quiet. A connection that was never served is new,
 * with its request on its way.
 */
static void close_idle(struct server *server, int64_t now_us)
{
    struct connections *connections = &server->connections;

    /* Backwards, as closing one puts the last in its place. */
    for (size_t i = connections->count; i-- > 0;) {
        struct connection *connection = connections->list[i];

        if (connection->served && now_us - connection->active_us >= server->quiet_us &&
            !connection_has_data(connection))
            connections_close(connections, connection);
    }
}

static int64_t drain_us(const struct server *server)
{
    return server->app->config.drain_timeout_ms * 1000;
}

static void begin_ending(struct server *server, int64_t now_us)
{
    if (server->told_to_end) {
        tell(server, "The worker stops.");
    } else {
        tell(server, "The worker makes room for a new one.");
        server->quiet_us = drain_us(server) / QUIET_PART;
    }
    notify_tell(&server->app->notify, NOTIFY_STOPPING);
    server->ending = true;
    server->ending_since_us = now_us;
    stop_accepting(server);
}

/*
 * Between events: pauses that are over, limits that are reached, connections that are no longer
 * needed.
 */
static void look_after(struct server *server, bool nothing_came)
{
    int64_t now = clock_monotonic_us();
    bool is_short = server->app->short_of_memory;

    server->app->short_of_memory = false;
    notify_beat(&server->app->notify, now);
    if (!server->ending && (server->told_to_end || share_is_done(&server->share, is_short)))
        begin_ending(server, now);
    if (!server->ending) {
        listener_resume(&server->listener, now);
        return;
    }
    /* Who was told to end does not wait for quiet. */
    if (server->told_to_end)
        server->quiet_us = 0;
    close_idle(server, now);
    /* What was connected and sent nothing all the time had no request on its way. */
    if (nothing_came && now - server->ending_since_us >= drain_us(server))
        connections_end(&server->connections);
}

/* How long to wait for events at most, for epoll_wait(): until the next thing that is due. */
static int wait_ms(const struct server *server)
{
    int64_t until = server->listener.resume_us;
    int64_t beat = server->app->notify.next_us;

    if (server->ending && server->quiet_us)
        return QUIET_TICK_MS;
    if (server->ending)
        until = server->ending_since_us + drain_us(server);
    if (beat && (until == 0 || beat < until))
        until = beat;
    if (until == 0)
        return -1;
    int64_t ms = (until - clock_monotonic_us() + 999) / 1000;

    return ms < 0 ? 0 : ms > INT_MAX ? INT_MAX : (int)ms;
}

static bool run(struct server *server)
{
    struct epoll_event events[EVENTS_MAX];

    while (!server->ending || server->connections.count) {
        int count = epoll_wait(server->epoll_fd, events, EVENTS_MAX, wait_ms(server));

        if (count < 0 && errno != EINTR)
            return false;
        if (count > 0)
            handle_events(server, events, count);
        look_after(server, count <= 0);
    }
    return true;
}

bool fastcgi_serve(struct app *app, int listen_fd, serve_function *serve)
{
    struct server server = {
        .app = app,
        .serve = serve,
        .epoll_fd = -1,
        .signals = {.fd = -1},
    };

    share_init(&server.share, &app->config);
    notify_open(&app->notify);
    bool ok = server_open(&server, listen_fd);

    if (ok) {
        tell(&server, "The worker serves.");
        notify_tell(&app->notify, NOTIFY_READY);
        metrics_enter(app->metrics, app->config.pool, clock_now_us());
        ok = run(&server);
    }
    if (ok) {
        tell(&server, "The worker has ended.");
        metrics_leave(app->metrics, server.told_to_end ? METRICS_END_TOLD : METRICS_END_LIMIT);
    } else {
        log_write(&app->log, LOG_LEVEL_ERROR, "The socket cannot be served: %s", strerror(errno));
    }
    server_close(&server);
    return ok;
}
