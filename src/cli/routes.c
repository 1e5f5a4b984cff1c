/* routes.c - `keelctl routes`: the handler table, readable */
#include "commands.h"

#include "arguments.h"
#include "keel/core/buffer.h"
#include "keel/core/json.h"
#include "keel/routes/modules.h"
#include "table.h"
#include "words.h"

#include <string.h>

static const char *full_path(struct cli *cli, const struct route *route)
{
    return scope_format(&cli->scope, "%s%s", cli->config.base_path, route->path);
}

static bool add_route(struct cli *cli, struct table *table, const struct route *route)
{
    const char *path = full_path(cli, route);
    const char *const cells[] = {
        method_name(route->method), path,      words_of_access(route),
        words_of_rate(route->rate), route->id, route->summary,
    };

    return path && table_add(table, cells);
}

static bool print_table(struct cli *cli)
{
    static const char *const headings[] = {"METHOD", "PATH",    "ACCESS", "RATE",
                                           "ID",     "SUMMARY", NULL};
    struct table table;

    table_begin(&table, &cli->scope, headings);
    for (size_t i = 0; i < keel_modules.count; i++) {
        const struct module *module = keel_modules.list[i];

        for (size_t j = 0; j < module->route_count; j++) {
            if (!add_route(cli, &table, &module->routes[j]))
                return false;
        }
    }
    return table_print(cli, &table);
}

static void add_object(struct buffer *out, const char *path, const struct module *module,
                       const struct route *route)
{
    const struct {
        const char *name, *value;
    } members[] = {
        {"id", route->id},
        {"module", module->name},
        {"method", method_name(route->method)},
        {"path", path},
        {"access", route->access == ACCESS_PERMISSION ? "permission" : words_of_access(route)},
        {"permission", route->permission},
        {"rate", words_of_rate(route->rate)},
        {"summary", route->summary},
    };

    buffer_add_text(out, "  {");
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        json_add_key(out, members[i].name);
        json_add_text(out, members[i].value);
        buffer_add_text(out, ", ");
    }
    buffer_add_format(out, "\"success\": %d}", route->success);
}

static bool print_json(struct cli *cli)
{
    const char *separator = "";
    struct buffer out;

    buffer_init(&out, &cli->scope.arena);
    buffer_add_text(&out, "[\n");
    for (size_t i = 0; i < keel_modules.count; i++) {
        const struct module *module = keel_modules.list[i];

        for (size_t j = 0; j < module->route_count; j++) {
            const char *path = full_path(cli, &module->routes[j]);

            if (!path)
                return false;
            buffer_add_text(&out, separator);
            add_object(&out, path, module, &module->routes[j]);
            separator = ",\n";
        }
    }
    buffer_add_text(&out, "\n]\n");
    return out.failed ? fail_memory(&cli->scope) : cli_print(cli, out.data);
}

static bool run(struct cli *cli)
{
    bool json = arguments_flag(cli, "--json");

    if (!arguments_end(cli))
        return false;
    return json ? print_json(cli) : print_table(cli);
}

const struct command routes_command = {
    .name = "routes",
    .run = run,
    .usage = "[--json]",
    .summary = "Lists every endpoint: method, path, who may call it, rate class, id, summary",
};
