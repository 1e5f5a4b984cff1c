/* audit.c - the log of who did what to which row: added to with each write, read, and purged */
#include "keel/services/audit.h"

#include "keel/core/text.h"
#include "keel/model/array.h"
#include "keel/services/users.h"
#include "sql.h"

/* So few that no statement takes long. */
#define BATCH_MAX 10000

static const struct column columns[] = {
    {INT(struct audit_entry, id), .uses = READ | SORT, .example = "981", .doc = "Identifier."},
    {TIME(struct audit_entry, at), .uses = READ | SORT | RANGE,
     .example = "\"2026-01-12T10:00:00Z\"", .doc = "When the change began."},
    {MAYBE_INT(struct audit_entry, user_id), .uses = READ | FILTER, .min = 1, .max = INT64_MAX,
     .references = &users_model, .example = "7",
     .doc = "Who did it; null: nobody was signed in. The account may be gone since."},
    {MAYBE_INT(struct audit_entry, session_id), .uses = READ, .example = "12",
     .doc = "The sign-in it came with."},
    {MAYBE_INT(struct audit_entry, api_key_id), .uses = READ | FILTER, .min = 1, .max = INT64_MAX,
     .example = "null", .doc = "The API key it came with."},
    {TEXT(struct audit_entry, route), .uses = READ | FILTER, .min = 1, .max = 80,
     .example = "\"items.update\"", .doc = "What was called."},
    {TEXT(struct audit_entry, method), .uses = READ, .example = "\"PATCH\"", .doc = "And how."},
    {INT(struct audit_entry, status), .uses = READ, .example = "200",
     .doc = "What was answered; an error where the change was kept nevertheless."},
    {TEXT(struct audit_entry, table_name), .uses = READ | FILTER, .nullable = true, .min = 1,
     .max = 63, .example = "\"items\"", .doc = "The table whose row was written."},
    {MAYBE_INT(struct audit_entry, row_id), .uses = READ | FILTER, .min = 1, .max = INT64_MAX,
     .example = "17", .doc = "The row."},
    {JSON(struct audit_entry, changes), .uses = READ, .nullable = true,
     .example = "{\"price\":{\"from\":34.95,\"to\":19.99}}",
     .doc = "The fields that changed, from what where that is known, and to what; secrets are left "
            "out, long texts cut."},
    {TEXT(struct audit_entry, address), .uses = READ, .nullable = true,
     .expression = "host(audit_log.address)", .example = "\"192.0.2.1\"",
     .doc = "Where it came from."},
    {TEXT(struct audit_entry, request_id), .uses = READ, .nullable = true,
     .example = "\"4f1c2a9be07d4d55a3c8\"",
     .doc = "The request, as X-Request-Id and the log name it."},
};

const struct model audit_model = {
    .name = "AuditEntry",
    .plural = "entries",
    .table = "audit_log",
    COLUMNS(columns),
    .size = sizeof(struct audit_entry),
    .order = "-at",
};

/* NULL for none. */
static const char *id_text(struct scope *scope, int64_t id)
{
    return id ? param_int(scope, id) : NULL;
}

static void add_row(const struct audit_row *row, struct array *ids, struct array *changes)
{
    char digits[TEXT_INT_SIZE];

    text_from_int(row->id, digits);
    array_add(ids, row->id ? digits : NULL);
    array_add(changes, row->changes);
}

bool audit_add(struct scope *scope, const struct audit_act *act, const struct audit_row *rows,
               size_t count)
{
    struct array ids, changes;
    struct rows ignored;

    array_begin(&ids, &scope->arena);
    array_begin(&changes, &scope->arena);
    for (size_t i = 0; i < count; i++)
        add_row(&rows[i], &ids, &changes);
    const char *id_list = array_end(&ids), *change_list = array_end(&changes);

    if (!id_list || !change_list)
        return fail_memory(scope);
    return db_query(scope, &sql_audit_add,
                    PARAMS(id_text(scope, act->user_id), id_text(scope, act->session_id),
                           id_text(scope, act->api_key_id), act->route, act->method,
                           param_int(scope, act->status), act->table, scope->client_address,
                           scope->request_id, id_list, change_list),
                    &ignored);
}

static bool require_trimmer(struct scope *scope)
{
    struct rows rows;

    if (!db_query(scope, &sql_audit_may_trim, NO_PARAMS, &rows))
        return false;
    return row_bool(&rows, 0, 0) ||
           fail(scope, ERR_FORBIDDEN,
                "This role may not remove old entries of the audit log: the owner of the schema "
                "has to GRANT EXECUTE ON FUNCTION audit_log_trim TO it");
}

bool audit_trim(struct scope *scope, int64_t days, int64_t *removed, bool *is_done)
{
    struct rows rows;

    if (!require_trimmer(scope) ||
        !db_query(scope, &sql_audit_trim,
                  PARAMS(param_int(scope, days), param_int(scope, BATCH_MAX)), &rows))
        return false;
    *removed = row_int(&rows, 0, 0);
    *is_done = *removed < BATCH_MAX;
    return true;
}

/* Asked first: what the database would say of it is not for people. */
static bool require_owner(struct scope *scope)
{
    struct rows rows;

    if (!db_query(scope, &sql_audit_may_purge, NO_PARAMS, &rows))
        return false;
    return row_bool(&rows, 0, 0) ||
           fail(scope, ERR_FORBIDDEN,
                "Only the owner of the schema may remove entries of the audit log: "
                "KEEL_MIGRATION_DATABASE_URL says how to connect as it");
}

bool audit_purge(struct scope *scope, int64_t days, int64_t *removed)
{
    struct rows rows = {0};

    *removed = 0;
    if (!require_owner(scope))
        return false;
    do {
        if (!db_query(scope, &sql_audit_purge,
                      PARAMS(param_int(scope, days), param_int(scope, BATCH_MAX)), &rows))
            return false;
        *removed += rows.affected;
    } while (rows.affected == BATCH_MAX);
    return true;
}
