/* checklist_tests.c - whether an endpoint is tested: its code alone, and each of its answers */
#include "checklist.h"

#include "keel/http/response.h"
#include "keel/routes/modules.h"
#include "source.h"

#include <string.h>

/*
 * What any endpoint may answer, whatever its row says: seen once it is seen of all, as it comes
 * from the stages that all pass. A malformed address never gets as far as a row.
 */
#define COMMON_ERRORS                                                                              \
    (ERROR_BIT(ERR_RATE_LIMITED) | ERROR_BIT(ERR_INTERNAL) | ERROR_BIT(ERR_UNAVAILABLE) |          \
     ERROR_BIT(ERR_TIMEOUT) | ERROR_BIT(ERR_MALFORMED) | ERROR_BIT(ERR_IDEMPOTENCY_MISMATCH))

/* Statuses of interest, as numbers from 200. */
#define STATUS_MIN 200
#define STATUS_MAX 599

struct statuses {
    bool wanted[STATUS_MAX + 1];
};

static void want_errors(struct statuses *statuses, unsigned errors)
{
    for (int kind = ERR_NONE + 1; kind < ERR_KIND_COUNT; kind++) {
        if (errors & ERROR_BIT(kind))
            statuses->wanted[error_status((enum error_kind)kind)] = true;
    }
}

/* What must have been seen of this very endpoint. */
static void want_own(struct statuses *statuses, const struct route *route)
{
    unsigned errors = route_errors(route) & ~COMMON_ERRORS;

    /* Where the row does not say so itself, a conflict is that of an Idempotency-Key in use. */
    if (!(route->errors & ERROR_BIT(ERR_CONFLICT)))
        errors &= ~ERROR_BIT(ERR_CONFLICT);
    if (route->body.model)
        errors |= ERROR_BIT(ERR_MALFORMED);
    want_errors(statuses, errors);
    statuses->wanted[route->success] = true;
    if (route->discreet)
        statuses->wanted[route->discreet] = true;
}

/* `id` NULL: of any endpoint. */
static bool was_seen(struct scope *scope, const char *seen, const char *id, int status)
{
    const char *line =
        id ? scope_format(scope, "%s %d\n", id, status) : scope_format(scope, " %d\n", status);
    const char *at = seen;

    while (line && (at = strstr(at, line))) {
        if (!id || at == seen || at[-1] == '\n')
            return true;
        at++;
    }
    return false;
}

const char *checklist_api(const struct checklist_row *row)
{
    struct scope *scope = &row->checklist->cli->scope;
    const char *seen = row->checklist->seen;
    struct statuses statuses = {0};
    struct buffer missing;
    int wanted = 0, found = 0;

    if (!seen)
        return "?";
    buffer_init(&missing, &scope->arena);
    want_own(&statuses, row->route);
    for (int status = STATUS_MIN; status <= STATUS_MAX; status++) {
        if (!statuses.wanted[status])
            continue;
        wanted++;
        if (was_seen(scope, seen, row->route->id, status))
            found++;
        else
            buffer_add_format(&missing, "%s%d", missing.length ? ", " : "", status);
    }
    if (found < wanted)
        checklist_miss(row, "no test of the API was answered %s", missing.data ? missing.data : "");
    return scope_format(scope, "%d/%d", found, wanted);
}

void checklist_common(struct checklist *checklist)
{
    struct scope *scope = &checklist->cli->scope;
    struct statuses statuses = {0};

    if (!checklist->seen)
        return;
    want_errors(&statuses, COMMON_ERRORS);
    for (int status = STATUS_MIN; status <= STATUS_MAX; status++) {
        if (statuses.wanted[status] && !was_seen(scope, checklist->seen, NULL, status))
            fail_field(scope, "common", "missing", "No test of the API was answered %d.", status);
    }
}

/* Claim: the file is there and, as far as is known, passes; else that is recorded. */
static bool is_tested(const struct checklist_row *row, const char *file)
{
    const struct checklist *checklist = row->checklist;
    struct scope *scope = &checklist->cli->scope;

    if (!source_changed_at(scope, checklist->source, file)) {
        checklist_miss(row, "there is no unit test %s", file);
        return false;
    }
    struct test_run run = results_find(scope, &checklist->results, file);

    if (run.is_known && run.failed) {
        checklist_miss(row, "its unit test %s fails", file);
        return false;
    }
    return true;
}

/* A generic handler has its own test; what a handler does beyond that is in services. */
const char *checklist_unit(const struct checklist_row *row)
{
    struct scope *scope = &row->checklist->cli->scope;
    const char *at = row->file, *service, *cell = "-";

    if (!row->checklist->source)
        return "?";
    if (row->is_generic)
        return is_tested(row, "tests/http/crud_test.c") ? "crud" : "missing";
    while ((service = checklist_next_service(scope, &at))) {
        const char *file = scope_format(scope, "tests/services/%s_test.c", service);

        if (!file)
            return NULL;
        if (!is_tested(row, file))
            return "missing";
        cell = "services";
    }
    return cell;
}
