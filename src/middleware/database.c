/* database.c - makes sure of the connection before a handler runs, so that none has to */
#include "stages.h"

bool stage_database(struct exchange *exchange)
{
    return exchange->route->flags & ROUTE_NO_DATABASE || exchange->is_monitor ||
           db_ensure(&exchange->scope);
}
