/* fcgi_client.c - a raw FastCGI peer: records as they should be, or as they should not */
#include "fcgi_client.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HEADER_SIZE 8

void fcgi_add_record(struct buffer *buffer, int type, int id, const void *content, size_t length,
                     size_t padding)
{
    const char header[HEADER_SIZE] = {
        1, (char)type, (char)(id >> 8), (char)id, (char)(length >> 8), (char)length, (char)padding,
        0,
    };

    buffer_add(buffer, header, sizeof header);
    if (length)
        buffer_add(buffer, content, length);
    for (size_t i = 0; i < padding; i++)
        buffer_add_char(buffer, '\0');
}

void fcgi_add_begin(struct buffer *buffer, int id, int role, bool keep)
{
    const char body[8] = {(char)(role >> 8), (char)role, keep ? 1 : 0};

    fcgi_add_record(buffer, FCGI_BEGIN, id, body, sizeof body, 0);
}

static void add_length(struct buffer *buffer, size_t length)
{
    if (length < 128) {
        buffer_add_char(buffer, (char)length);
        return;
    }
    for (int shift = 24; shift >= 0; shift -= 8)
        buffer_add_char(buffer, (char)((length >> shift) | (shift == 24 ? 0x80u : 0)));
}

void fcgi_add_pair(struct buffer *buffer, const char *name, const char *value)
{
    add_length(buffer, strlen(name));
    add_length(buffer, strlen(value));
    buffer_add_text(buffer, name);
    buffer_add_text(buffer, value);
}

void fcgi_add_stream(struct buffer *buffer, int type, int id, const void *bytes, size_t length,
                     size_t step)
{
    const char *next = bytes;

    while (length) {
        size_t part = length < step ? length : step;

        fcgi_add_record(buffer, type, id, next, part, 0);
        next += part;
        length -= part;
    }
    fcgi_add_record(buffer, type, id, NULL, 0, 0);
}

void fcgi_add_head(struct buffer *buffer, char *const *environment, bool keep)
{
    struct buffer pairs;

    buffer_init(&pairs, buffer->arena);
    for (; *environment; environment++) {
        const char *equals = strchr(*environment, '=');
        const char *name = arena_copy(buffer->arena, *environment, (size_t)(equals - *environment));

        fcgi_add_pair(&pairs, name, equals + 1);
    }
    fcgi_add_begin(buffer, 1, FCGI_RESPONDER, keep);
    fcgi_add_stream(buffer, FCGI_PARAMS, 1, pairs.data, pairs.length, 32768);
}

void fcgi_add_request(struct buffer *buffer, char *const *environment, const void *body,
                      size_t length, bool keep)
{
    fcgi_add_head(buffer, environment, keep);
    fcgi_add_stream(buffer, FCGI_STDIN, 1, body, length, 32768);
}

int fcgi_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || length >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, path, length + 1);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

bool fcgi_send(int fd, const struct buffer *buffer)
{
    size_t sent = 0;

    while (sent < buffer->length) {
        ssize_t count = send(fd, buffer->data + sent, buffer->length - sent, MSG_NOSIGNAL);

        if (count <= 0)
            return false;
        sent += (size_t)count;
    }
    return true;
}

static enum fcgi_outcome receive_exactly(int fd, char *bytes, size_t size, int timeout_ms)
{
    while (size) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};

        if (poll(&ready, 1, timeout_ms) <= 0)
            return FCGI_SILENCE;
        ssize_t count = recv(fd, bytes, size, 0);

        if (count <= 0)
            return FCGI_CLOSED;
        bytes += count;
        size -= (size_t)count;
    }
    return FCGI_ANSWERED;
}

enum fcgi_outcome fcgi_receive(int fd, struct arena *arena, int timeout_ms,
                               struct fcgi_answer *answer)
{
    unsigned char header[HEADER_SIZE];
    char content[65535 + 255];

    buffer_init(&answer->output, arena);
    for (;;) {
        enum fcgi_outcome outcome = receive_exactly(fd, (char *)header, sizeof header, timeout_ms);
        size_t length = (size_t)header[4] << 8 | header[5];

        if (outcome == FCGI_ANSWERED)
            outcome = receive_exactly(fd, content, length + header[6], timeout_ms);
        if (outcome != FCGI_ANSWERED)
            return outcome;
        if (header[1] == FCGI_STDOUT && length)
            buffer_add(&answer->output, content, length);
        if (header[1] == FCGI_END) {
            answer->protocol_status = (unsigned char)content[4];
            return FCGI_ANSWERED;
        }
    }
}

bool fcgi_is_closed(int fd, int timeout_ms)
{
    char byte;

    return receive_exactly(fd, &byte, 1, timeout_ms) == FCGI_CLOSED;
}
