/* migrate_report.c - the MIGRATION COMPLETE report */
#include "migrate_call.h"

#include "changes.h"
#include "keel/core/clock.h"
#include "keel/db/db.h"
#include "report.h"

#include <inttypes.h>
#include <string.h>

const char *migrate_call_folder(const struct migrate_call *call)
{
    return call->folder ? call->folder : "sql/migrations";
}

const char *migrate_label(struct scope *scope, int64_t version, const char *name)
{
    return scope_format(scope, "%04" PRId64 "_%s", version, name);
}

const char *migrate_duration(struct scope *scope, int64_t us)
{
    if (us < 10000000)
        return scope_format(scope, "%" PRId64 ".%" PRId64 " ms", us / 1000, us / 100 % 10);
    return scope_format(scope, "%" PRId64 ".%" PRId64 " s", us / 1000000, us / 100000 % 10);
}

/* The newest version there is below this one; 0 for the first. */
static int64_t version_below(const struct migration_set *set, int64_t version)
{
    int64_t below = 0;

    for (size_t i = 0; i < set->count && set->list[i].version < version; i++)
        below = set->list[i].version;
    return below;
}

static void write_rollback(struct buffer *out, const struct migrate_call *call,
                           const struct migration *migration, bool up)
{
    int64_t target = up ? version_below(&call->set, migration->version) : migration->version;

    if (up && !migration->down)
        report_line(out, "Rollback", "none: there is no .down.sql file beside it");
    else
        report_line(out, "Rollback", "keelctl migrate to %" PRId64 "%s%s", target,
                    call->folder ? " --dir " : "", call->folder ? call->folder : "");
}

static void write_files(struct buffer *out, const struct migrate_call *call,
                        const struct migration *migration)
{
    report_heading(out, 0, "Files");
    report_item(out, 1, "%s/%s", migrate_call_folder(call), migration->up_file);
    if (migration->down_file)
        report_item(out, 1, "%s/%s", migrate_call_folder(call), migration->down_file);
}

static void write_applied(struct buffer *out, const struct migrate_call *call, int64_t duration_us)
{
    struct cli *cli = call->cli;
    char now[CLOCK_TEXT_SIZE];
    const char *duration = migrate_duration(&cli->scope, duration_us);

    clock_format(clock_now_us(), now);
    report_line(out, "Applied", "%s%s, database %s, %s, %s",
                call->dry_run ? "dry run, rolled back; " : "",
                config_environment_name(cli->config.environment), PQdb(db_connection(cli->db)), now,
                duration ? duration : "");
}

/* For `keelctl report migration`: the schema before it cannot be looked at any more. */
static bool keep_changes(struct migrate_call *call, const struct migration *migration,
                         const struct catalog_diff *diff)
{
    struct scope *scope = &call->cli->scope;
    struct buffer text;

    buffer_init(&text, &scope->arena);
    changes_write(&text, diff);
    return text.failed ? fail_memory(scope)
                       : migrate_keep_changes(scope, migration->version, text.data);
}

static bool report_not_tried(struct migrate_call *call, const struct migration *migration)
{
    return cli_print_format(call->cli,
                            "%04" PRId64
                            "_%s was not tried: it runs outside a transaction, so a dry run "
                            "could not take it back.\n\n",
                            migration->version, migration->name);
}

static bool before(struct scope *scope, const struct migration *migration, bool up, void *context)
{
    struct migrate_call *call = context;

    (void)migration;
    (void)up;
    return catalog_read(scope, &call->before);
}

static bool after(struct scope *scope, const struct migration *migration, bool up,
                  int64_t duration_us, void *context)
{
    struct migrate_call *call = context;
    struct catalog now;
    struct catalog_diff diff;
    struct buffer out;

    call->reported++;
    if (duration_us == MIGRATE_NOT_TRIED)
        return report_not_tried(call, migration);
    if (!catalog_read(scope, &now) || !catalog_compare(scope, &call->before, &now, &diff))
        return false;
    if (up && !call->dry_run && !keep_changes(call, migration, &diff))
        return false;
    buffer_init(&out, &scope->arena);
    report_title(&out, call->dry_run ? "MIGRATION DRY RUN COMPLETE" : "MIGRATION COMPLETE");
    report_line(&out, "Migration", "%04" PRId64 "_%s%s", migration->version, migration->name,
                up ? "" : " (taken back)");
    report_line(&out, "Purpose", "%s", *migration->purpose ? migration->purpose : "not given");
    changes_write(&out, &diff);
    write_rollback(&out, call, migration, up);
    write_files(&out, call, migration);
    write_applied(&out, call, duration_us);
    buffer_add_char(&out, '\n');
    return out.failed ? fail_memory(scope) : cli_print(call->cli, out.data);
}

struct migrate_observer migrate_reporter(struct migrate_call *call)
{
    return (struct migrate_observer){before, after, call};
}
