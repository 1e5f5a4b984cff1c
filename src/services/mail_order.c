/* mail_order.c - has somebody look into the outbox, at the time when mails are due */
#include "keel/services/mail.h"

#include "keel/services/jobs.h"
#include "sql.h"

bool mail_order_sending(struct scope *scope, int64_t run_at)
{
    const struct job_order order = {.kind = "mail.send", .run_at = run_at, .is_shared = true};

    return jobs_enqueue(scope, &order, NULL, NULL);
}

static bool order_rest(struct scope *scope)
{
    struct rows rows;

    return db_query(scope, &sql_mail_next_due, NO_PARAMS, &rows) &&
           (row_is_null(&rows, 0, 0) || mail_order_sending(scope, row_int(&rows, 0, 0)));
}

bool mail_order_rest(struct scope *scope)
{
    if (!db_begin(scope))
        return false;
    if (order_rest(scope) && db_commit(scope))
        return true;
    if (db_in_transaction(scope->db))
        db_rollback(scope);
    return false;
}
