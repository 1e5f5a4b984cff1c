/* openapi_diff.c - `keelctl openapi diff`: what changed between two contracts */
#include "openapi.h"

#include "arguments.h"
#include "file.h"
#include "keel/core/json_build.h"
#include "table.h"

#include <string.h>

static bool read_contract(struct cli *cli, const char *path, struct json_object **document)
{
    struct buffer text;

    buffer_init(&text, &cli->scope.arena);
    return file_read(&cli->scope, path, &text, NULL) &&
           contract_parse(&cli->scope, path, text.data, text.length, document);
}

/* Of a file, or without a path this program's own. */
static bool find_contract(struct cli *cli, const char *path, struct json_object **document)
{
    struct buffer text;

    if (path)
        return read_contract(cli, path, document);
    buffer_init(&text, &cli->scope.arena);
    return openapi_own(cli, &text) &&
           contract_parse(&cli->scope, "This program's contract", text.data, text.length, document);
}

static bool print_table(struct cli *cli, const struct changes *changes)
{
    static const char *const headings[] = {"BREAKS", "CHANGE", "WHERE", "WHAT", NULL};
    struct table table;

    table_begin(&table, &cli->scope, headings);
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->list[i];
        const char *const cells[] = {change->breaks ? "breaks" : "", change_name(change->kind),
                                     change->place, change->what};

        if (!table_add(&table, cells))
            return false;
    }
    return table_print(cli, &table);
}

static bool print_json(struct cli *cli, const struct changes *changes)
{
    struct buffer text, out;

    buffer_init(&text, &cli->scope.arena);
    buffer_init(&out, &cli->scope.arena);
    json_open_array(&text, NULL);
    for (size_t i = 0; i < changes->count; i++) {
        json_open_object(&text, NULL);
        json_put_text(&text, "change", change_name(changes->list[i].kind));
        json_put_bool(&text, "breaks", changes->list[i].breaks);
        json_put_text(&text, "where", changes->list[i].place);
        json_put_text(&text, "what", changes->list[i].what);
        json_close_object(&text);
    }
    json_close_array(&text);
    if (text.failed)
        return fail_memory(&cli->scope);
    json_add_indented(&out, text.data, text.length);
    buffer_add_char(&out, '\n');
    return out.failed ? fail_memory(&cli->scope) : cli_print(cli, out.data);
}

bool openapi_diff(struct cli *cli)
{
    bool json = arguments_flag(cli, "--json");
    const char *old_path = arguments_next(cli);
    const char *new_path = old_path ? arguments_next(cli) : NULL;
    struct json_object *older, *newer;
    struct changes changes = {0};

    if (!old_path)
        return cli_misuse(cli, "Say which contract to compare with.");
    if (!arguments_end(cli) || !find_contract(cli, old_path, &older) ||
        !find_contract(cli, new_path, &newer) ||
        !contract_compare(&cli->scope, older, newer, &changes))
        return false;
    if (!(json ? print_json(cli, &changes) : changes.count == 0 || print_table(cli, &changes)))
        return false;
    return changes.breaking == 0 ||
           fail(&cli->scope, ERR_CONFLICT, "%zu of %zu changes break clients.", changes.breaking,
                changes.count);
}
