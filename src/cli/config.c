/* config.c - `keelctl config`: every setting with its value, default, source and meaning */
#include "commands.h"

#include "arguments.h"
#include "keel/core/buffer.h"
#include "keel/core/json.h"
#include "table.h"

#include <inttypes.h>
#include <string.h>

static const char *source_name(enum config_source source)
{
    switch (source) {
    case CONFIG_FROM_DEFAULT:
        return "default";
    case CONFIG_FROM_FILE:
        return "file";
    case CONFIG_FROM_ENVIRONMENT:
        return "environment";
    }
    return "";
}

static bool print_table(struct cli *cli)
{
    static const char *const headings[] = {"NAME",   "VARIABLE", "VALUE", "DEFAULT",
                                           "SOURCE", "MEANING",  NULL};
    struct table table;

    table_begin(&table, &cli->scope, headings);
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_entry *entry = &cli->entries[i];
        const char *const cells[] = {
            entry->key->name,     entry->key->variable,       entry->value,
            entry->key->standard, source_name(entry->source), entry->key->meaning,
        };

        if (!table_add(&table, cells))
            return false;
    }
    return table_print(cli, &table);
}

static void add_member(struct buffer *out, const char *name, const char *value)
{
    json_add_key(out, name);
    json_add_text(out, value);
}

static void add_entry(struct buffer *out, const struct config_entry *entry)
{
    const struct config_key *key = entry->key;

    buffer_add_text(out, "  {");
    add_member(out, "name", key->name);
    buffer_add_text(out, ", ");
    add_member(out, "variable", key->variable);
    buffer_add_text(out, ", ");
    add_member(out, "value", entry->value);
    buffer_add_text(out, ", ");
    add_member(out, "default", key->standard);
    buffer_add_text(out, ", ");
    add_member(out, "source", source_name(entry->source));
    buffer_add_text(out, ", ");
    add_member(out, "read_by", key->readers);
    buffer_add_format(out, ", \"secret\": %s, ", key->secret ? "true" : "false");
    add_member(out, "meaning", key->meaning);
    buffer_add_text(out, "}");
}

static bool print_json(struct cli *cli)
{
    struct buffer out;

    buffer_init(&out, &cli->scope.arena);
    buffer_add_text(&out, "[\n");
    for (size_t i = 0; i < config_key_count; i++) {
        add_entry(&out, &cli->entries[i]);
        buffer_add_text(&out, i + 1 < config_key_count ? ",\n" : "\n");
    }
    buffer_add_text(&out, "]\n");
    return out.failed ? fail_memory(&cli->scope) : cli_print(cli, out.data);
}

/* The value itself, which an entry does not show of a secret. */
static const char *secret_value(const struct cli *cli, const struct config_key *key)
{
    const char *const *member = (const void *)((const char *)&cli->config + key->offset);

    return *member;
}

static bool print_value(struct cli *cli, const char *name, bool reveals)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_entry *entry = &cli->entries[i];

        if (strcmp(entry->key->name, name) != 0 && strcmp(entry->key->variable, name) != 0)
            continue;
        if (entry->key->secret && !reveals)
            return fail(&cli->scope, ERR_FORBIDDEN, "%s is a secret; --reveal prints it.",
                        entry->key->name);
        return cli_print_format(cli, "%s\n",
                                entry->key->secret ? secret_value(cli, entry->key) : entry->value);
    }
    return fail(&cli->scope, ERR_NOT_FOUND, "There is no setting %s.", name);
}

static bool run(struct cli *cli)
{
    bool json = arguments_flag(cli, "--json");
    bool reveals = arguments_flag(cli, "--reveal");
    const char *verb = arguments_next(cli);
    const char *name = verb ? arguments_next(cli) : NULL;

    if (verb && (strcmp(verb, "get") != 0 || !name || json))
        return cli_misuse(cli, "Say which setting to get.");
    if (reveals && !verb)
        return cli_misuse(cli, "--reveal is for one setting: get NAME --reveal.");
    if (!arguments_end(cli))
        return false;
    if (name)
        return print_value(cli, name, reveals);
    return json ? print_json(cli) : print_table(cli);
}

const struct command config_command = {
    .name = "config",
    .run = run,
    .usage = "[--json]\nget NAME [--reveal]",
    .summary = "Shows every setting: value, default, where it comes from, what it means",
};
