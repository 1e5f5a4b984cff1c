/* query.c - refuses parameters that are doubled, or that the row does not declare */
#include "keel/core/text.h"
#include "keel/model/selection.h"
#include "stages.h"

#include <string.h>

/* The row's own parameter of this name; NULL: it has none. */
static const struct query_parameter *find_own(const struct route *route, const char *name)
{
    for (const struct query_parameter *parameter = route->query; parameter && parameter->name;
         parameter++) {
        if (strcmp(parameter->name, name) == 0)
            return parameter;
    }
    return NULL;
}

static bool is_choice(const char *choices, const char *value)
{
    const char *piece;
    size_t length;

    while (text_next(&choices, '|', &piece, &length)) {
        if (strlen(value) == length && strncmp(piece, value, length) == 0)
            return true;
    }
    return false;
}

/* A list checks its own names: they come out of the column table. */
static void check(struct scope *scope, const struct route *route, const struct pair *pair)
{
    const struct query_parameter *own = find_own(route, pair->name);

    if (own && own->choices && !is_choice(own->choices, pair->value))
        fail_field(scope, pair->name, "unknown_choice", "%s must be one of %s", pair->name,
                   own->choices);
    else if (!own && !(route->flags & ROUTE_LIST) &&
             !(route_selects(route) && selection_takes(pair->name)))
        fail_field(scope, pair->name, "unknown_parameter", "There is no parameter %s here",
                   pair->name);
}

static bool is_repeated(struct pairs query, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(query.list[i].name, query.list[index].name) == 0)
            return true;
    }
    return false;
}

bool stage_query(struct exchange *exchange)
{
    struct pairs query = exchange->request.query;
    struct scope *scope = &exchange->scope;

    if (exchange->route->flags & ROUTE_ANY_QUERY)
        return true;
    for (size_t i = 0; i < query.count; i++) {
        const char *name = query.list[i].name;

        if (is_repeated(query, i))
            fail_field(scope, name, "duplicate", "%s is given twice", name);
        else
            check(scope, exchange->route, &query.list[i]);
    }
    return scope->error.kind == ERR_NONE;
}
