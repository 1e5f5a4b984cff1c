/* audit.c - the route of the audit log */
#include "keel/services/audit.h"
#include "keel/http/crud.h"

static const struct route routes[] = {
    {"audit.list", GET, "/audit", crud_list, ACCESS_PERMISSION, .permission = "audit:read",
     .rate = RATE_READ, .reply = {&audit_model, READ | LIST}, .flags = ROUTE_LIST, .success = 200,
     .summary = "Who did what to which row, when and from where, newest first, page by page."},
};

extern const struct module module_audit;
const struct module module_audit = {
    .name = "audit", .doc = "The log of all changes.", ROUTES(routes), .model = &audit_model};
