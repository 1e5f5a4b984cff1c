/* openapi.c - `keelctl openapi`: the contract as an OpenAPI document, and what changed in it */
#include "openapi.h"

#include "arguments.h"
#include "commands.h"
#include "file.h"
#include "keel/core/json_build.h"
#include "keel/http/openapi.h"
#include "keel/routes/modules.h"

#include <string.h>

bool openapi_own(struct cli *cli, struct buffer *text)
{
    struct buffer compact;

    buffer_init(&compact, &cli->scope.arena);
    if (!openapi_write(&cli->scope, keel_modules, &compact))
        return false;
    json_add_indented(text, compact.data, compact.length);
    buffer_add_char(text, '\n');
    return !text->failed || fail_memory(&cli->scope);
}

static bool give(struct cli *cli, const char *path)
{
    struct buffer text;

    buffer_init(&text, &cli->scope.arena);
    if (!arguments_end(cli) || !openapi_own(cli, &text))
        return false;
    return path ? file_write(&cli->scope, path, text.data, text.length) : cli_print(cli, text.data);
}

static bool run(struct cli *cli)
{
    const char *path;

    /* A value of an option is no verb. */
    if (!arguments_value(cli, "--output", &path))
        return false;
    const char *verb = arguments_next(cli);

    if (!verb)
        return give(cli, path);
    if (path)
        return cli_misuse(cli, "--output is for the document alone.");
    if (strcmp(verb, "diff") == 0)
        return openapi_diff(cli);
    if (strcmp(verb, "publish") == 0)
        return openapi_publish(cli);
    return cli_misuse(cli, "openapi does not know %s.", verb);
}

const struct command openapi_command = {
    .name = "openapi",
    .run = run,
    .usage = "[--output FILE]\ndiff OLD [NEW] [--json]\npublish DIR [--check]",
    .summary = "Writes the contract as OpenAPI 3.1, says what changed since another one",
};
