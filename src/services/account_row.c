/* account_row.c - an account as its own flows need it */
#include "account_parts.h"

#include "sql.h"

static void read_account(const struct rows *rows, struct account *account)
{
    *account = (struct account){0};
    if (rows->count > 0)
        *account = (struct account){.id = row_int(rows, 0, 0),
                                    .email = row_text(rows, 0, 1),
                                    .name = row_text(rows, 0, 2),
                                    .is_active = row_bool(rows, 0, 3),
                                    .is_verified = row_bool(rows, 0, 4)};
}

bool account_find(struct scope *scope, const char *email, struct account *account)
{
    struct rows rows;

    if (!db_query(scope, &sql_accounts_find, PARAMS(email), &rows))
        return false;
    read_account(&rows, account);
    return true;
}

bool account_get(struct scope *scope, int64_t id, struct account *account)
{
    struct rows rows;

    if (!db_query(scope, &sql_accounts_get, PARAMS(param_int(scope, id)), &rows))
        return false;
    read_account(&rows, account);
    return true;
}

bool account_lock(struct scope *scope, int64_t id, struct account *account)
{
    struct rows rows;

    if (!db_query(scope, &sql_accounts_lock, PARAMS(param_int(scope, id)), &rows))
        return false;
    read_account(&rows, account);
    return true;
}

bool account_lock_caller(struct scope *scope, struct account *account)
{
    if (!account_lock(scope, scope->caller->user_id, account))
        return false;
    return account->id || fail(scope, ERR_UNAUTHORIZED, "The account is no more");
}

bool account_take(struct scope *scope, enum single_use purpose, const char *token,
                  struct account *account, struct single_use_token *found)
{
    if (!single_use_find(scope, purpose, token, found) ||
        !account_lock(scope, found->user_id, account))
        return false;
    return account->id ? single_use_take(scope, purpose, token, found) : single_use_refuse(scope);
}
