/* transport.c - what the ways by which mails go out share */
#include "transport.h"

#include "keel/core/text.h"

#include <string.h>

#define REASON_MAX 400

/* The outbox takes UTF-8 only, and a list of mails has a line for each. */
static void make_line(char *text)
{
    char *link = strstr(text, "token=");
    size_t length = strlen(text);
    size_t size;

    if (link)
        length = (size_t)(link - text);
    if (length > REASON_MAX)
        length = REASON_MAX;
    for (size_t i = 0; i < length; i += size) {
        size = text_measure_character(text + i, length - i);
        if (size == 0) {
            size = 1;
            text[i] = '?';
        } else if (size == 1 && ((unsigned char)text[i] < ' ' || text[i] == 0x7F)) {
            text[i] = ' ';
        }
    }
    while (length > 0 && text[length - 1] == ' ')
        length--;
    text[length] = '\0';
}

bool delivery_fail(struct scope *scope, struct delivery *delivery, enum outcome outcome,
                   const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *reason = arena_vformat(&scope->arena, format, arguments);

    va_end(arguments);
    if (!reason)
        return fail_memory(scope);
    make_line(reason);
    *delivery = (struct delivery){outcome, reason};
    return true;
}
