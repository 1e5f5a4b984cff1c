/* list_decode.c - a list's query string, checked against what the column table declares */
#include "keel/model/list.h"

#include "keel/model/cursor.h"
#include "list_filter.h"
#include "list_sort.h"
#include "list_value.h"
#include "parameter_names.h"

#include <string.h>

/* Far enough that no offset can overflow, and no table is that long. */
#define PAGE_MAX 1000000000

#define STRING_OF(value) #value
#define DIGITS_OF(value) STRING_OF(value)

/* A query being read. Of some parameters the meaning is known only when all have been seen. */
struct reading {
    struct scope *scope;
    struct list_query *list;
    const char *cursor, *sort;
    bool has_page;
};

static void take_page(struct reading *reading, const struct parameter *parameter, const char *text)
{
    reading->has_page = true;
    list_value_number(reading->scope, parameter, text, &reading->list->page);
}

static void take_per_page(struct reading *reading, const struct parameter *parameter,
                          const char *text)
{
    list_value_number(reading->scope, parameter, text, &reading->list->per_page);
}

static void take_cursor(struct reading *reading, const struct parameter *parameter,
                        const char *text)
{
    (void)parameter;
    reading->cursor = text;
}

static void take_sort(struct reading *reading, const struct parameter *parameter, const char *text)
{
    (void)parameter;
    reading->sort = text;
}

static void take_words(struct reading *reading, const struct parameter *parameter, const char *text)
{
    list_value_words(reading->scope, parameter, text, &reading->list->words,
                     &reading->list->word_count);
}

static void take_ids(struct reading *reading, const struct parameter *parameter, const char *text)
{
    list_value_ids(reading->scope, parameter, text, &reading->list->ids);
}

static const char *const deleted_choices[] = {"only", "with", NULL};
static const enum list_deleted deleted_values[] = {LIST_DELETED, LIST_BOTH};

static void take_deleted(struct reading *reading, const struct parameter *parameter,
                         const char *text)
{
    size_t choice;

    if (list_value_choice(reading->scope, parameter, text, &choice))
        reading->list->deleted = deleted_values[choice];
}

static const char *const count_choices[] = {"exact", "estimated", "none", NULL};
static const enum list_count count_values[] = {LIST_COUNT_EXACT, LIST_COUNT_ESTIMATED,
                                               LIST_COUNT_NONE};

static void take_count(struct reading *reading, const struct parameter *parameter, const char *text)
{
    size_t choice;

    if (list_value_choice(reading->scope, parameter, text, &choice))
        reading->list->count = count_values[choice];
}

static bool has_search(const struct model *model)
{
    return model->search != NULL;
}

static bool has_deleted(const struct model *model)
{
    return model->soft_delete;
}

/* The parameters that every list takes, or every list of a model that has what they are about. */
static const struct general {
    struct parameter parameter;
    void (*take)(struct reading *reading, const struct parameter *parameter, const char *text);
    bool (*fits)(const struct model *model); /* NULL: every model */
    bool of_page;                            /* means nothing where a list is read whole */
} generals[] = {
    {{"page", PARAMETER_NUMBER, .min = 1, .max = PAGE_MAX, .fallback = "1",
      .doc = "Which page to show, counted from 1."},
     .take = take_page,
     .of_page = true},
    {{"per_page", PARAMETER_NUMBER, .min = 1, .max = LIST_PER_PAGE_MAX,
      .fallback = DIGITS_OF(LIST_PER_PAGE), .doc = "How many rows a page has."},
     .take = take_per_page,
     .of_page = true},
    {{"cursor", PARAMETER_TEXT,
      .doc = "Goes on where the page with this next_cursor ended, instead of a page's number."},
     .take = take_cursor,
     .of_page = true},
    {{"sort", PARAMETER_SORT, .max = LIST_SORT_MAX,
      .doc = "The columns to sort by, each with a - in front for the largest first."},
     .take = take_sort},
    {{"q", PARAMETER_TEXT, .min = 1, .max = LIST_SEARCH_MAX,
      .doc = "Only rows in which each of these words is found, whatever its case and accents."},
     .take = take_words,
     .fits = has_search},
    {{"ids", PARAMETER_IDS, .max = LIST_IDS_MAX, .doc = "Only the rows with these ids."},
     .take = take_ids},
    {{"deleted", PARAMETER_CHOICE, .choices = deleted_choices,
      .doc = "Deleted rows alone, or with the others."},
     .take = take_deleted,
     .fits = has_deleted},
    {{"count", PARAMETER_CHOICE, .choices = count_choices,
      .doc = "How to find the total; without it, exactly wherever that is cheap."},
     .take = take_count,
     .of_page = true},
};
#define GENERAL_COUNT (sizeof generals / sizeof generals[0])

/* Claim: such a list of the model takes it. */
static bool applies(const struct general *general, const struct model *model, bool whole)
{
    return (!general->fits || general->fits(model)) && !(whole && general->of_page);
}

/* Claim: the parameter is one of the general ones, and its value was looked at. */
static bool take_general(struct reading *reading, const struct pair *pair)
{
    for (size_t i = 0; i < GENERAL_COUNT; i++) {
        const struct general *general = &generals[i];

        if (strcmp(general->parameter.name, pair->name) != 0)
            continue;
        if (!applies(general, reading->list->model, reading->list->whole))
            return false;
        general->take(reading, &general->parameter, pair->value);
        return true;
    }
    return false;
}

/* Claim: the parameter is a filter of the model; a right value is added to the list. */
static bool take_filter(struct reading *reading, const struct pair *pair)
{
    struct list_query *list = reading->list;
    struct list_filter filter;

    if (!list_filter_find(list->model, pair->name, &filter))
        return false;
    bool is_null = filter.takes_null && strcmp(pair->value, "null") == 0;

    if (list->filter_count == LIST_FILTER_MAX)
        fail_field(reading->scope, pair->name, "too_many", "There are too many filters");
    else if (is_null || input_check_text(reading->scope, filter.column, pair->name, pair->value))
        list->filters[list->filter_count++] =
            (struct filter){filter.column, filter.operation, is_null ? NULL : pair->value};
    return true;
}

static bool decode_cursor(const struct reading *reading)
{
    struct scope *scope = reading->scope;
    struct list_query *list = reading->list;
    const char *bound;
    size_t count;

    if (reading->has_page)
        return fail_field(scope, "cursor", "conflict", "Give either page or cursor");
    if (!cursor_decode(scope, list->model->table, reading->cursor, &bound, &list->cursor, &count) ||
        (reading->sort && strcmp(reading->sort, bound) != 0) ||
        !list_sort_decode(scope, bound, list) || count != list->sort_count)
        return fail_field(scope, "cursor", "invalid", "cursor is not one that this list gave");
    return true;
}

/* What is read whole comes as it was added: so it is read fastest, and two files can be compared.
 */
static const char *usual_order(const struct model *model, bool whole)
{
    if (whole)
        return "id";
    return model->order ? model->order : "-id";
}

static bool decode_order(const struct reading *reading)
{
    const char *sort =
        reading->sort ? reading->sort : usual_order(reading->list->model, reading->list->whole);

    return reading->cursor ? decode_cursor(reading)
                           : list_sort_decode(reading->scope, sort, reading->list);
}

static void take_each(struct reading *reading, struct pairs query)
{
    const struct list_query *list = reading->list;

    for (size_t i = 0; i < query.count; i++) {
        const struct pair *pair = &query.list[i];

        if (!take_general(reading, pair) && (list->whole || !selection_takes(pair->name)) &&
            !take_filter(reading, pair))
            fail_field(reading->scope, pair->name, "unknown_parameter",
                       "There is no parameter %s here", pair->name);
    }
}

bool list_decode(struct scope *scope, const struct model *model, struct pairs query,
                 struct list_query *list)
{
    struct reading reading = {.scope = scope, .list = list};

    *list = (struct list_query){.model = model, .page = 1, .per_page = LIST_PER_PAGE};
    take_each(&reading, query);
    bool has_selection = selection_decode(scope, model, query, &list->selection);

    return decode_order(&reading) && has_selection && scope->error.kind == ERR_NONE;
}

bool list_decode_whole(struct scope *scope, const struct model *model, struct pairs query,
                       struct list_query *list)
{
    struct reading reading = {.scope = scope, .list = list};

    *list = (struct list_query){.model = model, .whole = true, .page = 1};
    take_each(&reading, query);
    selection_all(model, &list->selection);
    return decode_order(&reading) && scope->error.kind == ERR_NONE;
}

static size_t measure_sortable(const struct column *column)
{
    return column->uses & SORT ? strlen(column->name) : 0;
}

/* What a sort takes and falls back on, its model says. */
static bool describe_sort(struct scope *scope, const struct model *model, bool whole,
                          struct parameter *parameter)
{
    int64_t max = parameter->max;

    parameter->fallback = usual_order(model, whole);
    if (!parameter_name_columns(scope, model, measure_sortable, parameter))
        return false;
    parameter->max = parameter->max < max ? parameter->max : max;
    return true;
}

static bool describe_generals(struct scope *scope, const struct model *model, bool whole,
                              struct parameters *parameters)
{
    for (size_t i = 0; i < GENERAL_COUNT; i++) {
        struct parameter parameter = generals[i].parameter;

        if (!applies(&generals[i], model, whole))
            continue;
        if (parameter.kind == PARAMETER_SORT && !describe_sort(scope, model, whole, &parameter))
            return false;
        if (!parameters_add(scope, parameters, &parameter))
            return false;
    }
    return true;
}

bool list_parameters(struct scope *scope, const struct model *model, struct parameters *parameters)
{
    return describe_generals(scope, model, false, parameters) &&
           selection_parameters(scope, model, parameters) &&
           list_filter_parameters(scope, model, parameters);
}

bool list_parameters_whole(struct scope *scope, const struct model *model,
                           struct parameters *parameters)
{
    return describe_generals(scope, model, true, parameters) &&
           list_filter_parameters(scope, model, parameters);
}

bool list_reserves(const char *name)
{
    for (size_t i = 0; i < GENERAL_COUNT; i++) {
        if (strcmp(generals[i].parameter.name, name) == 0)
            return true;
    }
    return selection_takes(name);
}
