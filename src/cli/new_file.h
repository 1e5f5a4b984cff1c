/* new_file.h - a file that is there when it is whole, and not before */
#ifndef KEEL_CLI_NEW_FILE_H
#define KEEL_CLI_NEW_FILE_H

#include "keel/core/scope.h"

struct new_file {
    int fd;           /* -1: not open */
    const char *path; /* as it is to be called; NULL: standard output */
    char *beside;     /* what it is called until then; NULL: nothing stands in for it */
};

/*
 * Opens a file beside `path`; standard output for "-", and what is no ordinary file (a pipe, a
 * device) directly. Fails with ERR_UNAVAILABLE, naming it.
 */
bool new_file_open(struct scope *scope, const char *path, struct new_file *file);

/* Puts it in its place, in which there was nothing or an older file. It is closed either way. */
bool new_file_keep(struct scope *scope, struct new_file *file);

/* Leaves nothing behind. Does nothing where it is closed. */
void new_file_drop(struct new_file *file);

#endif
