/* route_parameters.c - every query parameter that a row of the handler table takes */
#include "keel/http/route.h"

#include "keel/model/list.h"

#include <string.h>

bool route_selects(const struct route *route)
{
    const struct shape *reply = &route->reply;

    return route->method == GET && reply->model && reply->model->table && !(reply->use & LIST);
}

static bool add_own(struct scope *scope, const struct route *route, struct parameters *parameters)
{
    for (const struct query_parameter *own = route->query; own && own->name; own++) {
        const struct parameter parameter = {
            .name = own->name, .kind = PARAMETER_TEXT, .doc = own->doc};

        if (!parameters_add(scope, parameters, &parameter))
            return false;
    }
    return true;
}

/* Those of lists, without `deleted` where the row lets nobody ask for it. */
static bool add_list(struct scope *scope, const struct route *route, struct parameters *parameters)
{
    struct parameters all = {0};

    if (!list_parameters(scope, route->reply.model, &all))
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
