/* file.c - a whole file in, a whole file out */
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CHUNK_SIZE ((size_t)64 * 1024)

static bool fail_file(struct scope *scope, const char *path, const char *what)
{
    return fail(scope, ERR_INTERNAL, "%s cannot be %s: %s.", path, what, strerror(errno));
}

static bool read_stream(struct scope *scope, const char *path, FILE *stream, struct buffer *text)
{
    size_t got;

    do {
        if (!buffer_reserve(text, CHUNK_SIZE + 1))
            return fail_memory(scope);
        got = fread(text->data + text->length, 1, CHUNK_SIZE, stream);
        text->length += got;
        text->data[text->length] = '\0';
    } while (got > 0);
    return !ferror(stream) || fail_file(scope, path, "read");
}

bool file_read(struct scope *scope, const char *path, struct buffer *text, bool *found)
{
    FILE *stream = fopen(path, "re");

    if (found)
        *found = stream != NULL;
    if (!stream)
        return (found && errno == ENOENT) || fail_file(scope, path, "read");
    bool done = read_stream(scope, path, stream, text);

    fclose(stream);
    return done;
}

bool file_write(struct scope *scope, const char *path, const char *text, size_t length)
{
    FILE *stream = fopen(path, "we");

    if (!stream)
        return fail_file(scope, path, "written");
    bool written = fwrite(text, 1, length, stream) == length;

    /* A full disk may show only now. */
    if (fclose(stream) != 0 || !written)
        return fail_file(scope, path, "written");
    return true;
}
