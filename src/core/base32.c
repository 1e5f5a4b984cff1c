/* base32.c - bytes as text that people can type (RFC 4648 section 6, and Crockford's) */
#include "keel/core/base32.h"

char *base32_write(struct arena *arena, const char *alphabet, const void *bytes, size_t length)
{
    const unsigned char *from = bytes;
    size_t count = (length * 8 + 4) / 5;
    char *text = arena_alloc(arena, count + 1);

    if (!text)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        /* Five bits lie in one byte or reach into the next; behind the last one come zeros. */
        size_t at = i * 5 / 8;
        unsigned pair = (unsigned)from[at] << 8 | (at + 1 < length ? from[at + 1] : 0U);

        text[i] = alphabet[pair >> (11 - i * 5 % 8) & 31];
    }
    text[count] = '\0';
    return text;
}
