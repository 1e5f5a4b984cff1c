/* account_mail.c - the mails about an account: which link, to whom, how often */
#include "account_parts.h"

#include "keel/core/config.h"
#include "keel/services/opaque.h"
#include "sql.h"

/* The mails with a token: what it is for, and the page that sends it back. */
static const struct {
    enum single_use purpose;
    const char *page;
} links[MAIL_KIND_COUNT] = {
    [MAIL_VERIFY] = {SINGLE_USE_VERIFY, "/verify"},
    [MAIL_RESET] = {SINGLE_USE_RESET, "/reset"},
    [MAIL_EMAIL_CHANGE] = {SINGLE_USE_EMAIL, "/verify"},
};

bool account_may_mail(struct scope *scope, const struct account *account, enum mail_kind kind,
                      bool *may)
{
    struct rows rows;

    if (!db_query(scope, &sql_accounts_may_mail,
                  PARAMS(param_int(scope, account->id), mail_kind_name(kind),
                         param_int(scope, scope->config->account_mail_pause_s)),
                  &rows))
        return false;
    *may = rows.count > 0;
    return true;
}

bool account_require_pause(struct scope *scope, const struct account *account, enum mail_kind kind)
{
    const char *pause = param_int(scope, scope->config->account_mail_pause_s);
    struct rows rows;
    bool may;

    if (!account_may_mail(scope, account, kind, &may))
        return false;
    if (may)
        return true;
    if (!db_query(scope, &sql_accounts_mail_pause,
                  PARAMS(param_int(scope, account->id), mail_kind_name(kind), pause), &rows))
        return false;
    fail(scope, ERR_RATE_LIMITED, "A mail was sent a moment ago; try again later");
    scope->error.retry_after = row_int(&rows, 0, 0) > 0 ? (int)row_int(&rows, 0, 0) : 1;
    return false;
}

/* "1 hour", "90 minutes": in the largest unit that needs no fraction. */
static const char *write_span(struct scope *scope, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    size_t unit = 0;

    while (seconds % units[unit].seconds != 0)
        unit++;
    int64_t count = seconds / units[unit].seconds;

    return scope_format(scope, "%lld %s%s", (long long)count, units[unit].name,
                        count == 1 ? "" : "s");
}

static int64_t lifetime(const struct scope *scope, enum mail_kind kind)
{
    return kind == MAIL_RESET ? scope->config->reset_token_s : scope->config->email_token_s;
}

static bool queue_link(struct scope *scope, enum mail_kind kind, const char *to, const char *token)
{
    const char *link = mail_link(scope, links[kind].page, token);
    const char *expires = write_span(scope, lifetime(scope, kind));
    const struct mail_value values[] = {{"link", link}, {"expires", expires}};

    return link && expires && mail_queue(scope, kind, to, values, sizeof values / sizeof values[0]);
}

bool account_mail_link(struct scope *scope, const struct account *account, enum mail_kind kind,
                       const char *new_email)
{
    const char *token;

    return single_use_issue(scope, account->id, links[kind].purpose, new_email,
                            lifetime(scope, kind), &token) &&
           queue_link(scope, kind, new_email ? new_email : account->email, token);
}

bool account_mail_nobody(struct scope *scope, enum mail_kind kind, const char *email)
{
    const char *token = opaque_make(scope, "");

    return token && db_savepoint(scope) &&
           (links[kind].page ? queue_link(scope, kind, email, token)
                             : mail_queue(scope, kind, email, NULL, 0)) &&
           db_go_back(scope);
}

bool account_notify(struct scope *scope, const struct account *account, enum mail_kind kind,
                    const char *new_email)
{
    const struct mail_value values[] = {{"name", account->name}, {"new_email", new_email}};

    if (mail_queue(scope, kind, account->email, values, sizeof values / sizeof values[0]))
        return true;
    if (scope->error.kind != ERR_VALIDATION)
        return false;
    scope_clear_error(scope);
    return true;
}
