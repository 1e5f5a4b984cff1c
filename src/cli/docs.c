/* docs.c - `keelctl docs`: the documents that are made from the tables */
#include "docs.h"

#include "arguments.h"
#include "commands.h"
#include "keel/routes/modules.h"

#include <errno.h>
#include <string.h>

static void write_api(struct cli *cli, struct buffer *out)
{
    docs_write_api(out, &(struct docs_source){&cli->scope, keel_modules, cli->config.base_path});
}

static void write_config(struct cli *cli, struct buffer *out)
{
    (void)cli;
    docs_write_config(out);
}

static const struct document {
    const char *word; /* on the command line */
    const char *file; /* below --output */
    void (*write)(struct cli *cli, struct buffer *out);
} documents[] = {
    {"api", "API_REFERENCE.md", write_api},
    {"config", "CONFIG.md", write_config},
};
#define DOCUMENT_COUNT (sizeof documents / sizeof documents[0])

static const struct document *find_document(const char *word)
{
    for (size_t i = 0; i < DOCUMENT_COUNT; i++) {
        if (strcmp(documents[i].word, word) == 0)
            return &documents[i];
    }
    return NULL;
}

static bool fail_file(struct cli *cli, const char *path)
{
    return fail(&cli->scope, ERR_INTERNAL, "%s cannot be written: %s.", path, strerror(errno));
}

static bool save(struct cli *cli, const char *path, const struct buffer *text)
{
    FILE *file = fopen(path, "we");

    if (!file)
        return fail_file(cli, path);
    bool written = fwrite(text->data, 1, text->length, file) == text->length;

    /* A full disk may show only now. */
    if (fclose(file) != 0 || !written)
        return fail_file(cli, path);
    return cli_print_format(cli, "%s\n", path);
}

static bool give(struct cli *cli, const struct document *document, const char *folder)
{
    struct buffer text;

    buffer_init(&text, &cli->scope.arena);
    document->write(cli, &text);
    if (text.failed)
        return fail_memory(&cli->scope);
    if (!folder)
        return cli_print(cli, text.data);
    const char *path = scope_format(&cli->scope, "%s/%s", folder, document->file);

    return path && save(cli, path, &text);
}

static bool run(struct cli *cli)
{
    const char *folder;

    if (!arguments_value(cli, "--output", &folder))
        return false;
    const char *word = arguments_next(cli);
    const struct document *only = word ? find_document(word) : NULL;

    if (word ? !only : !folder)
        return cli_misuse(cli, "Say which document: api or config; or --output DIR for both.");
    if (!arguments_end(cli))
        return false;
    if (only)
        return give(cli, only, folder);
    for (size_t i = 0; i < DOCUMENT_COUNT; i++) {
        if (!give(cli, &documents[i], folder))
            return false;
    }
    return true;
}

const struct command docs_command = {
    .name = "docs",
    .run = run,
    .usage = "api | config\n[api | config] --output DIR",
    .summary = "Writes API_REFERENCE.md and CONFIG.md from the tables of routes and settings",
};
