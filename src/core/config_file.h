/* config_file.h - the lines of a settings file */
#ifndef KEEL_CORE_CONFIG_FILE_H
#define KEEL_CORE_CONFIG_FILE_H

#include "keel/core/scope.h"

/* One NAME=value line; the value is all behind the first '=', taken literally. */
struct config_line {
    struct config_line *next;
    size_t number; /* from 1 */
    const char *name;
    const char *value;
};

/*
 * Reads the file into the scope's arena, its lines in order, without comments and empty ones. Fails
 * with ERR_VALIDATION, naming the file and where it can the line, but never what stands in it: that
 * may be a secret.
 */
bool config_file_read(struct scope *scope, const char *path, struct config_line **lines);

#endif
