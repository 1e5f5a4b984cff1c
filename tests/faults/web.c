/* web.c - nginx that is reloaded, and clients that begin a request and never end it */
#include "faults.h"

#include "support/unit.h"
#include "support/worker.h"

#include <arpa/inet.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RELOADS 3
#define HELD_MS 1500

/* Somebody else than the load, to limits that count clients. */
#define OTHER_ADDRESS 0x7f000002 /* 127.0.0.2 */

void web_reload(struct trial *trial)
{
    pid_t master = instance_pid(trial_instance(trial), "nginx");

    assert_true(master > 0);
    for (int i = 0; i < RELOADS; i++) {
        assert_int_equal(kill(master, SIGHUP), 0);
        sleep_ms(400);
    }
    trial_mended(trial);
}

static int connect_as_other(int port)
{
    const struct sockaddr_in from = {.sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(OTHER_ADDRESS)};
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&from, sizeof from), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* One half stops in the head, the other in the body. */
void web_open_half(struct trial *trial)
{
    static const char head[] = "POST /api/items HTTP/1.1\r\nHost: keel\r\nContent-Ty";
    struct site *site = *trial->site;
    const char *body =
        http_format(&site->http,
                    "POST /api/items HTTP/1.1\r\nHost: keel\r\nAuthorization: Bearer "
                    "%s\r\nContent-Type: application/json\r\nContent-Length: 100"
                    "\r\n\r\n{\"name\":\"Half",
                    site->editor);

    for (int i = 0; i < TRIAL_CLIENTS; i++) {
        trial->clients[i] = connect_as_other(site->instance.port);
        assert_true(
            http_write(trial->clients[i], i % 2 ? head : body, strlen(i % 2 ? head : body)));
    }
    trial_mended(trial);
}

/* They are there still. */
void web_look_at_half(struct trial *trial)
{
    char byte;

    sleep_ms(HELD_MS);
    for (int i = 0; i < TRIAL_CLIENTS; i++)
        assert_int_equal(recv(trial->clients[i], &byte, 1, MSG_DONTWAIT), -1);
}

void web_close_half(struct trial *trial)
{
    for (int i = 0; i < TRIAL_CLIENTS; i++) {
        if (trial->clients[i] > 0)
            close(trial->clients[i]);
    }
}
