/* checklist.h - what every endpoint must have, and whether it has it */
#ifndef KEEL_CLI_CHECKLIST_H
#define KEEL_CLI_CHECKLIST_H

#include "cli.h"
#include "keel/db/db.h"
#include "keel/http/route.h"
#include "results.h"
#include "table.h"

/* Where it is looked up. What is NULL is not looked at. */
struct checklist {
    struct cli *cli;
    const char *source;      /* a checkout, with results and reference */
    const char *seen;        /* lines "items.get 404": the answers that the tests of the API had */
    const char *reference;   /* docs/API_REFERENCE.md */
    struct results results;  /* of the tests; its text may be NULL */
    struct rows permissions; /* those that some role has */
};

/* Reads the files; `seen` may be NULL. */
bool checklist_open(struct cli *cli, const char *source, const char *seen, const char *results,
                    struct checklist *checklist);

/* Reads what the database must say of endpoints, before anything has failed. */
bool checklist_read(struct checklist *checklist);

/*
 * Checks every endpoint of the program against database and checkout and prints a table where
 * `shows` says so. Records a field error, named after the endpoint, for each thing that is missing.
 */
bool checklist_run(struct checklist *checklist, bool shows);

/* One endpoint on its way through the checks; each gives the text of its cell. */
struct checklist_row {
    struct checklist *checklist;
    const struct module *module;
    const struct route *route;
    const char *file; /* text of the module's file; NULL: no checkout, or no such file */
    bool is_generic;  /* the handler is one of crud.h */
};

/* Records that the endpoint lacks something; returns "missing". */
const char *checklist_miss(const struct checklist_row *row, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* checklist_tests.c: unit test, and the statuses that were really answered. */
const char *checklist_unit(const struct checklist_row *row);
const char *checklist_api(const struct checklist_row *row);

/* Whether what any endpoint may answer (429, 500, 503 ...) was seen of one at least. */
void checklist_common(struct checklist *checklist);

/* The name of a header of src/services that the file includes, from *at on; NULL: no more. */
const char *checklist_next_service(struct scope *scope, const char **at);

#endif
