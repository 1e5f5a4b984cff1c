/* new_endpoint.c - `keelctl new endpoint`: a row and a handler in a resource's file, and a test */
#include "new.h"

#include "arguments.h"
#include "keel/http/route.h"
#include "keel/routes/modules.h"
#include "scaffold.h"
#include "source.h"
#include "template.h"

#include <ctype.h>
#include <string.h>

/* One endpoint on its way into the checkout. */
struct making {
    struct new_call *call;
    const struct module *module;
    const char *id;   /* "items.archive" */
    const char *name; /* "archive" */
    struct route route;
    struct template_list values;
    struct plan plan;
    size_t tests;
};

static const struct module *find_module(const char *name, size_t length)
{
    for (size_t i = 0; i < keel_modules.count; i++) {
        if (strlen(keel_modules.list[i]->name) == length &&
            strncmp(keel_modules.list[i]->name, name, length) == 0)
            return keel_modules.list[i];
    }
    return NULL;
}

static bool read_id(struct making *making)
{
    struct cli *cli = making->call->cli;
    const char *id = arguments_next(cli);
    const char *dot = id ? strchr(id, '.') : NULL;

    if (!dot || !scaffold_is_name(dot + 1)) {
        cli_misuse(cli, "Name it as MODULE.NAME, such as items.archive.");
        return false;
    }
    making->id = id;
    making->name = dot + 1;
    making->module = find_module(id, (size_t)(dot - id));
    if (making->module)
        return true;
    cli_misuse(cli, "There is no module %.*s; keelctl routes lists what there is.", (int)(dot - id),
               id);
    return false;
}

static bool read_method(struct making *making)
{
    struct cli *cli = making->call->cli;
    const char *word = arguments_next(cli);

    for (enum method method = GET; word && method < METHOD_COUNT; method++) {
        if (method != OPTIONS && strcmp(method_name(method), word) == 0)
            making->route.method = method;
    }
    return making->route.method != METHOD_NONE ||
           cli_misuse(cli, "Give it a method: GET, POST, PUT, PATCH or DELETE.");
}

/* Lower-case segments, and {id} where it answers for one row: what else there is, no row has. */
static bool is_path(const char *path)
{
    if (*path != '/' || !path[1])
        return false;
    while (*path == '/') {
        size_t length = strcspn(++path, "/");
        bool is_id = length == 4 && strncmp(path, "{id}", 4) == 0;

        if (length == 0 ||
            (!is_id && strspn(path, "abcdefghijklmnopqrstuvwxyz0123456789_-") < length))
            return false;
        path += length;
    }
    return *path == '\0';
}

static bool read_path(struct making *making)
{
    struct cli *cli = making->call->cli;
    const char *path = arguments_next(cli);

    if (!path || !is_path(path))
        return cli_misuse(cli, "Give it a path of small letters such as /items/{id}/archive.");
    if (strstr(path, "{id}") && !(making->module->model && making->module->model->table))
        return cli_misuse(cli, "%s has no table, so there is no row that {id} could name.",
                          making->module->name);
    making->route.path = path;
    return true;
}

/* Like a row of the module that does the same: whoever may read or write there may do it here. */
static bool choose_access(struct making *making, const char *permission)
{
    bool reads = making->route.method == GET;

    for (size_t i = 0; !permission && i < making->module->route_count; i++) {
        const struct route *other = &making->module->routes[i];

        if ((other->method == GET) == reads && other->permission)
            permission = other->permission;
    }
    making->route.permission = permission;
    making->route.access = permission ? ACCESS_PERMISSION : ACCESS_SIGNED_IN;
    making->route.rate = reads ? RATE_READ : RATE_WRITE;
    return permission || reads ||
           cli_misuse(making->call->cli,
                      "No row of %s has a permission to change anything: name one with "
                      "--permission.",
                      making->module->name);
}

static bool check_free(const struct making *making)
{
    struct scope *scope = &making->call->cli->scope;

    for (size_t m = 0; m < keel_modules.count; m++) {
        for (size_t r = 0; r < keel_modules.list[m]->route_count; r++) {
            const struct route *other = &keel_modules.list[m]->routes[r];

            if (strcmp(other->id, making->id) == 0)
                return fail(scope, ERR_CONFLICT, "There is an endpoint %s already.", making->id);
            if (other->method == making->route.method &&
                strcmp(other->path, making->route.path) == 0)
                return fail(scope, ERR_CONFLICT, "%s has this method and path already.", other->id);
        }
    }
    return true;
}

/* What the file calls its model: ".model = &items". NULL: it has none. */
static const char *model_variable(struct scope *scope, const char *text)
{
    const char *at = strstr(text, ".model = &");

    if (!at)
        return NULL;
    at += strlen(".model = &");
    return scope_copy(scope, at, strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_"));
}

static const char *file_of(const struct making *making)
{
    return scope_format(&making->call->cli->scope, "src/routes/%s.c", making->module->name);
}

/* The path with an id in the place of {id}, or as it is. */
static const char *with_id(struct scope *scope, const char *path, const char *id)
{
    const char *place = strstr(path, "{id}");

    if (!place)
        return path;
    return scope_format(scope, "%.*s%s%s", (int)(place - path), path, id, place + strlen("{id}"));
}

static bool add_values(struct making *making)
{
    struct scope *scope = &making->call->cli->scope;
    const struct route *route = &making->route;
    const char *path = file_of(making), *text;
    bool has_id = strstr(route->path, "{id}") != NULL;

    making->values = template_list_begin(scope);
    if (!path || !plan_read(&making->plan, path, &text))
        return false;
    if (!text)
        return fail(scope, ERR_NOT_FOUND, "There is no %s here.", path);
    const char *model = has_id ? model_variable(scope, text) : NULL;
    const char *words = scaffold_words(scope, making->name, true);
    const char *permission =
        route->permission ? scope_format(scope, ".permission = \"%s\", ", route->permission) : "";
    const char *reply = model ? scope_format(scope, ".reply = {&%s, READ}, ", model) : "";
    template_add(&making->values, "id", making->id);
    template_add(&making->values, "module", making->module->name);
    template_add(&making->values, "name", making->name);
    template_add(&making->values, "Words", words);
    template_add(&making->values, "method", method_name(route->method));
    template_add(&making->values, "path", route->path);
    template_add(&making->values, "first_path", with_id(scope, route->path, "1"));
    template_add(&making->values, "missing_path", with_id(scope, route->path, "987654321"));
    template_add(&making->values, "access",
                 route->access == ACCESS_PERMISSION ? "ACCESS_PERMISSION" : "ACCESS_SIGNED_IN");
    template_add(&making->values, "permission", permission);
    template_add(&making->values, "rate", route->rate == RATE_READ ? "RATE_READ" : "RATE_WRITE");
    template_add(&making->values, "reply", reply);
    if (model) {
        making->route.reply.model = making->module->model;
        making->route.reply.use = READ;
    }
    making->route.summary = scope_format(scope, "%s.", words ? words : "");
    template_add(&making->values, "summary", making->route.summary);
    return !making->values.failed;
}

static const char *render(struct making *making, const char *file)
{
    return new_render(making->plan.scope, file,
                      &(const struct template_values){.list = making->values.values});
}

static bool plan_all(struct making *making)
{
    static const struct plan_spot above_rows = {.before = "static const struct route routes[] = {"};
    static const struct plan_spot last_row = {.after = "static const struct route routes[] = {",
                                              .before = "};"};
    struct scope *scope = making->plan.scope;
    bool has_model = making->route.reply.model != NULL;
    const char *path = file_of(making);
    const char *handler = render(making, has_model ? "endpoint_row.c" : "endpoint_plain.c");
    const char *row = render(making, "endpoint.c");
    const char *test = render(making, has_model ? "endpoint_row_test.c" : "endpoint_plain_test.c");
    const char *test_path =
        scope_format(scope, "tests/api/%s_%s_test.c", making->module->name, making->name);

    if (!path || !handler || !row || !test || !test_path)
        return false;
    making->tests = source_count(test, "unit_test(");
    return plan_insert(&making->plan, path, above_rows, handler) &&
           plan_insert(&making->plan, path, last_row, row) &&
           plan_create(&making->plan, test_path, test);
}

bool new_endpoint(struct new_call *call)
{
    struct making making = {.call = call};
    struct cli *cli = call->cli;
    const char *permission;

    if (!arguments_value(cli, "--permission", &permission))
        return false;
    if (!read_id(&making) || !read_method(&making) || !read_path(&making) || !arguments_end(cli) ||
        !choose_access(&making, permission))
        return false;
    making.route.id = making.id;
    making.route.success = 200;
    if (!plan_begin(&making.plan, &cli->scope, call->source, call->takes_back) ||
        (!call->takes_back && !check_free(&making)) || !add_values(&making) || !plan_all(&making) ||
        !plan_carry_out(&making.plan))
        return false;
    struct endpoint_report report = {
        .purpose = making.route.summary, .routes = &making.route, .route_count = 1};

    return new_report(call, &making.plan, &report, making.tests);
}
