/* query.c - refuses parameters that are doubled, or that the row does not declare */
#include "keel/model/selection.h"
#include "stages.h"

#include <string.h>

static bool is_declared(const struct route *route, const char *name)
{
    for (const struct query_parameter *parameter = route->query; parameter && parameter->name;
         parameter++) {
        if (strcmp(parameter->name, name) == 0)
            return true;
    }
    return route_selects(route) && selection_takes(name);
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
    unsigned flags = exchange->route->flags;

    if (flags & ROUTE_ANY_QUERY)
        return true;
    for (size_t i = 0; i < query.count; i++) {
        const char *name = query.list[i].name;

        if (is_repeated(query, i))
            fail_field(scope, name, "duplicate", "%s is given twice", name);
        /* A list checks its own names: they come out of the column table. */
        else if (!(flags & ROUTE_LIST) && !is_declared(exchange->route, name))
            fail_field(scope, name, "unknown_parameter", "There is no parameter %s here", name);
    }
    return scope->error.kind == ERR_NONE;
}
