/* migrate.h - schema changes: in order, each in one transaction, by one process at a time */
#ifndef KEEL_DB_MIGRATE_H
#define KEEL_DB_MIGRATE_H

#include "keel/core/digest.h"
#include "keel/core/scope.h"

/* One migration as its pair of files has it. Version is the number in front: 3 for 0003_items. */
struct migration {
    int64_t version;
    const char *name;    /* "items" */
    const char *up;      /* text of the files, line ends made LF */
    const char *down;    /* NULL when there is none: it cannot be taken back */
    const char *up_file; /* "0003_items.up.sql" */
    const char *down_file;
    const char *purpose; /* the up file's first comment */
    bool in_transaction; /* false: the up file says `-- migrate: no-transaction` */
    bool down_in_transaction;
    char checksum[DIGEST_TEXT_SIZE]; /* of `up` */
};

struct migration_set {
    const struct migration *list; /* by version, rising */
    size_t count;
};

/* What the database knows. */
struct applied_migration {
    int64_t version;
    const char *name;
    const char *checksum;
    int64_t applied_at;     /* microseconds since 1970 UTC */
    int64_t duration_us;    /* 0 for one that was only marked by migrate_baseline() */
    const char *applied_by; /* the database user */
};

/* The migrations built into the program. */
bool migrations_embedded(struct scope *scope, struct migration_set *set);

/*
 * Those of a folder. Fails with ERR_VALIDATION naming the file: two with one version, a bad name, a
 * missing up file, no statement, not UTF-8.
 */
bool migrations_read(struct scope *scope, const char *folder, struct migration_set *set);

/* The migration of this version; NULL when the set has none. */
const struct migration *migration_find(const struct migration_set *set, int64_t version);

/* The newest version this build expects. */
int64_t migrations_expected(void);

/* The newest version the database has (0: none), without making the table. */
bool migrate_version(struct scope *scope, int64_t *version);

/* Everything applied, oldest first. */
bool migrate_applied(struct scope *scope, struct applied_migration **list, size_t *count);

/*
 * Keeps, or gives, what an applied migration did to the schema, as lines of text; "" where that is
 * not known: it was marked by migrate_baseline(), or applied before this was kept.
 */
bool migrate_keep_changes(struct scope *scope, int64_t version, const char *changes);
bool migrate_changes(struct scope *scope, int64_t version, const char **changes);

/* An observer's duration for what a dry run cannot try, as it runs outside a transaction. */
#define MIGRATE_NOT_TRIED (-1)

/*
 * Called around each migration that is run, so that a command can report: before it begins and
 * after it is committed (in a dry run: inside the transaction that will be rolled back).
 * `duration_us` is how long it took. Return false, with the scope failed, to stop there.
 */
struct migrate_observer {
    bool (*before)(struct scope *scope, const struct migration *migration, bool up, void *context);
    bool (*after)(struct scope *scope, const struct migration *migration, bool up,
                  int64_t duration_us, void *context);
    void *context;
};

/*
 * Brings the database up to `target` (all when negative) or, down, back until `target` (0: none) is
 * the newest. scope->db must be a connection to the server itself, not through a transaction
 * pooler: the lock belongs to the session.
 *
 * The lock is taken by polling pg_try_advisory_lock (a blocking lock would deadlock with CREATE
 * INDEX CONCURRENTLY), for at most `wait_s` seconds. Each migration is one transaction with a
 * lock_timeout of some seconds and no statement_timeout; one marked no-transaction runs its
 * statements one by one and is recorded when all are done. `dry_run` runs everything in a single
 * transaction that is rolled back. `observer` may be NULL.
 *
 * Fails with ERR_CONFLICT for all that migrate_verify() finds, for a lock that somebody else keeps,
 * and where a statement fails, with "file:line: " in front of the server's words; with
 * ERR_VALIDATION for a target that is no migration.
 */
bool migrate_up(struct scope *scope, const struct migration_set *set, int64_t target, bool dry_run,
                int wait_s, const struct migrate_observer *observer);
bool migrate_down(struct scope *scope, const struct migration_set *set, int64_t target,
                  bool dry_run, int wait_s, const struct migrate_observer *observer);

/*
 * Marks everything up to `target` (all when negative) as applied without running it; for a database
 * that has the schema already. `marked` says how many that were. Takes the lock and fails as
 * migrate_up() does.
 */
bool migrate_baseline(struct scope *scope, const struct migration_set *set, int64_t target,
                      int wait_s, size_t *marked);

/*
 * Compares files and database. Fails with ERR_CONFLICT and one field error for each difference, the
 * field being the file: "changed" after it was applied, "missing", "out_of_order" (never applied
 * although a later one was), "newer" (the database is ahead of the set: this program is too old for
 * it).
 */
bool migrate_verify(struct scope *scope, const struct migration_set *set);

#endif
