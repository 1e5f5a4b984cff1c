/* api_routes.h - going through the handler table, so that a new row is tested at once */
#ifndef KEEL_TESTS_SUPPORT_API_ROUTES_H
#define KEEL_TESTS_SUPPORT_API_ROUTES_H

#include "api.h"

/* An id that no row has. */
#define API_NOBODY "987654321"

typedef void api_route_check(struct api *api, const struct route *route);

/* Calls `check` for every row. */
void api_each_route(struct api *api, api_route_check *check);

/* A row's path, with `value` for each {name}. */
const char *api_path(struct api *api, const char *path, const char *value);

/*
 * A request that reaches the row and changes nothing: of API_NOBODY, with a body that is refused.
 */
struct api_request api_request_to(struct api *api, const struct route *route, const char *token);

#endif
