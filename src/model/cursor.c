/* cursor.c - where a list goes on: opaque to clients, signed, bound to its table and order */
#include "keel/model/cursor.h"

#include "keel/core/buffer.h"
#include "keel/core/config.h"
#include "keel/core/secret.h"
#include "keel/core/siphash.h"
#include "keel/core/text.h"
#include "keel/model/list.h"

#include <string.h>

/*
 * A cursor is base64url(tag || fields), each field as "length:bytes" (a netstring without its
 * comma).
 */
#define TAG_SIZE sizeof(uint64_t)

/* The table is part of what is signed, so that a cursor of one list is none of another. */
static bool sign(struct scope *scope, const char *table, const char *fields, size_t length,
                 unsigned char *tag)
{
    struct buffer text;
    uint64_t hash;

    buffer_init(&text, &scope->arena);
    buffer_add_text(&text, table);
    buffer_add_char(&text, ':');
    buffer_add(&text, fields, length);
    if (text.failed)
        return fail_memory(scope);
    hash = siphash(scope->config->cursor_key, text.data, text.length);
    memcpy(tag, &hash, sizeof hash);
    return true;
}

static void add_field(struct buffer *buffer, const char *text)
{
    buffer_add_int(buffer, (int64_t)strlen(text));
    buffer_add_char(buffer, ':');
    buffer_add_text(buffer, text);
}

const char *cursor_encode(struct scope *scope, const char *table, const char *sort,
                          const char *const *values, size_t count)
{
    struct buffer bytes;
    unsigned char tag[TAG_SIZE] = {0};

    buffer_init(&bytes, &scope->arena);
    buffer_add(&bytes, (const char *)tag, TAG_SIZE);
    add_field(&bytes, sort);
    for (size_t i = 0; i < count; i++)
        add_field(&bytes, values[i]);
    if (bytes.failed) {
        fail_memory(scope);
        return NULL;
    }
    if (!sign(scope, table, bytes.data + TAG_SIZE, bytes.length - TAG_SIZE, tag))
        return NULL;
    memcpy(bytes.data, tag, TAG_SIZE);
    const char *text = text_to_base64url(&scope->arena, bytes.data, bytes.length);

    if (!text)
        fail_memory(scope);
    return text;
}

/* Takes one "length:bytes" off the front. */
static bool take_field(struct scope *scope, const char **at, const char *end, const char **field)
{
    const char *colon = memchr(*at, ':', (size_t)(end - *at));
    int64_t length;

    if (!colon || !text_to_int(*at, (size_t)(colon - *at), &length) || length < 0 ||
        length > end - colon - 1)
        return false;
    *field = scope_copy(scope, colon + 1, (size_t)length);
    *at = colon + 1 + length;
    return *field != NULL;
}

static bool has_signature(struct scope *scope, const char *table, const unsigned char *bytes,
                          size_t size)
{
    unsigned char tag[TAG_SIZE];

    return size > TAG_SIZE &&
           sign(scope, table, (const char *)bytes + TAG_SIZE, size - TAG_SIZE, tag) &&
           secret_equals(bytes, tag, TAG_SIZE);
}

bool cursor_decode(struct scope *scope, const char *table, const char *text, const char **sort,
                   const char *const **values, size_t *count)
{
    unsigned char *bytes;
    size_t size;
    const char **fields = scope_alloc(scope, (LIST_SORT_MAX + 1) * sizeof *fields);

    if (!fields)
        return false;
    if (!text_from_base64url(&scope->arena, text, strlen(text), &bytes, &size))
        return bytes ? false : fail_memory(scope);
    if (!has_signature(scope, table, bytes, size))
        return false;
    const char *at = (const char *)bytes + TAG_SIZE;
    const char *end = (const char *)bytes + size;

    *count = 0;
    *values = fields;
    if (!take_field(scope, &at, end, sort))
        return false;
    while (at < end) {
        if (*count > LIST_SORT_MAX || !take_field(scope, &at, end, &fields[*count]))
            return false;
        ++*count;
    }
    return *count > 0;
}
