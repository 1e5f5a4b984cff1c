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

    if (size > memory->gone_at - memory->answer.length)
        return false;
    buffer_add(&memory->answer, bytes, size);
    return !memory->answer.failed;
}

static void take_long(struct transport *transport)
{
    ((struct memory_transport *)transport)->was_long = true;
}

static void cut(struct transport *transport)
{
    ((struct memory_transport *)transport)->was_cut = true;
}

void memory_transport_init(struct memory_transport *memory, char *const *environment,
                           const char *body, size_t body_length, struct arena *arena)
{
    *memory = (struct memory_transport){
        .transport = {.environment = environment,
                      .read = read_body,
                      .write = write_answer,
                      .take_long = take_long,
                      .cut = cut},
        .body = body,
        .body_length = body_length,
        .break_at = SIZE_MAX,
        .gone_at = SIZE_MAX,
    };
    buffer_init(&memory->answer, arena);
}
