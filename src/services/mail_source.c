/* mail_source.c - where the texts of mails come from: the operator's folder, else the program */
#include "mail_source.h"

#include "embedded.h"
#include "keel/core/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Mail programs cut off what is longer than about a hundred kilobytes. */
#define SIZE_MAX_BYTES 131072

static bool refuse(struct scope *scope, const char *path, const char *why)
{
    fail(scope, ERR_INTERNAL, "A mail could not be written");
    return fail_detail(scope, "%s: %s", path, why);
}

/* Lines end with a newline alone, however the file was saved. */
static void cut_returns(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++) {
        if (from[0] != '\r' || from[1] != '\n')
            *to++ = *from;
    }
    *to = '\0';
}

static bool read_file(struct scope *scope, const char *path, FILE *file, const char **source)
{
    char *text = scope_alloc(scope, SIZE_MAX_BYTES + 1);

    if (!text)
        return false;
    size_t length = fread(text, 1, SIZE_MAX_BYTES, file);

    if (ferror(file))
        return refuse(scope, path, strerror(errno));
    if (length == SIZE_MAX_BYTES)
        return refuse(scope, path, "is too long for a mail");
    if (!text_is_utf8(text, length))
        return refuse(scope, path, "is not a text in UTF-8");
    cut_returns(text);
    *source = text;
    return true;
}

static bool find_built_in(struct scope *scope, const char *name, const char **source)
{
    for (size_t i = 0; i < embedded_mail_count; i++) {
        if (strcmp(embedded_mail[i].name, name) == 0) {
            *source = embedded_mail[i].text;
            return true;
        }
    }
    return refuse(scope, name, "there is no such template");
}

bool mail_source_find(struct scope *scope, const char *folder, const char *name,
                      const char **source)
{
    if (!*folder)
        return find_built_in(scope, name, source);
    const char *path = scope_format(scope, "%s/%s", folder, name);
    FILE *file = path ? fopen(path, "re") : NULL;

    if (!path)
        return false;
    if (!file)
        return errno == ENOENT ? find_built_in(scope, name, source)
                               : refuse(scope, path, strerror(errno));
    bool done = read_file(scope, path, file, source);

    fclose(file);
    return done;
}
