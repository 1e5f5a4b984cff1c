/* route_parameters.c - every query parameter that a row of the handler table takes */
#include "keel/http/route.h"

#include "keel/core/text.h"
#include "keel/model/export.h"
#include "keel/model/list.h"

#include <string.h>

bool route_selects(const struct route *route)
{
    const struct shape *reply = &route->reply;

    return route->method == GET && reply->model && reply->model->table && !(reply->use & LIST);
}

/* "a|b|c" as a list that ends with NULL. */
static bool split_choices(struct scope *scope, const char *choices, const char *const **list)
{
    size_t count = 1, length;
    const char *piece;

    for (const char *at = choices; *at; at++)
        count += *at == '|';
    const char **names = scope_alloc(scope, (count + 1) * sizeof *names);

    if (!names)
        return false;
    count = 0;
    while (text_next(&choices, '|', &piece, &length)) {
        names[count] = scope_copy(scope, piece, length);
        if (!names[count++])
            return false;
    }
    names[count] = NULL;
    *list = names;
    return true;
}

static bool add_own(struct scope *scope, const struct route *route, struct parameters *parameters)
{
    for (const struct query_parameter *own = route->query; own && own->name; own++) {
        struct parameter parameter = {.name = own->name, .kind = PARAMETER_TEXT, .doc = own->doc};

        if (own->choices) {
            if (!split_choices(scope, own->choices, &parameter.choices))
                return false;
            parameter.kind = PARAMETER_CHOICE;
            parameter.fallback = parameter.choices[0];
        }
        if (!parameters_add(scope, parameters, &parameter))
            return false;
    }
    return true;
}

/* Those of lists, without `deleted` where the row lets nobody ask for it. */
static bool add_list(struct scope *scope, const struct route *route, struct parameters *parameters)
{
    const struct model *model = route->reply.model;
    struct parameters all = {0};

    if (!(route->streams ? export_parameters : list_parameters)(scope, model, &all))
        return false;
    for (size_t i = 0; i < all.count; i++) {
        bool hidden = !route->see_deleted && strcmp(all.list[i].name, "deleted") == 0;

        if (!hidden && !parameters_add(scope, parameters, &all.list[i]))
            return false;
    }
    return true;
}

bool route_parameters(struct scope *scope, const struct route *route, struct parameters *parameters)
{
    if (route->flags & ROUTE_LIST && !add_list(scope, route, parameters))
        return false;
    if (route_selects(route) && !selection_parameters(scope, route->reply.model, parameters))
        return false;
    return add_own(scope, route, parameters);
}
