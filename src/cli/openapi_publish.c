/* openapi_publish.c - `keelctl openapi publish`: the contract's files, and the log of its changes
 */
#include "openapi.h"

#include "arguments.h"
#include "file.h"
#include "keel/core/build.h"

#include <json-c/json.h>
#include <string.h>

/* What stands above the versions. */
static const char preface[] =
    "# Changes of the API\n"
    "\n"
    "By version, the newest first. What breaks a client that was right before comes first. The "
    "newest section is written by\n"
    "`make docs` (`keelctl openapi publish docs`) from the handler and column tables: edit "
    "those, not it.\n";

struct publishing {
    struct cli *cli;
    bool checks; /* nothing is written, only compared */
    const char *folder;
    struct buffer own;               /* this program's contract */
    struct buffer current, released; /* the files, as they are; `released` as it shall be */
    struct json_object *before, *after;
    size_t stale; /* files that are not as they shall be */
};

static const char *path_of(struct publishing *publishing, const char *name)
{
    return scope_format(&publishing->cli->scope, "%s/%s", publishing->folder, name);
}

static bool read_one(struct publishing *publishing, const char *name, struct buffer *text)
{
    const char *path = path_of(publishing, name);
    bool found;

    buffer_init(text, &publishing->cli->scope.arena);
    return path && file_read(&publishing->cli->scope, path, text, &found);
}

/* Writes a file that is to be another one, or says that it is stale. */
static bool settle(struct publishing *publishing, const char *name, const struct buffer *wanted)
{
    const char *path = path_of(publishing, name);
    struct buffer is;

    if (!path || !read_one(publishing, name, &is))
        return false;
    if (is.length == wanted->length &&
        (!is.length || memcmp(is.data, wanted->data, is.length) == 0))
        return true;
    publishing->stale++;
    if (publishing->checks)
        return cli_print_format(publishing->cli, "%s is not what this program says.\n", path);
    return file_write(&publishing->cli->scope, path, wanted->data, wanted->length) &&
           cli_print_format(publishing->cli, "%s\n", path);
}

static const char *version_of(struct json_object *document)
{
    struct json_object *info = NULL, *version = NULL;

    json_object_object_get_ex(document, "info", &info);
    json_object_object_get_ex(info, "version", &version);
    return version ? json_object_get_string(version) : "";
}

/*
 * The contract to compare with is that of the last version. It is the current file where that is of
 * another version, as after VERSION was raised; else it was put aside then.
 */
static bool find_released(struct publishing *publishing)
{
    struct scope *scope = &publishing->cli->scope;
    struct json_object *current;

    if (!read_one(publishing, "openapi.json", &publishing->current) ||
        !read_one(publishing, "openapi.released.json", &publishing->released))
        return false;
    if (publishing->current.length) {
        if (!contract_parse(scope, "openapi.json", publishing->current.data,
                            publishing->current.length, &current))
            return false;
        if (strcmp(version_of(current), build_version) != 0)
            publishing->released = publishing->current;
    }
    return !publishing->released.length ||
           contract_parse(scope, "openapi.released.json", publishing->released.data,
                          publishing->released.length, &publishing->before);
}

static void write_list(struct buffer *out, const struct changes *changes, bool breaking)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->list[i];

        if (change->breaks == breaking)
            buffer_add_format(out, "- %s: `%s`%s%s\n", change_name(change->kind), change->place,
                              *change->what ? ", " : "", change->what);
    }
}

/* The changes as a section of API_CHANGES.md, without its heading. */
static void write_changes(struct buffer *out, const struct changes *changes)
{
    if (changes->breaking) {
        buffer_add_text(out, "\nThese break clients:\n\n");
        write_list(out, changes, true);
    }
    if (changes->count > changes->breaking) {
        buffer_add_text(out, changes->breaking ? "\nThese do not:\n\n" : "\n");
        write_list(out, changes, false);
    }
}

static bool write_section(struct publishing *publishing, struct buffer *out)
{
    struct scope *scope = &publishing->cli->scope;
    struct changes changes = {0};

    buffer_add_format(out, "\n## %s\n\n", build_version);
    if (!publishing->before) {
        buffer_add_text(out, "The first contract.\n");
        return true;
    }
    if (!contract_compare(scope, publishing->before, publishing->after, &changes))
        return false;
    buffer_add_format(out, "Since %s: %zu changes, %zu of them break clients.\n",
                      version_of(publishing->before), changes.count, changes.breaking);
    write_changes(out, &changes);
    return true;
}

/* Where the section of this version begins, else where the first one does; NULL: there is none. */
static const char *find_section(struct scope *scope, const char *log, bool *is_own)
{
    const char *heading = scope_format(scope, "\n## %s\n", build_version);
    const char *own = heading && log ? strstr(log, heading) : NULL;

    *is_own = own != NULL;
    return own || !log ? own : strstr(log, "\n## ");
}

/* The log with this version's section made anew; the others stay as they are. */
static bool write_log(struct publishing *publishing, struct buffer *out)
{
    struct buffer is;
    bool is_own;

    if (!read_one(publishing, "API_CHANGES.md", &is))
        return false;
    const char *section = find_section(&publishing->cli->scope, is.data, &is_own);
    const char *rest = section && is_own ? strstr(section + 1, "\n## ") : section;

    if (section)
        buffer_add(out, is.data, (size_t)(section - is.data));
    else
        buffer_add_text(out, preface);
    if (!write_section(publishing, out))
        return false;
    buffer_add_text(out, rest ? rest : "");
    return !out->failed || fail_memory(&publishing->cli->scope);
}

static bool publish(struct publishing *publishing)
{
    struct scope *scope = &publishing->cli->scope;
    struct buffer log;

    buffer_init(&publishing->own, &scope->arena);
    buffer_init(&log, &scope->arena);
    if (!openapi_own(publishing->cli, &publishing->own) || !find_released(publishing) ||
        !contract_parse(scope, "This program's contract", publishing->own.data,
                        publishing->own.length, &publishing->after) ||
        !write_log(publishing, &log))
        return false;
    if (publishing->released.length &&
        !settle(publishing, "openapi.released.json", &publishing->released))
        return false;
    return settle(publishing, "openapi.json", &publishing->own) &&
           settle(publishing, "API_CHANGES.md", &log);
}

bool openapi_publish(struct cli *cli)
{
    struct publishing publishing = {.cli = cli, .checks = arguments_flag(cli, "--check")};

    publishing.folder = arguments_next(cli);
    if (!publishing.folder)
        return cli_misuse(cli, "Say in which folder the contract's files are.");
    if (!arguments_end(cli) || !publish(&publishing))
        return false;
    return !publishing.checks || publishing.stale == 0 ||
           fail(&cli->scope, ERR_CONFLICT,
                "The contract's files are stale: make docs writes them anew.");
}
