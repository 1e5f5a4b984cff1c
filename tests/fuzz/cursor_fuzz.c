/* cursor_fuzz.c - cursors: none can be forged, and one that we signed never leads a list astray */
#include "fuzz.h"

#include "keel/core/config.h"
#include "keel/model/cursor.h"
#include "keel/model/list.h"
#include "keel/routes/modules.h"

#include <string.h>

/*
 * The input is lines: the order, then the values. It is tried as the text of a cursor, and as what
 * a cursor holds.
 */

#define FIELD_MAX 8

static const struct config config = {.cursor_key = {1, 2, 3}};

static const struct model *find_model(const char *name)
{
    for (size_t i = 0; i < keel_modules.count; i++) {
        if (strcmp(keel_modules.list[i]->name, name) == 0)
            return keel_modules.list[i]->model;
    }
    return NULL;
}

static size_t split_lines(char *text, const char **lines)
{
    size_t count = 0;

    while (text && count < FIELD_MAX) {
        char *end = strchr(text, '\n');

        lines[count++] = text;
        text = end ? end + 1 : NULL;
        if (end)
            *end = '\0';
    }
    return count;
}

/* Nobody without the secret makes a cursor; should the input be one of ours, it says so itself. */
static void check_forgery(struct scope *scope, const char *text)
{
    const char *sort;
    const char *const *values;
    size_t count;

    if (!cursor_decode(scope, "items", text, &sort, &values, &count))
        return;
    const char *again = cursor_encode(scope, "items", sort, values, count);

    fuzz_expect(again && strcmp(again, text) == 0, "a cursor that is taken is one that we made");
}

static void check_round_trip(struct scope *scope, const char *text, const char *const *lines,
                             size_t count)
{
    const char *sort;
    const char *const *values;
    size_t found;
    bool fits = count > 1 && count - 1 <= LIST_SORT_MAX + 1;

    fuzz_expect(cursor_decode(scope, "items", text, &sort, &values, &found) == fits,
                "a cursor is taken where its values can be an order's");
    if (!fits)
        return;
    fuzz_expect(found == count - 1 && strcmp(sort, lines[0]) == 0, "the order comes back");
    for (size_t i = 0; i < found; i++)
        fuzz_expect(strcmp(values[i], lines[i + 1]) == 0, "each value comes back");
    fuzz_expect(!cursor_decode(scope, "users", text, &sort, &values, &found),
                "a cursor of one table is none of another");
}

/* Signed with an order of any text: only one over columns that can be sorted by is taken. */
static void check_list(struct scope *scope, const char *text)
{
    const struct pair pair = {"cursor", text};
    struct list_query list;

    if (!list_decode(scope, find_model("items"), (struct pairs){&pair, 1}, &list)) {
        fuzz_expect(scope->error.kind == ERR_VALIDATION,
                    "a cursor that is refused is the caller's");
        return;
    }
    fuzz_expect(list.sort_count >= 1 && list.sort_count <= LIST_SORT_MAX + 1,
                "an order is bounded");
    for (size_t i = 0; i < list.sort_count; i++)
        fuzz_expect(list.sort[i].column->uses & SORT && list.cursor[i] != NULL,
                    "each key can be sorted by and has its value");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *lines[FIELD_MAX];
    struct scope scope;

    scope_begin(&scope, &config, NULL, NULL);
    char *text = scope_copy(&scope, (const char *)data, size);

    if (text) {
        check_forgery(&scope, text);
        size_t count = split_lines(text, lines);
        const char *cursor = cursor_encode(&scope, "items", lines[0], lines + 1, count - 1);

        check_round_trip(&scope, cursor, lines, count);
        check_list(&scope, cursor);
    }
    scope_end(&scope);
    return 0;
}
