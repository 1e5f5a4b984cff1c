/* asking.h - short ways to run statements in tests of the database layer */
#ifndef KEEL_TESTS_SUPPORT_ASKING_H
#define KEEL_TESTS_SUPPORT_ASKING_H

#include "database.h"

/* A unit of work on a handle of its own, not connected yet; asking_end() takes both back. */
void asking_begin(struct scope *scope, const struct config *config, const char *url);
void asking_end(struct scope *scope);

/* Runs a statement given as text; its parameters as PARAMS(...) has them. */
bool asking_query(struct scope *scope, const char *text, struct params params, struct rows *rows);

/* Runs one without parameters, which must succeed, and gives its first value ("" for none). */
const char *asking_text(struct scope *scope, const char *text);

/* The same, and the test fails where the value is another one. */
void asking_expect(struct scope *scope, const char *text, const char *value);

/* The unit failed with this kind; prints its error where it did not. */
void asking_failed(const struct scope *scope, enum error_kind kind);

/*
 * Ends the server's side of the connection, as an operator or a failover does, and waits until it
 * is gone.
 */
void asking_terminate(const struct test_database *database, struct scope *scope);

/* As asking_text() on a connection of its own: what others see. */
void asking_outside(const struct test_database *database, const char *text, const char *value);

#endif
