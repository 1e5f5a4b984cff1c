/* throttle.c - wrong guesses counted by account and by client, and who is locked out for them */
#include "keel/services/throttle.h"

#include "keel/core/address.h"
#include "keel/core/config.h"
#include "keel/db/db.h"
#include "sql.h"

#include <string.h>

static const char *const kinds[] = {
    [THROTTLE_PASSWORD] = "password",
    [THROTTLE_CODE] = "code",
};

/* Who guesses, as the statements take it; NULL outside a request: nobody is counted. */
static const char *client_of(struct scope *scope)
{
    char network[ADDRESS_SIZE];

    if (!scope->client_address || !*scope->client_address)
        return NULL;
    address_to_client(scope->client_address, network);
    return scope_copy(scope, network, strlen(network));
}

/* One text whoever is locked, account or client, known or unknown. */
static bool refuse(struct scope *scope, int64_t seconds)
{
    fail(scope, ERR_RATE_LIMITED, "Too many failed attempts; try again later");
    scope->error.retry_after = seconds > 0 ? (int)seconds : 1;
    return fail_detail(scope, "throttle: locked for %lld seconds", (long long)seconds);
}

bool throttle_check(struct scope *scope, enum throttle_guess guess, const char *email)
{
    const struct config *config = scope->config;
    struct rows rows;

    if (!db_query(scope, &sql_throttle_find,
                  PARAMS(kinds[guess], email, param_int(scope, config->login_failures),
                         client_of(scope), param_int(scope, config->login_client_failures)),
                  &rows))
        return false;
    return row_is_null(&rows, 0, 0) || refuse(scope, row_int(&rows, 0, 0));
}

bool throttle_wrong(struct scope *scope, enum throttle_guess guess, const char *email)
{
    const struct config *config = scope->config;
    const char *client = client_of(scope);
    int counting = (config->login_failures > 0) + (client && config->login_client_failures > 0);
    struct rows rows;

    if (!db_query(scope, &sql_throttle_count,
                  PARAMS(kinds[guess], email, param_int(scope, config->login_failures),
                         param_int(scope, config->login_lock_s), client,
                         param_int(scope, config->login_client_failures),
                         param_int(scope, config->login_client_lock_s)),
                  &rows))
        return false;
    /* Who was locked already is not counted again. */
    return rows.count == counting || throttle_check(scope, guess, email);
}

bool throttle_right(struct scope *scope, enum throttle_guess guess, const char *email)
{
    struct rows rows;

    return throttle_check(scope, guess, email) &&
           db_query(scope, &sql_throttle_forget, PARAMS(email, kinds[guess]), &rows);
}

bool throttle_unlock(struct scope *scope, const char *email, bool *counted)
{
    struct rows rows;

    if (!db_query(scope, &sql_throttle_forget, PARAMS(email, ""), &rows))
        return false;
    *counted = rows.affected > 0;
    return true;
}

bool throttle_purge(struct scope *scope, int64_t *count)
{
    struct rows rows;

    if (!db_query(scope, &sql_throttle_purge, NO_PARAMS, &rows))
        return false;
    *count = rows.affected;
    return true;
}
