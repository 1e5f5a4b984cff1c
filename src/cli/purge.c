/* purge.c - `keelctl purge`: removes for good what was deleted long ago */
#include "commands.h"

#include "arguments.h"
#include "keel/db/db.h"
#include "keel/model/purge.h"
#include "keel/routes/modules.h"
#include "keel/services/audit.h"
#include "keel/services/idempotency.h"
#include "table.h"

#include <inttypes.h>

struct purge {
    const struct model **models;
    struct purge_count *counts;
    size_t count;
    int64_t keys;    /* of idempotency, that were over */
    int64_t entries; /* of the audit log */
};

static bool find_models(struct scope *scope, struct purge *purge)
{
    *purge = (struct purge){
        .models = scope_alloc(scope, keel_modules.count * sizeof(const struct model *)),
        .counts = scope_alloc(scope, keel_modules.count * sizeof *purge->counts),
    };
    if (!purge->models || !purge->counts)
        return false;
    for (size_t i = 0; i < keel_modules.count; i++) {
        const struct model *model = keel_modules.list[i]->model;

        if (model && model->purge)
            purge->models[purge->count++] = model;
    }
    return true;
}

static bool add_counts(struct cli *cli, struct table *table, const char *name,
                       const struct purge_count *count)
{
    const char *const cells[] = {name, scope_format(&cli->scope, "%" PRId64, count->removed),
                                 scope_format(&cli->scope, "%" PRId64, count->kept)};

    return cells[1] && cells[2] && table_add(table, cells);
}

static bool print_counts(struct cli *cli, const struct purge *purge)
{
    static const char *const headings[] = {"TABLE", "REMOVED", "KEPT", NULL};
    struct table table;

    table_begin(&table, &cli->scope, headings);
    for (size_t i = 0; i < purge->count; i++) {
        if (!add_counts(cli, &table, purge->models[i]->table, &purge->counts[i]))
            return false;
    }
    return add_counts(cli, &table, "idempotency_keys",
                      &(struct purge_count){.removed = purge->keys}) &&
           add_counts(cli, &table, "audit_log", &(struct purge_count){.removed = purge->entries}) &&
           table_print(cli, &table);
}

/* "after 30 days"; 0 stands for never. */
static const char *describe_days(struct cli *cli, int64_t days)
{
    return days ? scope_format(&cli->scope, "after %" PRId64 " days", days) : "never";
}

static bool print_rules(struct cli *cli, int64_t days, bool dry_run)
{
    const char *deleted = describe_days(cli, days);
    const char *audit = describe_days(cli, cli->config.audit_days);

    return deleted && audit &&
           cli_print_format(cli,
                            "Deleted rows go %s (KEEL_PURGE_DAYS), but those that others refer to "
                            "are kept; keys\nafter %" PRId64
                            " hours, entries of the audit log %s (KEEL_AUDIT_DAYS).%s\n",
                            deleted, cli->config.idempotency_hours, audit,
                            dry_run ? " A trial: nothing was changed." : "");
}

/* The log comes last: where this role may not touch it, the rest is done. */
static bool remove_all(struct cli *cli, struct purge *purge, int64_t days)
{
    struct scope *scope = &cli->scope;
    int64_t audit_days = cli->config.audit_days;

    return (days == 0 || purge_deleted(scope, purge->models, purge->count, days, purge->counts)) &&
           idempotency_purge(scope, &purge->keys) &&
           (audit_days == 0 || audit_purge(scope, audit_days, &purge->entries));
}

/* A trial does the same in one transaction and takes it back: no other way knows what frees what.
 */
static bool purge_all(struct cli *cli, struct purge *purge, int64_t days, bool dry_run)
{
    struct scope *scope = &cli->scope;

    if (dry_run && !db_begin(scope))
        return false;
    bool done = remove_all(cli, purge, days);

    if (dry_run)
        db_rollback(scope);
    return done;
}

static bool run(struct cli *cli)
{
    bool dry_run = arguments_flag(cli, "--dry-run");
    int64_t days = cli->config.purge_days;
    struct purge purge;

    return arguments_number(cli, "--days", 1, PURGE_DAYS_MAX, &days) && arguments_end(cli) &&
           find_models(&cli->scope, &purge) && cli_connect_as_owner_for_long(cli) &&
           purge_all(cli, &purge, days, dry_run) && print_counts(cli, &purge) &&
           print_rules(cli, days, dry_run);
}

const struct command purge_command = {
    .name = "purge",
    .run = run,
    .usage = "[--days N] [--dry-run]",
    .summary = "Removes for good what was deleted long ago, and old keys and audit entries",
};
