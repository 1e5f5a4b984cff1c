/* migrate_split.h - a script cut into its statements, so that an error can name its line */
#ifndef KEEL_DB_MIGRATE_SPLIT_H
#define KEEL_DB_MIGRATE_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

/* Where reading stands in a script. Begins as {text, text + length, 1}. */
struct sql_split {
    const char *at;
    const char *end;
    int line;
};

struct sql_statement {
    const char *text; /* its first word; not NUL-terminated, without the semicolon */
    size_t length;
    int line;                  /* of that first word, from 1 */
    bool controls_transaction; /* BEGIN, COMMIT and the like; savepoints do not count */
};

/*
 * The next statement; false at the end. Semicolons in quotes, dollar quotes, comments, parentheses
 * and the BEGIN ATOMIC bodies of functions do not end one. Nothing is judged here: what is
 * malformed goes to the server as it is.
 */
bool sql_split_next(struct sql_split *split, struct sql_statement *statement);

#endif
