/* database.h - a database of its own for each test, on the cluster that PGHOST and its like name */
#ifndef KEEL_TESTS_SUPPORT_DATABASE_H
#define KEEL_TESTS_SUPPORT_DATABASE_H

#include "keel/core/config.h"
#include "keel/core/scope.h"
#include "keel/db/db.h"

/* A database, empty or migrated, and a unit of work that is connected to it. */
struct test_database {
    char name[64];
    char url[128];
    struct config config;
    struct scope settings; /* owns the texts of config */
    struct db *db;
    struct scope scope; /* what tests pass on; test_database_renew() makes it fresh */
};

/* Setup and teardown for cmocka: *state becomes a struct test_database. */
int test_database_make(void **state);
int test_database_make_migrated(void **state); /* with the schema of all migrations */
int test_database_drop(void **state);

/* Ends the unit of work and begins another one on the same connection. */
void test_database_renew(struct test_database *database);

/* Another connection to the same database; ended by test_database_close(). */
struct scope *test_database_open(struct test_database *database);
void test_database_close(struct scope *scope);

/* The first value of a statement on a connection of its own (malloc'ed; "" for none). */
char *test_database_ask(const struct test_database *database, const char *statement);

#endif
