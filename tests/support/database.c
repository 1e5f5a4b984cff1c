/* database.c - a database of its own for each test */
#include "database.h"

#include "keel/core/random.h"

#include "template.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

static int make(void **state, const struct template *from)
{
    static char *const environment[] = {"KEEL_ENV=testing", NULL};
    struct test_database *made = calloc(1, sizeof *made);
    char suffix[17];

    assert_non_null(made);
    assert_true(random_hex(suffix, 8));
    snprintf(made->name, sizeof made->name, "keel_test_%s", suffix);
    snprintf(made->url, sizeof made->url, "dbname=%s", made->name);
    template_copy(from, made->name);
    scope_begin(&made->settings, NULL, NULL, NULL);
    assert_true(config_load(&made->settings, environment, &made->config, NULL));
    assert_true(db_open(&made->settings, made->url, &made->db));
    scope_begin(&made->scope, &made->config, made->db, NULL);
    assert_true(db_ensure(&made->scope));
    *state = made;
    return 0;
}

int test_database_make(void **state)
{
    return make(state, NULL);
}

int test_database_make_migrated(void **state)
{
    return make(state, &template_migrated);
}

int test_database_drop(void **state)
{
    struct test_database *database = *state;

    scope_end(&database->scope);
    db_close(database->db);
    scope_end(&database->settings);
    template_drop(database->name);
    free(database);
    return 0;
}

void test_database_renew(struct test_database *database)
{
    scope_end(&database->scope);
    scope_begin(&database->scope, &database->config, database->db, NULL);
    assert_true(db_ensure(&database->scope));
}

struct scope *test_database_open(struct test_database *database)
{
    struct scope *scope = calloc(1, sizeof *scope);
    struct db *db = NULL;

    assert_non_null(scope);
    scope_begin(scope, &database->config, NULL, NULL);
    assert_true(db_open(scope, database->url, &db));
    scope->db = db;
    assert_true(db_ensure(scope));
    return scope;
}

void test_database_close(struct scope *scope)
{
    db_close(scope->db);
    scope_end(scope);
    free(scope);
}

char *test_database_ask(const struct test_database *database, const char *statement)
{
    return template_ask(database->url, statement);
}
