/* standby.c - has a standby answer what may be a moment old, and the database itself what it cannot
 */
#include "keel/services/standby.h"
#include "stages.h"

/*
 * Who sends the version of an answer has seen that version, which the standby may not have yet:
 * nobody is to go back in time.
 */
bool stage_standby(struct exchange *exchange)
{
    const struct app *app = exchange->app;
    struct scope *scope = &exchange->scope;
    struct db *db;

    if (!app->standby || !(exchange->route->flags & ROUTE_MAY_BE_STALE) ||
        exchange->request.if_none_match)
        return true;
    db = standby_for(scope, app->standby);
    if (db)
        scope->db = db;
    return true;
}

/*
 * A row that is missing may be new. All else that is nobody's fault here is the standby's: it is
 * away, replays something that a statement stood in the way of, or has not the newest schema.
 */
bool standby_fall_back(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    enum error_kind kind = scope->error.kind;

    if (scope->db == exchange->app->db)
        return false;
    if (kind != ERR_NOT_FOUND && kind != ERR_UNAVAILABLE && kind != ERR_TIMEOUT &&
        kind != ERR_INTERNAL && !scope->error.retryable)
        return false;
    scope->db = exchange->app->db;
    return true;
}
