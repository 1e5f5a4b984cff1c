/* memory.c - a transport whose request and answer lie in memory */
#include "keel/http/memory.h"

#include <stdint.h>
#include <string.h>

static size_t read_body(struct transport *transport, char *bytes, size_t size)
{
    struct memory_transport *memory = (struct memory_transport *)transport;
    size_t left = memory->body_length - memory->body_read;

    if (memory->body_read >= memory->break_at)
        return TRANSPORT_ERROR;
    if (size > left)
        size = left;
    if (size > memory->break_at - memory->body_read)
        size = memory->break_at - memory->body_read;
    if (size)
        memcpy(bytes, memory->body + memory->body_read, size);
    memory->body_read += size;
    return size;
}

static bool write_answer(struct transport *transport, const char *bytes, size_t size)
{
    struct memory_transport *memory = (struct memory_transport *)transport;

    buffer_add(&memory->answer, bytes, size);
    return !memory->answer.failed;
}

void memory_transport_init(struct memory_transport *memory, char *const *environment,
                           const char *body, size_t body_length, struct arena *arena)
{
    *memory = (struct memory_transport){
        .transport = {.environment = environment, .read = read_body, .write = write_answer},
        .body = body,
        .body_length = body_length,
        .break_at = SIZE_MAX,
    };
    buffer_init(&memory->answer, arena);
}
