/* api_database.c - databases for API tests: one is migrated, seeded and copied for each */
#include "api_database.h"

#include "embedded.h"
#include "keel/db/db.h"
#include "keel/services/users.h"
#include "template.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static void must(const struct scope *scope, bool done)
{
    const struct error *error = &scope->error;

    if (!done)
        unit_fail("%s (%s)", error->message, error->detail ? error->detail : "");
}

static const char *test_seed(void)
{
    for (size_t i = 0; i < embedded_seeds_count; i++) {
        if (strstr(embedded_seeds[i].name, "test"))
            return embedded_seeds[i].text;
    }
    unit_fail("there is no seed for tests");
    return NULL;
}

static void add_accounts(struct scope *scope, const struct api_accounts *accounts)
{
    char email[64], password[64];
    int64_t id;

    for (size_t i = 0; i < accounts->count; i++) {
        const char *role = accounts->roles[i];

        snprintf(email, sizeof email, "%s@example.com", role);
        snprintf(password, sizeof password, "%s-password-1", role);
        must(scope, users_create(scope, &(struct registration){email, password, NULL}, role, &id));
        assert_int_equal(id, i + 1);
    }
}

static void fill(const char *url, const void *context)
{
    const struct api_accounts *accounts = context;
    struct scope scope;
    struct db *db;

    scope_begin(&scope, accounts->config, NULL, NULL);
    must(&scope, db_open(&scope, url, &db));
    scope.db = db;
    must(&scope, db_ensure(&scope));
    /* As `keelctl seed` has it: rows of the seed may refer to accounts. */
    add_accounts(&scope, accounts);
    must(&scope, db_script(&scope, "seed", test_seed()));
    db_close(db);
    scope_end(&scope);
}

void api_database_make(const struct api_accounts *accounts, const char *name)
{
    const struct template template = {
        .name = "keel_template_api", .base = &template_migrated, .fill = fill, .context = accounts};

    template_copy(&template, name);
}
