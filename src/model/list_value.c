/* list_value.c - values of a list's own parameters: numbers, words, ids, choices */
#include "list_value.h"

#include "keel/core/buffer.h"
#include "keel/core/text.h"

#include <inttypes.h>
#include <string.h>

bool list_value_number(struct scope *scope, const struct parameter *parameter, const char *text,
                       int64_t *number)
{
    int64_t value;

    if (!text_to_int(text, strlen(text), &value) || value < parameter->min ||
        value > parameter->max)
        return fail_field(scope, parameter->name, "out_of_range",
                          "%s must be a whole number from %" PRId64 " to %" PRId64, parameter->name,
                          parameter->min, parameter->max);
    *number = value;
    return true;
}

bool list_value_choice(struct scope *scope, const struct parameter *parameter, const char *text,
                       size_t *choice)
{
    struct buffer names;

    for (size_t i = 0; parameter->choices[i]; i++) {
        if (strcmp(parameter->choices[i], text) == 0) {
            *choice = i;
            return true;
        }
    }
    buffer_init(&names, &scope->arena);
    for (size_t i = 0; parameter->choices[i]; i++)
        buffer_add_format(&names, "%s%s", i ? ", " : "", parameter->choices[i]);
    if (names.failed)
        return fail_memory(scope);
    return fail_field(scope, parameter->name, "unknown_choice", "%s must be one of %s",
                      parameter->name, names.data);
}

bool list_value_ids(struct scope *scope, const struct parameter *parameter, const char *text,
                    const char **ids)
{
    struct buffer array;
    const char *piece;
    size_t length;
    int64_t id, count = 0;

    buffer_init(&array, &scope->arena);
    while (text_next(&text, ',', &piece, &length)) {
        if (!text_to_int(piece, length, &id) || id < 1)
            return fail_field(scope, parameter->name, "not_an_id",
                              "%s must be whole numbers from 1, with commas between them",
                              parameter->name);
        if (++count > parameter->max)
            return fail_field(scope, parameter->name, "too_many",
                              "%s takes at most %" PRId64 " ids", parameter->name, parameter->max);
        buffer_add_char(&array, count == 1 ? '{' : ',');
        buffer_add_int(&array, id);
    }
    buffer_add_char(&array, '}');
    if (array.failed)
        return fail_memory(scope);
    *ids = array.data;
    return true;
}

/* Bytes from `text` on up to the next character that is white space, or is none. */
static size_t measure(const char *text, size_t length, bool blank)
{
    size_t at = 0;

    while (at < length) {
        size_t size = text_measure_character(text + at, length - at);

        if (size == 0 || text_is_blank(text + at, size) != blank)
            break;
        at += size;
    }
    return at;
}

bool list_value_words(struct scope *scope, const struct parameter *parameter, const char *text,
                      const char *const **words, size_t *count)
{
    size_t length = strlen(text);
    const char **found = scope_alloc(scope, LIST_WORD_MAX * sizeof *found);
    size_t size, number = 0;

    if (!found)
        return false;
    if (text_is_blank(text, length))
        return fail_field(scope, parameter->name, "blank", "%s must not be blank", parameter->name);
    if (text_count_characters(text, length) > (size_t)parameter->max)
        return fail_field(scope, parameter->name, "too_long",
                          "%s must have at most %" PRId64 " characters", parameter->name,
                          parameter->max);
    for (const char *end = text + length; text < end; text += size) {
        text += measure(text, (size_t)(end - text), true);
        size = measure(text, (size_t)(end - text), false);
        if (size == 0)
            break;
        if (number == LIST_WORD_MAX)
            return fail_field(scope, parameter->name, "too_many", "%s takes at most %d words",
                              parameter->name, LIST_WORD_MAX);
        found[number] = scope_copy(scope, text, size);
        if (!found[number++])
            return false;
    }
    *words = found;
    *count = number;
    return true;
}
