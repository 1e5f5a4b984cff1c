/* plan.h - files that are to be made or changed together: all of them, or none */
#ifndef KEEL_CLI_PLAN_H
#define KEEL_CLI_PLAN_H

#include "cli.h"

#define PLAN_FILE_MAX 16

struct plan_file {
    const char *path;   /* below the source folder */
    const char *before; /* NULL: it is not there */
    const char *after;  /* NULL: it goes */
};

/*
 * With `takes_back` the same calls plan the reverse: they take out what they would have put in, and
 * refuse where that is no longer as it was made.
 */
struct plan {
    struct scope *scope;
    const char *folder; /* the source folder */
    bool takes_back;
    struct plan_file files[PLAN_FILE_MAX];
    size_t count;
};

/* Begins a plan for the checkout in `folder`. Fails with ERR_NOT_FOUND when that is none. */
bool plan_begin(struct plan *plan, struct scope *scope, const char *folder, bool takes_back);

/* A new file. Fails with ERR_CONFLICT when there is one of that name already. */
bool plan_create(struct plan *plan, const char *path, const char *text);

/* Where text goes into a file that is there. */
struct plan_spot {
    const char *after;  /* behind the first line that is this one; NULL: from the top */
    const char *before; /* in front of the next line that begins so; NULL: at the end */
};

/* Fails with ERR_CONFLICT where the file has no such spot, or the text already. */
bool plan_insert(struct plan *plan, const char *path, struct plan_spot spot, const char *text);

/*
 * Writes everything. Where something cannot be written, what was written before is put back as it
 * was. Fails with ERR_INTERNAL, naming the file.
 */
bool plan_carry_out(const struct plan *plan);

/* The text of a file below the source folder; *text is NULL where there is none. */
bool plan_read(const struct plan *plan, const char *path, const char **text);

#endif
