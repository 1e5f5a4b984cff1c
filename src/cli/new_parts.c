/* new_parts.c - what the kinds of `keelctl new` have in common: names, templates, reports */
#include "new.h"

#include "arguments.h"
#include "keel/db/migrate.h"
#include "scaffold.h"

#include <inttypes.h>
#include <string.h>

const char *new_render(struct scope *scope, const char *file, const struct template_values *values)
{
    struct buffer out;

    buffer_init(&out, &scope->arena);
    return template_render(scope, file, values, &out) ? out.data : NULL;
}

bool new_find_migration(const struct plan *plan, const char *name, struct new_migration *found)
{
    struct scope *scope = plan->scope;
    const char *folder = scope_format(scope, "%s/sql/migrations", plan->folder);
    struct migration_set set;

    *found = (struct new_migration){0};
    if (!folder || !migrations_read(scope, folder, &set))
        return false;
    for (size_t i = 0; i < set.count; i++) {
        found->last = set.list[i].version;
        if (strcmp(set.list[i].name, name) != 0)
            continue;
        found->version = set.list[i].version;
        found->up_file = set.list[i].up_file;
    }
    return true;
}

bool new_label(const struct plan *plan, const char *name, const char **label)
{
    struct new_migration found;

    if (!new_find_migration(plan, name, &found))
        return false;
    if (found.version && !plan->takes_back)
        return fail(plan->scope, ERR_CONFLICT, "There is a migration %s already.", found.up_file);
    *label = scope_format(plan->scope, "%04" PRId64 "_%s",
                          plan->takes_back ? found.version : found.last + 1, name);
    return *label != NULL;
}

bool new_plan_migration(struct plan *plan, const char *label, const char *up, const char *down)
{
    const char *up_path = scope_format(plan->scope, "sql/migrations/%s.up.sql", label);
    const char *down_path = scope_format(plan->scope, "sql/migrations/%s.down.sql", label);

    return up && down && up_path && down_path && plan_create(plan, up_path, up) &&
           plan_create(plan, down_path, down);
}

bool new_say_applied(struct new_call *call, const char *label)
{
    return cli_print_format(call->cli,
                            "A database that has %s keeps it: next time, keelctl migrate down "
                            "comes first.\n",
                            label);
}

bool new_read_name(struct new_call *call, const char *example, struct new_name *name)
{
    struct cli *cli = call->cli;
    const char *dotted = arguments_next(cli);
    char *word = dotted ? scope_copy(&cli->scope, dotted, strlen(dotted)) : NULL;

    if (dotted && !word)
        return false;
    for (char *at = word; at && *at; at++) {
        if (*at == '.')
            *at = '_';
    }
    if (!word || !scaffold_is_name(word))
        return cli_misuse(cli,
                          "Give it a name of at most %d lower-case letters, digits, dots and "
                          "underscores, such as %s.",
                          SCAFFOLD_NAME_MAX, example);
    *name = (struct new_name){dotted, word, scaffold_words(&cli->scope, word, true)};
    return name->words != NULL;
}

static bool say_taken_back(struct new_call *call, const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_file *file = &plan->files[i];

        if (!cli_print_format(call->cli, "%s %s\n", file->after ? "changed" : "removed",
                              file->path))
            return false;
    }
    return true;
}

static const char *tests_text(struct scope *scope, size_t tests)
{
    return scope_format(scope, "%zu tests added, not run yet: make test", tests);
}

static void list_files(const struct plan *plan, struct report_file *files)
{
    for (size_t i = 0; i < plan->count; i++)
        files[i] = (struct report_file){plan->files[i].path, !plan->files[i].before};
}

bool new_report(struct new_call *call, const struct plan *plan, struct endpoint_report *report,
                size_t tests)
{
    struct report_file files[PLAN_FILE_MAX];

    if (plan->takes_back)
        return say_taken_back(call, plan);
    list_files(plan, files);
    report->files = files;
    report->file_count = plan->count;
    report->tests = tests_text(&call->cli->scope, tests);
    report->docs = "API_REFERENCE.md not updated yet: make docs";
    return report->tests && report_endpoint_print(call->cli, report, false);
}

bool new_report_form(struct new_call *call, const struct plan *plan, struct form *form,
                     size_t tests, const char *docs)
{
    struct report_file files[PLAN_FILE_MAX];
    const char *tests_line = tests_text(&call->cli->scope, tests);

    if (plan->takes_back)
        return say_taken_back(call, plan);
    list_files(plan, files);
    report_add_files(form, files, plan->count);
    form_line(form, "Tests", "%s", tests_line ? tests_line : "");
    form_line(form, "Docs", "%s", docs);
    return tests_line && form_print(call->cli, form, false);
}
