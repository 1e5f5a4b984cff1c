/* migrate.c - applies migrations in order, each in one transaction, one migrator at a time */
#include "keel/db/migrate.h"

#include "keel/core/clock.h"
#include "keel/db/db.h"
#include "migrate_history.h"
#include "migrate_lock.h"
#include "migrate_run.h"
#include "sql.h"

#include <inttypes.h>

/*
 * A waiting ALTER TABLE makes everybody else wait behind it, so it gives up soon. A statement
 * itself may take as long as it needs.
 */
#define INSIDE_SETTINGS                                                                            \
    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '5s'; "                             \
    "SET LOCAL idle_in_transaction_session_timeout = 0"

/* CREATE INDEX CONCURRENTLY waits for old transactions without standing in anybody's way. */
#define OUTSIDE_SETTINGS "SET statement_timeout = 0; SET lock_timeout = 0"
#define OUTSIDE_RESET    "RESET statement_timeout; RESET lock_timeout"

/* pg_dump's scripts set search_path; the record must be written where it was read. */
#define BEFORE_RECORD "RESET ROLE; RESET search_path"

struct run {
    const struct migrate_observer *observer;
    bool up;
    bool dry_run;
};

static bool observe_before(struct scope *scope, const struct run *run,
                           const struct migration *migration)
{
    const struct migrate_observer *observer = run->observer;

    if (!observer || !observer->before)
        return true;
    return observer->before(scope, migration, run->up, observer->context);
}

static bool observe_after(struct scope *scope, const struct run *run,
                          const struct migration *migration, int64_t duration_us)
{
    const struct migrate_observer *observer = run->observer;

    if (!observer || !observer->after)
        return true;
    return observer->after(scope, migration, run->up, duration_us, observer->context);
}

static struct migrate_script script_of(const struct migration *migration, bool up)
{
    if (up)
        return (struct migrate_script){migration->up_file, migration->up,
                                       migration->in_transaction};
    return (struct migrate_script){migration->down_file, migration->down,
                                   migration->down_in_transaction};
}

static bool note(struct scope *scope, const struct migration *migration, bool up, int64_t start)
{
    if (!db_script(scope, "migrate_before_record", BEFORE_RECORD))
        return false;
    if (!up)
        return history_forget(scope, migration->version);
    return history_record(scope, migration, clock_monotonic_us() - start);
}

static bool run_and_note(struct scope *scope, const struct migration *migration, bool up,
                         const struct migrate_script *script)
{
    int64_t start = clock_monotonic_us();

    return db_script(scope, "migrate_settings", INSIDE_SETTINGS) && migrate_run(scope, script) &&
           note(scope, migration, up, start);
}

static bool run_inside(struct scope *scope, const struct migration *migration, bool up,
                       const struct migrate_script *script)
{
    if (!db_begin(scope))
        return false;
    if (run_and_note(scope, migration, up, script) && db_commit(scope))
        return true;
    db_rollback(scope);
    return false;
}

/* A second try with IF NOT EXISTS would pass over the half-made index and call it done. */
static bool refuse_invalid_index(struct scope *scope, const struct migrate_script *script)
{
    struct rows rows;

    if (!db_query(scope, &sql_migrate_invalid_index, NO_PARAMS, &rows))
        return false;
    if (rows.count == 0)
        return true;
    return fail(
        scope, ERR_CONFLICT,
        "%s: the index %s is invalid, as an interrupted CREATE INDEX CONCURRENTLY leaves it; "
        "drop it and run this again.",
        script->file, row_text(&rows, 0, 0));
}

static bool run_outside(struct scope *scope, const struct migration *migration, bool up,
                        const struct migrate_script *script)
{
    int64_t start = clock_monotonic_us();

    if (!db_script(scope, "migrate_settings", OUTSIDE_SETTINGS))
        return false;
    bool done = migrate_run(scope, script) && refuse_invalid_index(scope, script) &&
                note(scope, migration, up, start);

    /* The script may have failed inside a transaction of its own. */
    if (PQtransactionStatus(db_connection(scope->db)) != PQTRANS_IDLE)
        db_rollback(scope);
    migrate_quietly(scope, "migrate_reset", OUTSIDE_RESET);
    return done;
}

static bool run_one(struct scope *scope, const struct run *run, const struct migration *migration)
{
    const struct migrate_script script = script_of(migration, run->up);
    bool done;

    if (run->dry_run && !script.in_transaction)
        return observe_after(scope, run, migration, MIGRATE_NOT_TRIED);
    if (!observe_before(scope, run, migration))
        return false;
    int64_t start = clock_monotonic_us();

    if (run->dry_run)
        done = run_and_note(scope, migration, run->up, &script);
    else if (script.in_transaction)
        done = run_inside(scope, migration, run->up, &script);
    else
        done = run_outside(scope, migration, run->up, &script);
    return done && observe_after(scope, run, migration, clock_monotonic_us() - start);
}

static bool check_target(struct scope *scope, const struct migration_set *set, int64_t target)
{
    if (target <= 0 || migration_find(set, target))
        return true;
    return fail(scope, ERR_VALIDATION, "There is no migration number %" PRId64 ".", target);
}

static bool run_up(struct scope *scope, const struct migration_set *set, int64_t target,
                   const struct run *run)
{
    struct applied_list applied;

    if (!history_ensure(scope) || !history_read_checked(scope, set, &applied))
        return false;
    int64_t newest = history_newest(&applied);

    for (size_t i = 0; i < set->count; i++) {
        const struct migration *migration = &set->list[i];

        if (migration->version <= newest || (target >= 0 && migration->version > target))
            continue;
        if (!run_one(scope, run, migration))
            return false;
    }
    return true;
}

/* Looked at before the first step: going back half of the way helps nobody. */
static bool check_way_back(struct scope *scope, const struct migration_set *set,
                           const struct applied_list *applied, int64_t target)
{
    for (size_t i = 0; i < applied->count; i++) {
        const struct migration *migration = migration_find(set, applied->list[i].version);

        if (migration->version > target && !migration->down)
            return fail(scope, ERR_CONFLICT,
                        "%s has no .down.sql file beside it: it cannot be taken back.",
                        migration->up_file);
    }
    return true;
}

static bool run_down(struct scope *scope, const struct migration_set *set, int64_t target,
                     const struct run *run)
{
    struct applied_list applied;

    if (!history_read_checked(scope, set, &applied) ||
        !check_way_back(scope, set, &applied, target))
        return false;
    for (size_t i = applied.count; i > 0 && applied.list[i - 1].version > target; i--) {
        if (!run_one(scope, run, migration_find(set, applied.list[i - 1].version)))
            return false;
    }
    return true;
}

static bool run_all(struct scope *scope, const struct migration_set *set, int64_t target,
                    const struct run *run)
{
    return run->up ? run_up(scope, set, target, run) : run_down(scope, set, target, run);
}

/* One transaction around everything: a later migration is tried on what the earlier ones made. */
static bool try_all(struct scope *scope, const struct migration_set *set, int64_t target,
                    const struct run *run)
{
    if (!db_begin(scope))
        return false;
    bool done = run_all(scope, set, target, run);

    db_rollback(scope);
    return done;
}

static bool migrate(struct scope *scope, const struct migration_set *set, int64_t target,
                    int wait_s, const struct run *run)
{
    if (!check_target(scope, set, target) || !migrate_lock(scope, wait_s))
        return false;
    bool done = run->dry_run ? try_all(scope, set, target, run) : run_all(scope, set, target, run);

    migrate_unlock(scope);
    return done;
}

bool migrate_up(struct scope *scope, const struct migration_set *set, int64_t target, bool dry_run,
                int wait_s, const struct migrate_observer *observer)
{
    return migrate(scope, set, target, wait_s, &(struct run){observer, true, dry_run});
}

bool migrate_down(struct scope *scope, const struct migration_set *set, int64_t target,
                  bool dry_run, int wait_s, const struct migrate_observer *observer)
{
    return migrate(scope, set, target, wait_s, &(struct run){observer, false, dry_run});
}

static bool mark_all(struct scope *scope, const struct migration_set *set, int64_t target,
                     size_t *marked)
{
    struct applied_list applied;

    if (!history_ensure(scope) || !history_read_checked(scope, set, &applied))
        return false;
    int64_t newest = history_newest(&applied);

    for (size_t i = 0; i < set->count; i++) {
        if (set->list[i].version <= newest || (target >= 0 && set->list[i].version > target))
            continue;
        if (!history_record(scope, &set->list[i], 0))
            return false;
        (*marked)++;
    }
    return true;
}

bool migrate_baseline(struct scope *scope, const struct migration_set *set, int64_t target,
                      int wait_s, size_t *marked)
{
    *marked = 0;
    if (!check_target(scope, set, target) || !migrate_lock(scope, wait_s))
        return false;
    bool done = db_begin(scope);

    if (done) {
        done = mark_all(scope, set, target, marked) && db_commit(scope);
        if (!done)
            db_rollback(scope);
    }
    migrate_unlock(scope);
    return done;
}
