/* fastcgi_fuzz.c - any bytes on a connection of FastCGI: requests that are served, or its end */
#include "fuzz.h"

#include "keel/core/config.h"
#include "keel/http/request.h"
#include "keel/http/transport.h"

#include "../../src/http/fastcgi_request.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * The input is what a peer sends before it closes its side. libfcgi reads it, whose two known flaws
 * would end the process at once (lengths near 1 GiB are allocated blindly, and a question for more
 * than three values overflows its buffer): the socket is a trust boundary, as the libfcgi chapter
 * of SECURITY.md says. What is left out here is just that.
 */

#define INPUT_MAX     65536
#define REQUEST_MAX   64
#define BODY_LIMIT    4096
#define RECORD_HEADER 8

struct fuzz_app {
    struct app app; /* first, so that one can be had from the other */
    int served;
};

/* It leaks what it copies of management records that it does not know. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfcgi";
}

static bool asks_for_too_many_values(const uint8_t *data, size_t size)
{
    static const char name[] = "FCGI_M";
    int count = 0;

    for (size_t i = 0; i + sizeof name - 1 <= size; i++)
        count += memcmp(data + i, name, sizeof name - 1) == 0;
    return count > 3;
}

/* Lengths of four bytes stay below 16 MiB, wherever they are. */
static void send_input(int fd, const uint8_t *data, size_t size)
{
    uint8_t bytes[INPUT_MAX];

    for (size_t i = 0; i < size; i++)
        bytes[i] = data[i] > 0x80 ? 0x80 : data[i];
    fuzz_expect(send(fd, bytes, size, 0) == (ssize_t)size, "the input fits into the socket");
    shutdown(fd, SHUT_WR);
}

/* What the program does with a request, up to its handler. */
static void answer(struct app *app, struct transport *transport)
{
    struct fuzz_app *fuzz = (struct fuzz_app *)app;
    static const char text[] = "Status: 200 OK\r\nContent-Length: 0\r\n\r\n";
    struct scope scope;
    struct request request;

    fuzz->served++;
    scope_begin(&scope, &app->config, NULL, NULL);
    if (request_decode(&scope, transport, &request) &&
        request_read_body(&scope, transport, &request, BODY_LIMIT))
        fuzz_expect(request.body.length <= BODY_LIMIT, "a body is bounded");
    scope_end(&scope);
    transport->write(transport, text, sizeof text - 1);
}

/* The records that came back are whole, and of those that a worker may send (specification, 8). */
static void check_output(int fd)
{
    static uint8_t bytes[1 << 20];
    size_t size = 0, at = 0;
    ssize_t count;

    while ((count = recv(fd, bytes + size, sizeof bytes - size, MSG_DONTWAIT)) > 0)
        size += (size_t)count;
    while (at + RECORD_HEADER <= size) {
        const uint8_t *record = bytes + at;
        unsigned type = record[1];

        fuzz_expect(record[0] == 1, "each record has the version");
        fuzz_expect(type == 3 || type == 6 || type == 7 || type == 10 || type == 11,
                    "each record is the end of a request, output, errors, values or an unknown");
        at += RECORD_HEADER + ((size_t)record[4] << 8 | record[5]) + record[6];
    }
    fuzz_expect(at == size, "the last record is whole");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_app fuzz = {.app = {.config = {.base_path = "/api",
                                               .trusted_proxies = "",
                                               .max_body_bytes = BODY_LIMIT,
                                               .request_timeout_s = 5,
                                               .drain_timeout_ms = 100}}};
    static bool is_ready;
    int pair[2];

    if (size > INPUT_MAX || asks_for_too_many_values(data, size))
        return 0;
    is_ready = is_ready || fastcgi_library_init();
    fuzz_expect(is_ready && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0,
                "there is a connection");
    send_input(pair[0], data, size);
    bool is_open = true;

    while (is_open && fuzz.served < REQUEST_MAX) {
        int before = fuzz.served;

        is_open = fastcgi_request_serve(&fuzz.app, pair[1], answer, NULL);
        fuzz_expect(!is_open || fuzz.served == before + 1, "a connection stays behind an answer");
    }
    if (is_open)
        close(pair[1]);
    check_output(pair[0]);
    close(pair[0]);
    return 0;
}
