/* schedules.c - the routes of what is done again and again by the clock */
#include "keel/services/schedules.h"
#include "keel/http/crud.h"
#include "keel/model/store.h"

/* The id of the row that the path names. */
static bool find(struct exchange *exchange, int64_t *id)
{
    return schedules_find(&exchange->scope, exchange->match.values.text[0], id);
}

static bool get(struct exchange *exchange)
{
    return find(exchange, &exchange->match.values.id) && crud_get(exchange);
}

static bool update(struct exchange *exchange)
{
    struct rows rows;
    int64_t id;

    if (!find(exchange, &id))
        return false;
    crud_note_row(exchange, schedule_model.table, id);
    return schedules_change(&exchange->scope, id, &exchange->input, &rows,
                            &exchange->audit.changes) &&
           crud_reply(exchange, &rows);
}

static const struct route routes[] = {
    {"schedules.list", GET, "/schedules", crud_list, ACCESS_PERMISSION, .permission = "jobs:read",
     .rate = RATE_READ, .reply = {&schedule_model, READ | LIST}, .flags = ROUTE_LIST,
     .success = 200,
     .summary = "Schedules by name, with their next time and how the last job went."},
    {"schedules.get", GET, "/schedules/{name}", get, ACCESS_PERMISSION, .permission = "jobs:read",
     .rate = RATE_READ, .reply = {&schedule_model, READ}, .success = 200,
     .summary = "One schedule."},
    {"schedules.update", PATCH, "/schedules/{name}", update, ACCESS_PERMISSION,
     .permission = "jobs:write", .rate = RATE_WRITE, .body = {&schedule_model, UPDATE | PARTIAL},
     .reply = {&schedule_model, READ}, .success = 200, .message = "Schedule updated",
     .summary = "Change when a schedule runs, pause it or let it go on."},
};

extern const struct module module_schedules;
const struct module module_schedules = {
    .name = "schedules",
    .doc = "Work that comes again by the clock.",
    ROUTES(routes),
    .model = &schedule_model,
};
