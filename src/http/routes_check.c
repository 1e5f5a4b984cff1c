/* routes_check.c - refuses a handler table that forgot something; run at every start */
#include "keel/http/route.h"

#include "keel/http/crud.h"
#include "keel/model/bulk.h"

#include <string.h>

static bool refuse(struct scope *scope, const struct route *route, const char *why)
{
    return fail(scope, ERR_INTERNAL, "route %s: %s", route->id ? route->id : route->path, why);
}

static bool check_names(struct scope *scope, const struct route *route)
{
    if (!route->id || !route->path || !route->summary)
        return refuse(scope, route, "needs an id, a path and a summary");
    if (!route->handler)
        return refuse(scope, route, "has no handler");
    if (route->method == METHOD_NONE || route->method == OPTIONS)
        return refuse(scope, route, "needs a method of its own");
    if (route->path[0] != '/' || strstr(route->path, "//"))
        return refuse(scope, route, "has a malformed path");
    if (route->success < 200 || route->success > 299)
        return refuse(scope, route, "needs the status of its success");
    if (route->discreet && (route->discreet < 200 || route->discreet > 299))
        return refuse(scope, route, "is discreet by a status that is no success");
    return true;
}

static bool check_access(struct scope *scope, const struct route *route)
{
    if (route->access == ACCESS_UNSET)
        return refuse(scope, route, "says nothing of who may call it");
    if (route->rate == RATE_UNSET)
        return refuse(scope, route, "has no rate class");
    if ((route->access == ACCESS_PERMISSION) != (route->permission != NULL))
        return refuse(scope, route, "a permission and ACCESS_PERMISSION belong together");
    if (route->cache != CACHE_NONE && (route->method != GET || route->rate == RATE_AUTH))
        return refuse(scope, route, "only answers of a GET are kept, and none with secrets");
    if ((route->cache == CACHE_PUBLIC || route->cache == CACHE_MINUTES) &&
        route->access != ACCESS_PUBLIC)
        return refuse(scope, route, "what not everybody may read is not kept for everybody");
    if (route->access != ACCESS_PUBLIC && route->flags & (ROUTE_NO_CREDENTIALS | ROUTE_NO_DATABASE))
        return refuse(scope, route, "only public routes can do without credentials or database");
    if (route->flags & ROUTE_MONITOR &&
        (route->method != GET || !route->permission || !(route->flags & ROUTE_NO_TRANSACTION)))
        return refuse(scope, route,
                      "what is for monitoring is a GET that needs a permission, and "
                      "no transaction");
    return true;
}

static bool check_shapes(struct scope *scope, const struct route *route)
{
    if (route->body.model && route->method == GET)
        return refuse(scope, route, "this method has no body");
    if (route->body.model && !(route->body.use & (CREATE | UPDATE)))
        return refuse(scope, route, "the body is neither CREATE nor UPDATE");
    if (route->method == PATCH && route->body.model && !(route->body.use & PARTIAL))
        return refuse(scope, route, "the body of PATCH is PARTIAL");
    if (route->flags & ROUTE_LIST && !(route->reply.model && route->reply.use & LIST))
        return refuse(scope, route, "a list needs a LIST reply");
    if (route->see_deleted && !(route->flags & ROUTE_LIST && route->reply.model->soft_delete))
        return refuse(scope, route, "only lists of what is deleted softly show deleted rows");
    if (route->reply.model && !(route->reply.use & READ))
        return refuse(scope, route, "a reply is READ");
    if (route->media_type && (route->method != GET || route->reply.model || route->message))
        return refuse(scope, route, "a document is what GET shows, in no envelope");
    return true;
}

static bool check_bulk(struct scope *scope, const struct route *route)
{
    const struct model *model = route->body.model;

    if (!(route->flags & ROUTE_BULK))
        return true;
    if (route->method != POST || !model || route->body.use != (CREATE | UPDATE))
        return refuse(scope, route, "a bulk is a POST whose body is CREATE | UPDATE");
    if (route->reply.model || route->flags & ROUTE_NO_TRANSACTION)
        return refuse(scope, route, "a bulk has its own reply, and one transaction");
    if (!model->table || model->column_count > BULK_COLUMN_MAX)
        return refuse(scope, route, "a bulk needs a model with a table and not too many columns");
    /* What the rows of a statement are told apart by. */
    if (!model_find(model, "id") || model_find(model, "id")->uses & (CREATE | UPDATE))
        return refuse(scope, route, "a bulk needs ids that the database gives");
    return true;
}

static bool check_reads(struct scope *scope, const struct route *route)
{
    if (!(route->flags & ROUTE_MAY_BE_STALE))
        return true;
    if (route->method != GET || route->rate == RATE_AUTH || route->streams ||
        route->flags & ROUTE_NO_DATABASE)
        return refuse(scope, route, "a standby answers a GET of rows, in one piece, and no secret");
    return true;
}

static bool check_transfer(struct scope *scope, const struct route *route)
{
    if (route->uploads && (route->method != POST || route->body.model || route->flags & ROUTE_BULK))
        return refuse(scope, route, "an upload is the body of a POST that has no other");
    if (route->uploads && route->access == ACCESS_PUBLIC)
        return refuse(scope, route, "not everybody may fill the disk");
    if (route->uploads && route->flags & (ROUTE_NO_DATABASE | ROUTE_NO_TRANSACTION))
        return refuse(scope, route, "an upload stays where a transaction says what is to be done");
    if (!route->streams)
        return true;
    if (route->method != GET || route->message || route->media_type || route->success != 200)
        return refuse(scope, route, "what is streamed is a document that GET shows");
    if (route->cache != CACHE_NONE)
        return refuse(scope, route, "what is streamed is not kept");
    if (route->flags & (ROUTE_NO_DATABASE | ROUTE_NO_TRANSACTION))
        return refuse(scope, route, "what is streamed comes out of one transaction");
    return true;
}

/* Two rows are the same endpoint when their paths differ in parameter names only. */
static bool same_path(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        if (*a == '{' && *b == '{') {
            a = strchr(a, '}');
            b = strchr(b, '}');
            if (!a || !b)
                return true;
        } else if (*a != *b) {
            return false;
        }
    }
    return *a == *b;
}

static bool check_unique(struct scope *scope, struct modules modules, const struct route *route)
{
    for (size_t m = 0; m < modules.count; m++) {
        for (size_t r = 0; r < modules.list[m]->route_count; r++) {
            const struct route *other = &modules.list[m]->routes[r];

            if (other == route)
                return true;
            if (strcmp(other->id, route->id) == 0)
                return refuse(scope, route, "the id is used twice");
            if (other->method == route->method && same_path(other->path, route->path))
                return refuse(scope, route, "another row has this method and path");
        }
    }
    return true;
}

static bool is_namesake(const struct model *a, const struct model *b)
{
    return a && b && a != b && strcmp(a->name, b->name) == 0;
}

/* Documents know a model by its name. */
static bool check_model_names(struct scope *scope, struct modules modules,
                              const struct route *route)
{
    for (size_t m = 0; m < modules.count; m++) {
        for (size_t r = 0; r < modules.list[m]->route_count; r++) {
            const struct route *other = &modules.list[m]->routes[r];

            if (is_namesake(other->body.model, route->body.model) ||
                is_namesake(other->body.model, route->reply.model) ||
                is_namesake(other->reply.model, route->reply.model))
                return refuse(scope, route, "another model has the name of its model");
        }
    }
    return true;
}

bool routes_check(struct scope *scope, struct modules modules)
{
    for (size_t m = 0; m < modules.count; m++) {
        const struct module *module = modules.list[m];

        if (!module->doc)
            return fail(scope, ERR_INTERNAL, "module %s: needs a sentence for documents",
                        module->name);
        if (module->model && !model_check(scope, module->model))
            return false;
        for (size_t r = 0; r < module->route_count; r++) {
            const struct route *route = &module->routes[r];

            if (!check_names(scope, route) || !check_access(scope, route) ||
                !check_shapes(scope, route) || !check_bulk(scope, route) ||
                !check_transfer(scope, route) || !check_reads(scope, route) ||
                !check_unique(scope, modules, route) || !check_model_names(scope, modules, route))
                return false;
            if (route->body.model && !model_check(scope, route->body.model))
                return false;
            if (route->reply.model && !model_check(scope, route->reply.model))
                return false;
        }
    }
    return true;
}

bool route_takes_idempotency_key(const struct route *route)
{
    return route->method == POST && route->access != ACCESS_PUBLIC && route->rate != RATE_AUTH &&
           !(route->flags & (ROUTE_NO_TRANSACTION | ROUTE_NO_DATABASE));
}

/* What changes or deletes a row that has a version. A handler of its own may declare the same. */
static bool takes_if_match(const struct route *route)
{
    if (route->method == PUT || route->method == PATCH)
        return route->body.model && model_find(route->body.model, "version");
    return route->handler == crud_delete;
}

unsigned route_errors(const struct route *route)
{
    unsigned errors = route->errors | ERROR_BIT(ERR_MALFORMED) | ERROR_BIT(ERR_INTERNAL) |
                      ERROR_BIT(ERR_UNAVAILABLE);

    if (!(route->flags & ROUTE_NO_DATABASE))
        errors |= ERROR_BIT(ERR_TIMEOUT);
    if (!(route->flags & ROUTE_ANY_QUERY))
        errors |= ERROR_BIT(ERR_VALIDATION);
    if (!(route->flags & ROUTE_NO_CREDENTIALS))
        errors |= ERROR_BIT(ERR_UNAUTHORIZED);
    if (route->access == ACCESS_PERMISSION || route->access == ACCESS_SIGNED_IN ||
        route->see_deleted)
        errors |= ERROR_BIT(ERR_FORBIDDEN);
    if (route->rate != RATE_FREE)
        errors |= ERROR_BIT(ERR_RATE_LIMITED);
    if (route->body.model)
        errors |= ERROR_BIT(ERR_VALIDATION) | ERROR_BIT(ERR_TOO_LARGE) | ERROR_BIT(ERR_MEDIA_TYPE);
    if (route->uploads)
        errors |= ERROR_BIT(ERR_TOO_LARGE) | ERROR_BIT(ERR_MEDIA_TYPE);
    if (strchr(route->path, '{'))
        errors |= ERROR_BIT(ERR_NOT_FOUND);
    if (route->flags & ROUTE_BULK)
        errors |= ERROR_BIT(ERR_NOT_FOUND) | ERROR_BIT(ERR_CONFLICT);
    if (takes_if_match(route))
        errors |= ERROR_BIT(ERR_PRECONDITION_FAILED) | ERROR_BIT(ERR_PRECONDITION_REQUIRED);
    if (route_takes_idempotency_key(route))
        errors |= ERROR_BIT(ERR_VALIDATION) | ERROR_BIT(ERR_CONFLICT) |
                  ERROR_BIT(ERR_IDEMPOTENCY_MISMATCH);
    return errors;
}

bool route_has_etag(const struct route *route)
{
    const struct model *model = route->reply.model;

    if (route->media_type)
        return route->cache != CACHE_NONE;
    return model && model->table && !(route->reply.use & (LIST | WHOLE)) && !route->streams &&
           model_find(model, "version");
}
