/* router.c - finds the row of the handler table for a path and a method */
#include "keel/http/route.h"

#include "keel/core/text.h"

#include <string.h>

/*
 * Takes the value of one {name}. {id} must be a positive 64-bit integer, else the path is no such
 * path.
 */
static bool take_parameter(const char *name, size_t length, const char *segment,
                           struct path_values *values, size_t *count)
{
    if (!*segment || *count == ROUTE_PARAMETER_MAX)
        return false;
    values->text[(*count)++] = segment;
    if (length != 2 || strncmp(name, "id", 2) != 0)
        return true;
    return text_to_int(segment, strlen(segment), &values->id) && values->id > 0 && *segment != '0';
}

/*
 * Claim: the pattern's segment is this one, which may hold a '/' of its own; moves behind it. Most
 * rows differ in their first characters, so comparing them here is cheaper than any call.
 */
static bool skip_segment(const char **pattern, const char *segment)
{
    const char *at = *pattern;

    while (*at != '/' && *at && *at == *segment) {
        at++;
        segment++;
    }
    *pattern = at;
    return *segment == '\0' && (*at == '\0' || *at == '/');
}

static bool matches(const char *pattern, const struct request *request, struct path_values *values)
{
    size_t parameters = 0;

    for (size_t i = 0; i < request->segment_count; i++) {
        if (*pattern++ != '/')
            return false;
        if (*pattern != '{') {
            if (!skip_segment(&pattern, request->segments[i]))
                return false;
            continue;
        }
        size_t length = strcspn(pattern, "/");

        if (!take_parameter(pattern + 1, length - 2, request->segments[i], values, &parameters))
            return false;
        pattern += length;
    }
    return *pattern == '\0';
}

struct match route_find(struct modules modules, const struct request *request)
{
    struct match match = {0};
    size_t before = 0; /* rows of the modules so far */
    /* Settles most rows at once. */
    char first = '\0';

    if (request->segment_count > 0)
        first = request->segments[0][0];
    for (size_t m = 0; m < modules.count && !request->outside; m++) {
        const struct module *module = modules.list[m];

        for (size_t r = 0; r < module->route_count; r++) {
            const struct route *route = &module->routes[r];

            if (route->path[1] != first && route->path[1] != '{')
                continue;
            struct path_values values = {0};

            if (!matches(route->path, request, &values))
                continue;
            match.allowed |= 1u << route->method;
            if (route->method != request->method || match.route)
                continue;
            match.module = module;
            match.route = route;
            match.number = before + r;
            match.values = values;
        }
        before += module->route_count;
    }
    return match;
}
