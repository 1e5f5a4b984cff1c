/* http_raw.c - requests as bytes: malformed ones, slow ones, and connections that are left open */
#include "http.h"

#include "keel/core/buffer.h"
#include "keel/core/json.h"
#include "keel/core/text.h"

#include "unit.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_TIMEOUT_S 10

int http_connect(const struct http *http)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)http->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = READ_TIMEOUT_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

bool http_write(int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t count = send(fd, bytes, length, MSG_NOSIGNAL);

        if (count <= 0)
            return false;
        bytes += count;
        length -= (size_t)count;
    }
    return true;
}

static bool ends_head(const struct buffer *head)
{
    return head->length >= 4 && memcmp(head->data + head->length - 4, "\r\n\r\n", 4) == 0;
}

/* Byte by byte: what follows the answer must stay in the socket. */
static bool read_head(int fd, struct buffer *head)
{
    char byte;

    while (!ends_head(head)) {
        if (recv(fd, &byte, 1, 0) != 1)
            return false;
        buffer_add_char(head, byte);
    }
    return true;
}

/* Bytes of the body; -1: up to the end of the connection. */
static int64_t body_length(struct http *http, const char *method, const struct http_reply *reply)
{
    const char *text = http_header(http, reply, "Content-Length");
    int64_t length = -1;

    if (strcmp(method, "HEAD") == 0 || reply->status == 204 || reply->status == 304)
        return 0;
    if (text && !text_to_int(text, strlen(text), &length))
        return -1;
    return length;
}

static void read_body(int fd, int64_t length, struct buffer *body)
{
    char part[4096];

    while (length != 0) {
        size_t wanted = length < 0 || length > (int64_t)sizeof part ? sizeof part : (size_t)length;
        ssize_t count = recv(fd, part, wanted, 0);

        if (count <= 0)
            return;
        buffer_add(body, part, (size_t)count);
        length -= length < 0 ? 0 : count;
    }
}

/* Claim: a line was read up to its end; `line` has it without. */
static bool read_line(int fd, char *line, size_t size)
{
    size_t length = 0;

    while (length < size && recv(fd, line + length, 1, 0) == 1) {
        if (line[length++] == '\n' && length >= 2) {
            line[length - 2] = '\0';
            return true;
        }
    }
    return false;
}

/* RFC 9112, 7.1; without trailers, which no server here sends. */
static void read_chunks(int fd, struct buffer *body)
{
    char line[64];

    while (read_line(fd, line, sizeof line)) {
        int64_t length = strtol(line, NULL, 16);

        read_body(fd, length, body);
        if (!read_line(fd, line, sizeof line) || length == 0)
            return;
    }
}

void http_read(struct http *http, int fd, const char *method, struct http_reply *reply)
{
    struct buffer head, body;
    int64_t status = 0;

    *reply = (struct http_reply){.head = "", .body = ""};
    buffer_init(&head, &http->scope.arena);
    buffer_init(&body, &http->scope.arena);
    if (!read_head(fd, &head) || head.length < 12 || !text_to_int(head.data + 9, 3, &status))
        return;
    reply->head = head.data;
    reply->status = (int)status;
    int64_t length = body_length(http, method, reply);

    if (length < 0 && http_header(http, reply, "Transfer-Encoding"))
        read_chunks(fd, &body);
    else
        read_body(fd, length, &body);
    reply->body = body.length ? body.data : "";
    reply->body_length = body.length;
    if (body.length && !json_parse(&http->scope, body.data, body.length, &reply->json))
        scope_clear_error(&http->scope);
}

const struct http_reply *http_raw(struct http *http, const char *method, const char *bytes,
                                  size_t length)
{
    struct http_reply *reply = arena_alloc(&http->scope.arena, sizeof *reply);
    int fd = http_connect(http);

    assert_non_null(reply);
    assert_true(fd >= 0);
    /* A server that refuses early may close before it has taken everything. */
    (void)http_write(fd, bytes, length);
    http_read(http, fd, method, reply);
    close(fd);
    return reply;
}
