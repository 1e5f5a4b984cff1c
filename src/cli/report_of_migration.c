/* report_of_migration.c - `keelctl report migration`: what one did, when and where */
#include "report_call.h"

#include "arguments.h"
#include "form.h"
#include "keel/core/clock.h"
#include "keel/core/text.h"
#include "keel/db/db.h"
#include "migrate_call.h"

#include <inttypes.h>
#include <string.h>

static const struct applied_migration *find_applied(const struct applied_migration *list,
                                                    size_t count, int64_t version)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].version == version)
            return &list[i];
    }
    return NULL;
}

/* The kept lines: two blanks and a label such as "Added:", four and what was. */
static void add_changes(struct form *form, const char *text)
{
    bool is_open = false;

    form_open(form, "Changes", false);
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t lead = strspn(line, " "), length = strcspn(line, "\n");

        if (lead == 2 && length > lead && line[length - 1] == ':') {
            const char *label =
                arena_format(form->text.arena, "%.*s", (int)(length - lead - 1), line + lead);

            if (is_open)
                form_close(form);
            form_open(form, label ? label : "", true);
            is_open = true;
        } else if (is_open && lead == 4) {
            form_item(form, "%.*s", (int)(length - lead), line + lead);
        }
    }
    if (is_open)
        form_close(form);
    form_close(form);
}

static bool add_what_changed(struct report_call *call, struct form *form,
                             const struct applied_migration *applied)
{
    const char *text;

    if (!applied) {
        form_line(form, "Changes", "not known before it is applied: keelctl migrate up --dry-run");
        return true;
    }
    if (!migrate_changes(&call->cli->scope, applied->version, &text))
        return false;
    if (*text)
        add_changes(form, text);
    else
        form_line(form, "Changes",
                  "not kept: it was marked as applied, or applied by an older "
                  "program");
    return true;
}

static void add_rollback(struct form *form, const struct migration_set *set,
                         const struct migration *migration)
{
    int64_t below = 0;

    for (size_t i = 0; i < set->count && set->list[i].version < migration->version; i++)
        below = set->list[i].version;
    if (migration->down)
        form_line(form, "Rollback", "keelctl migrate to %" PRId64, below);
    else
        form_line(form, "Rollback", "none: there is no .down.sql file beside it");
}

static void add_files(struct form *form, const struct migration *migration)
{
    form_open(form, "Files", true);
    form_item(form, "sql/migrations/%s", migration->up_file);
    if (migration->down_file)
        form_item(form, "sql/migrations/%s", migration->down_file);
    form_close(form);
}

static void add_applied(struct report_call *call, struct form *form,
                        const struct applied_migration *applied)
{
    struct cli *cli = call->cli;
    const char *database = PQdb(db_connection(cli->db));
    const char *environment = config_environment_name(cli->config.environment);
    char when[CLOCK_TEXT_SIZE];

    if (!applied) {
        form_line(form, "Applied", "not yet: %s, database %s", environment, database);
        return;
    }
    const char *took = migrate_duration(&cli->scope, applied->duration_us);

    clock_format(applied->applied_at, when);
    form_line(form, "Applied", "%s, database %s, %s, %s", environment, database, when,
              applied->duration_us ? (took ? took : "") : "marked without running it");
}

static bool find_migration(struct report_call *call, struct migration_set *set,
                           const struct migration **migration)
{
    struct cli *cli = call->cli;
    const char *word = arguments_next(cli);
    int64_t version;

    if (!word || !text_to_int(word, strlen(word), &version) || version < 1) {
        cli_misuse(cli, "Say which migration, by its number.");
        return false;
    }
    if (!arguments_end(cli) || !migrations_embedded(&cli->scope, set))
        return false;
    *migration = migration_find(set, version);
    if (*migration)
        return true;
    fail(&cli->scope, ERR_NOT_FOUND, "There is no migration number %" PRId64 " in this program.",
         version);
    return false;
}

bool report_of_migration(struct report_call *call)
{
    struct scope *scope = &call->cli->scope;
    const struct migration *migration = NULL;
    struct applied_migration *list;
    struct migration_set set;
    struct form form;
    size_t count;

    if (!find_migration(call, &set, &migration) || !cli_connect_as_owner(call->cli) ||
        !migrate_applied(scope, &list, &count))
        return false;
    const struct applied_migration *applied = find_applied(list, count, migration->version);

    form_begin(&form, scope, "MIGRATION COMPLETE");
    form_line(&form, "Migration", "%04" PRId64 "_%s", migration->version, migration->name);
    form_line(&form, "Purpose", "%s", *migration->purpose ? migration->purpose : "not given");
    if (!add_what_changed(call, &form, applied))
        return false;
    add_rollback(&form, &set, migration);
    add_files(&form, migration);
    add_applied(call, &form, applied);
    return form_print(call->cli, &form, call->as_json);
}
