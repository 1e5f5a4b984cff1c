/* list_decode.c - a list's query string, checked against what the column table declares */
#include "keel/model/list.h"

#include "keel/core/text.h"
#include "keel/model/cursor.h"

#include <stdint.h>
#include <string.h>

/* The parameters that come out of one column; `lead` and `tail` stand around its stem. */
static const struct {
    unsigned use;
    bool time; /* for KIND_TIME columns, or for all others */
    const char *lead, *tail;
    const char *operation;
} parameters[] = {
    {FILTER, false, "", "", "="},     {FILTER, true, "", "", "="},
    {RANGE, false, "min_", "", ">="}, {RANGE, false, "max_", "", "<="},
    {RANGE, true, "", "_after", ">"}, {RANGE, true, "", "_before", "<"},
};
#define PARAMETER_COUNT (sizeof parameters / sizeof parameters[0])

/* "created" of created_at, where the parameter says "_after"; else the whole name. */
static size_t stem_length(const struct column *column, size_t parameter)
{
    size_t length = strlen(column->name);

    if (*parameters[parameter].tail && length > 3 && strcmp(column->name + length - 3, "_at") == 0)
        length -= 3;
    return length;
}

static bool applies(const struct column *column, size_t parameter)
{
    return column->uses & parameters[parameter].use &&
           parameters[parameter].time == (column->kind == KIND_TIME);
}

static bool is_named(const struct column *column, size_t parameter, const char *name)
{
    size_t stem = stem_length(column, parameter);
    size_t lead = strlen(parameters[parameter].lead);

    return strncmp(name, parameters[parameter].lead, lead) == 0 &&
           strncmp(name + lead, column->name, stem) == 0 &&
           strcmp(name + lead + stem, parameters[parameter].tail) == 0;
}

void list_each_parameter(const struct model *model,
                         void (*visit)(const char *name, const struct column *column,
                                       void *context),
                         void *context)
{
    static const char *const general[] = {"page", "per_page", "cursor", "sort"};
    char name[160];

    for (size_t i = 0; i < sizeof general / sizeof general[0]; i++)
        visit(general[i], NULL, context);
    for (size_t c = 0; c < model->column_count; c++) {
        for (size_t p = 0; p < PARAMETER_COUNT; p++) {
            const struct column *column = &model->columns[c];
            size_t lead = strlen(parameters[p].lead), stem = stem_length(column, p);
            size_t tail = strlen(parameters[p].tail);

            if (!applies(column, p) || lead + stem + tail >= sizeof name)
                continue;
            memcpy(name, parameters[p].lead, lead);
            memcpy(name + lead, column->name, stem);
            memcpy(name + lead + stem, parameters[p].tail, tail + 1);
            visit(name, column, context);
        }
    }
}

/* Claim: the parameter is a filter of the model; a right value is added to the list. */
static bool decode_filter(struct scope *scope, struct list_query *list, const struct pair *pair)
{
    for (size_t c = 0; c < list->model->column_count; c++) {
        const struct column *column = &list->model->columns[c];

        for (size_t p = 0; p < PARAMETER_COUNT; p++) {
            if (!applies(column, p) || !is_named(column, p, pair->name))
                continue;
            if (list->filter_count == LIST_FILTER_MAX)
                fail_field(scope, pair->name, "too_many", "There are too many filters");
            else if (input_check_text(scope, column, pair->name, pair->value))
                list->filters[list->filter_count++] =
                    (struct filter){column, parameters[p].operation, pair->value};
            return true;
        }
    }
    return false;
}

/* Far enough that no offset can overflow, and no table is that long. */
#define PAGE_MAX 1000000000

static void decode_number(struct scope *scope, const struct pair *pair, int64_t max,
                          int64_t *number)
{
    int64_t value;

    if (!text_to_int(pair->value, strlen(pair->value), &value) || value < 1 || value > max)
        fail_field(scope, pair->name, "out_of_range", "%s must be a whole number from 1 to %lld",
                   pair->name, (long long)max);
    else
        *number = value;
}

static bool sorts_already(const struct list_query *list, const struct column *column)
{
    for (size_t i = 0; i < list->sort_count; i++) {
        if (list->sort[i].column == column)
            return true;
    }
    return false;
}

/* One `-name` of the sort parameter. */
static bool add_sort_key(struct scope *scope, struct list_query *list, const char *name,
                         size_t length)
{
    bool descending = length > 0 && *name == '-';
    const char *key = scope_copy(scope, name + descending, length - descending);
    const struct column *column = key ? model_find(list->model, key) : NULL;

    if (!column || !(column->uses & SORT))
        return fail_field(scope, "sort", "unknown_column",
                          "sort must name columns that can be sorted by");
    if (sorts_already(list, column))
        return fail_field(scope, "sort", "duplicate", "sort names %s twice", key);
    if (list->sort_count == LIST_SORT_MAX)
        return fail_field(scope, "sort", "too_many", "sort takes at most %d columns",
                          LIST_SORT_MAX);
    list->sort[list->sort_count++] = (struct sort_key){column, descending};
    return true;
}

/*
 * Ends the order with the id, in the last key's direction, so that rows with equal keys appear
 * once.
 */
static bool decode_sort(struct scope *scope, struct list_query *list, const char *text)
{
    const struct column *id = model_find(list->model, "id");

    list->sort_text = text;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");

        if (!add_sort_key(scope, list, at, length))
            return false;
        at += length;
        if (!*at)
            break;
    }
    if (!sorts_already(list, id)) {
        list->sort[list->sort_count] =
            (struct sort_key){id, list->sort[list->sort_count - 1].descending};
        list->sort_count++;
    }
    return true;
}

static bool decode_cursor(struct scope *scope, struct list_query *list, const char *text,
                          const char *sort)
{
    const char *bound;
    size_t count;

    if (!cursor_decode(scope, list->model->table, text, &bound, &list->cursor, &count) ||
        (sort && strcmp(sort, bound) != 0) || !decode_sort(scope, list, bound) ||
        count != list->sort_count)
        return fail_field(scope, "cursor", "invalid", "cursor is not one that this list gave");
    return true;
}

bool list_decode(struct scope *scope, const struct model *model, struct pairs query,
                 struct list_query *list)
{
    const char *cursor = NULL, *sort = NULL;
    bool has_page = false;

    *list = (struct list_query){.model = model, .page = 1, .per_page = LIST_PER_PAGE};
    for (size_t i = 0; i < query.count; i++) {
        const struct pair *pair = &query.list[i];

        if (strcmp(pair->name, "page") == 0) {
            has_page = true;
            decode_number(scope, pair, PAGE_MAX, &list->page);
        } else if (strcmp(pair->name, "per_page") == 0) {
            decode_number(scope, pair, LIST_PER_PAGE_MAX, &list->per_page);
        } else if (strcmp(pair->name, "cursor") == 0) {
            cursor = pair->value;
        } else if (strcmp(pair->name, "sort") == 0) {
            sort = pair->value;
        } else if (!decode_filter(scope, list, pair)) {
            fail_field(scope, pair->name, "unknown_parameter", "There is no parameter %s here",
                       pair->name);
        }
    }
    if (cursor && has_page)
        fail_field(scope, "cursor", "conflict", "Give either page or cursor");
    else if (cursor)
        decode_cursor(scope, list, cursor, sort);
    else
        decode_sort(scope, list, sort ? sort : model->order ? model->order : "-id");
    return scope->error.kind == ERR_NONE;
}
