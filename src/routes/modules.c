/* modules.c - the one readable list of resources; a new one is one line in each half */
#include "keel/routes/modules.h"

extern const struct module module_system;
extern const struct module module_metrics;
extern const struct module module_auth;
extern const struct module module_account;
extern const struct module module_api_keys;
extern const struct module module_totp;
extern const struct module module_jwks;
extern const struct module module_users;
extern const struct module module_categories;
extern const struct module module_items;
extern const struct module module_imports;
extern const struct module module_audit;
extern const struct module module_jobs;
extern const struct module module_schedules;
extern const struct module module_reports;

/* One below the other, so that branches that add one each can be merged. */
/* clang-format off */
static const struct module *const list[] = {
    &module_system,
    &module_metrics,
    &module_auth,
    &module_account,
    &module_api_keys,
    &module_totp,
    &module_jwks,
    &module_users,
    &module_categories,
    &module_items,
    &module_imports,
    &module_audit,
    &module_jobs,
    &module_schedules,
    &module_reports,
};
/* clang-format on */

const struct modules keel_modules = {list, sizeof list / sizeof list[0]};
