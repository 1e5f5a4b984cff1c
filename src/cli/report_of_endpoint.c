/* report_of_endpoint.c - `keelctl report endpoint`: its row, and the change that brought it */
#include "report_call.h"

#include "arguments.h"
#include "keel/routes/modules.h"
#include "report_endpoint.h"
#include "source.h"

#include <string.h>

/* What the name stands for: one row, or all rows of a module. */
struct chosen {
    const struct module *module;
    const struct route *routes;
    size_t count;
};

static bool choose(struct report_call *call, const char *name, struct chosen *chosen)
{
    for (size_t m = 0; m < keel_modules.count; m++) {
        const struct module *module = keel_modules.list[m];

        if (strcmp(module->name, name) == 0) {
            *chosen = (struct chosen){module, module->routes, module->route_count};
            return true;
        }
        for (size_t r = 0; r < module->route_count; r++) {
            if (strcmp(module->routes[r].id, name) != 0)
                continue;
            *chosen = (struct chosen){module, &module->routes[r], 1};
            return true;
        }
    }
    fail(&call->cli->scope, ERR_NOT_FOUND,
         "There is no endpoint or module %s; keelctl routes lists them.", name);
    return false;
}

/* The commit that brought the row into its file; NULL: it is not committed yet. */
static bool find_commit(struct report_call *call, const struct chosen *chosen, const char **commit)
{
    struct scope *scope = &call->cli->scope;
    const char *row = scope_format(scope, "{\"%s\"", chosen->routes[0].id);
    const char *const words[] = {"log", "--reverse", "--format=%H", "-S",
                                 row,   "--",        "src/routes",  NULL};
    const char *text;

    if (!row || !git_read(scope, call->source, words, &text))
        return false;
    size_t length = strcspn(text, "\n");

    *commit = length ? scope_copy(scope, text, length) : NULL;
    return length == 0 || *commit;
}

/* Claim: the file has to do with the module. */
static bool concerns(const char *path, const char *text, const void *context)
{
    const char *module = context;

    return strstr(path, module) || strstr(text, module);
}

static bool list_files(struct report_call *call, const struct git_changes *changes,
                       const char *module, struct endpoint_report *report)
{
    struct scope *scope = &call->cli->scope;
    struct report_file *files = scope_alloc(scope, (changes->count + 1) * sizeof *files);

    if (!files)
        return false;
    for (size_t i = 0; i < changes->count; i++) {
        const struct git_change *change = &changes->list[i];
        const char *text;

        if (change->kind == 'D')
            continue;
        if (!git_text_after(scope, call->source, changes, change, &text))
            return false;
        if (concerns(change->path, text, module))
            files[report->file_count++] = (struct report_file){change->path, change->kind == 'A'};
    }
    report->files = files;
    return true;
}

static bool describe_docs(struct report_call *call, const struct chosen *chosen, const char **docs)
{
    struct scope *scope = &call->cli->scope;
    size_t missing = 0;
    const char *text;

    if (!source_read(scope, call->source, "docs/API_REFERENCE.md", &text))
        return false;
    for (size_t i = 0; i < chosen->count; i++)
        missing += !source_has_page(scope, text, call->cli->config.base_path, &chosen->routes[i]);
    *docs = missing ? "API_REFERENCE.md not updated: make docs" : "API_REFERENCE.md updated";
    return true;
}

static const char *purpose_of(struct scope *scope, const struct chosen *chosen)
{
    if (chosen->count == 1)
        return chosen->routes[0].summary;
    return scope_format(scope, "Everything about %s: %zu endpoints.", chosen->module->name,
                        chosen->count);
}

bool report_of_endpoint(struct report_call *call)
{
    struct scope *scope = &call->cli->scope;
    const char *name = arguments_next(call->cli), *commit;
    struct git_changes changes;
    struct chosen chosen = {0};
    struct test_sum tests;

    if (!name)
        return cli_misuse(call->cli, "Name an endpoint (items.get) or a module (items).");
    if (!arguments_end(call->cli) || !choose(call, name, &chosen) ||
        !find_commit(call, &chosen, &commit) ||
        !git_changes_of(scope, call->source, commit, &changes))
        return false;
    struct endpoint_report report = {.purpose = purpose_of(scope, &chosen),
                                     .routes = chosen.routes,
                                     .route_count = chosen.count};

    if (!report.purpose || !list_files(call, &changes, chosen.module->name, &report) ||
        !results_sum(scope, &call->results, &changes, concerns, chosen.module->name, &tests) ||
        !describe_docs(call, &chosen, &report.docs))
        return false;
    const char *state = results_state(scope, &tests);

    report.tests = state ? scope_format(scope, "%zu test%s added, %s", tests.added,
                                        tests.added == 1 ? "" : "s", state)
                         : NULL;
    return report.tests && report_endpoint_print(call->cli, &report, call->as_json);
}
