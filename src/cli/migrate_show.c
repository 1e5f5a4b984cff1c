/* migrate_show.c - `keelctl migrate status` and `history` */
#include "migrate_call.h"

#include "keel/core/clock.h"
#include "keel/db/db.h"
#include "table.h"

#include <inttypes.h>
#include <string.h>

struct applied {
    struct applied_migration *list;
    size_t count;
};

static const struct applied_migration *find_applied(const struct applied *applied, int64_t version)
{
    for (size_t i = 0; i < applied->count; i++) {
        if (applied->list[i].version == version)
            return &applied->list[i];
    }
    return NULL;
}

static const char *format_time(struct scope *scope, int64_t us)
{
    char text[CLOCK_TEXT_SIZE];

    clock_format(us, text);
    return scope_copy(scope, text, strlen(text));
}

static const char *state_of(const struct applied *applied, const struct migration *migration)
{
    const struct applied_migration *done = find_applied(applied, migration->version);
    int64_t newest = applied->count ? applied->list[applied->count - 1].version : 0;

    if (!done)
        return migration->version < newest ? "out of order" : "pending";
    return strcmp(done->checksum, migration->checksum) == 0 ? "applied" : "changed since";
}

static bool add_files(struct migrate_call *call, const struct applied *applied, struct table *table)
{
    struct scope *scope = &call->cli->scope;

    for (size_t i = 0; i < call->set.count; i++) {
        const struct migration *migration = &call->set.list[i];
        const struct applied_migration *done = find_applied(applied, migration->version);
        const char *label = migrate_label(scope, migration->version, migration->name);
        const char *when = done ? format_time(scope, done->applied_at) : "";
        const char *const cells[] = {label, state_of(applied, migration), when, migration->purpose};

        if (!label || !when || !table_add(table, cells))
            return false;
    }
    return true;
}

/* What the database has and the set has not. */
static bool add_strangers(struct migrate_call *call, const struct applied *applied,
                          struct table *table)
{
    struct scope *scope = &call->cli->scope;

    for (size_t i = 0; i < applied->count; i++) {
        const struct applied_migration *done = &applied->list[i];

        if (migration_find(&call->set, done->version))
            continue;
        const char *label = migrate_label(scope, done->version, done->name);
        const char *when = format_time(scope, done->applied_at);
        const char *const cells[] = {label, "without a file", when, ""};

        if (!label || !when || !table_add(table, cells))
            return false;
    }
    return true;
}

static size_t count_pending(const struct migrate_call *call, const struct applied *applied)
{
    size_t pending = 0;

    for (size_t i = 0; i < call->set.count; i++)
        pending += !find_applied(applied, call->set.list[i].version);
    return pending;
}

static bool print_summary(struct migrate_call *call, const struct applied *applied)
{
    const struct applied_migration *newest =
        applied->count ? &applied->list[applied->count - 1] : NULL;
    const char *database = PQdb(db_connection(call->cli->db));
    size_t pending = count_pending(call, applied);

    if (!newest)
        return cli_print_format(call->cli, "\nDatabase %s: nothing applied, %zu pending.\n",
                                database, pending);
    return cli_print_format(call->cli, "\nDatabase %s: at %04" PRId64 "_%s, %zu pending.\n",
                            database, newest->version, newest->name, pending);
}

bool migrate_status(struct migrate_call *call)
{
    static const char *const headings[] = {"MIGRATION", "STATE", "APPLIED AT", "PURPOSE", NULL};
    struct scope *scope = &call->cli->scope;
    struct applied applied = {0};
    struct table table;

    table_begin(&table, scope, headings);
    return migrate_applied(scope, &applied.list, &applied.count) &&
           add_files(call, &applied, &table) && add_strangers(call, &applied, &table) &&
           table_print(call->cli, &table) && print_summary(call, &applied);
}

bool migrate_history(struct migrate_call *call)
{
    static const char *const headings[] = {"MIGRATION", "APPLIED AT", "TOOK",
                                           "BY",        "CHECKSUM",   NULL};
    struct scope *scope = &call->cli->scope;
    struct applied applied = {0};
    struct table table;

    table_begin(&table, scope, headings);
    if (!migrate_applied(scope, &applied.list, &applied.count))
        return false;
    for (size_t i = 0; i < applied.count; i++) {
        const struct applied_migration *done = &applied.list[i];
        const char *label = migrate_label(scope, done->version, done->name);
        const char *when = format_time(scope, done->applied_at);
        const char *took =
            done->duration_us ? migrate_duration(scope, done->duration_us) : "baseline";
        const char *checksum = scope_format(scope, "%.12s", done->checksum);
        const char *const cells[] = {label, when, took, done->applied_by, checksum};

        if (!label || !when || !took || !checksum || !table_add(&table, cells))
            return false;
    }
    return table_print(call->cli, &table);
}
