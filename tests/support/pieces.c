/* pieces.c - a source that gives a text in pieces, and a sink that keeps what it is given */
#include "pieces.h"

#include <string.h>

static bool give(void *from, char *bytes, size_t size, size_t *length)
{
    struct pieces *pieces = from;
    size_t left = pieces->length - pieces->at;

    if (size > pieces->asked_max)
        pieces->asked_max = size;
    if (left == 0 && pieces->breaks)
        return fail(pieces->scope, ERR_UNAVAILABLE, "the source broke");
    if (pieces->size && left > pieces->size)
        left = pieces->size;
    *length = left < size ? left : size;
    if (*length)
        memcpy(bytes, pieces->text + pieces->at, *length);
    pieces->at += *length;
    return true;
}

struct source pieces_source(struct pieces *pieces)
{
    return (struct source){.read = give, .from = pieces};
}

static bool take(void *to, const char *data, size_t length)
{
    struct kept *kept = to;

    kept->count++;
    if (kept->limit && kept->count >= kept->limit)
        return fail(kept->scope, ERR_UNAVAILABLE, "the sink is full");
    buffer_add(&kept->text, data, length);
    return !kept->text.failed || fail_memory(kept->scope);
}

void kept_begin(struct kept *kept, struct scope *scope)
{
    *kept = (struct kept){.scope = scope};
    buffer_init(&kept->text, &scope->arena);
    buffer_add_text(&kept->text, "");
}

struct sink kept_sink(struct kept *kept)
{
    return (struct sink){take, kept};
}
