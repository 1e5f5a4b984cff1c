/* start.c - finds out how the process was started, and answers where it could not be set up */
#include "keel/core/process.h"
#include "keel/core/random.h"
#include "keel/http/serve.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* The first file that systemd passes (sd_listen_fds(3)). */
#define SYSTEMD_FD 3

static bool is_listening(int fd)
{
    int listens = 0;
    socklen_t size = sizeof listens;

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens;
}

enum serve_start serve_find_start(int *listen_fd)
{
    *listen_fd = -1;
    if (is_listening(STDIN_FILENO))
        *listen_fd = STDIN_FILENO;
    /*
     * LISTEN_PID, as the variables may have been inherited from a process that they were meant for.
     */
    else if (process_variable_int("LISTEN_PID") == getpid() &&
             process_variable_int("LISTEN_FDS") > 0 && is_listening(SYSTEMD_FD))
        *listen_fd = SYSTEMD_FD;
    if (*listen_fd >= 0)
        return START_FASTCGI;
    return getenv("GATEWAY_INTERFACE") ? START_CGI : START_UNKNOWN;
}

void serve_refusal(struct app *app, struct transport *transport)
{
    struct scope scope;
    struct response response;
    char id[33] = "-";
    struct request request = {.id = id};

    scope_begin(&scope, NULL, NULL, &app->log);
    (void)random_hex(id, 16);
    response_begin(&response, &scope.arena);
    fail(&scope, ERR_INTERNAL, "The server is not set up correctly; its log says why");
    if (response_render(&scope, &request, &response))
        (void)transport->write(transport, response.output.data, response.output.length);
    scope_end(&scope);
}
