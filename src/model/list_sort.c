/* list_sort.c - the order of a list */
#include "list_sort.h"

#include "keel/core/text.h"

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

bool list_sort_decode(struct scope *scope, const char *text, struct list_query *list)
{
    const struct column *id = model_find(list->model, "id");
    const char *name;
    size_t length;

    list->sort_text = text;
    list->sort_count = 0;
    while (text_next(&text, ',', &name, &length)) {
        if (!add_sort_key(scope, list, name, length))
            return false;
    }
    if (!sorts_already(list, id)) {
        /* In the last key's direction, so that an index over both serves the order. */
        list->sort[list->sort_count] =
            (struct sort_key){id, list->sort[list->sort_count - 1].descending};
        list->sort_count++;
    }
    return true;
}
