/* file.h - a whole file in, a whole file out */
#ifndef KEEL_CLI_FILE_H
#define KEEL_CLI_FILE_H

#include "keel/core/buffer.h"
#include "keel/core/scope.h"

/*
 * Appends a file's text. With `found`, a file that does not exist is no error: it says whether
 * there is one. Fails with ERR_INTERNAL, naming the file.
 */
bool file_read(struct scope *scope, const char *path, struct buffer *text, bool *found);

/* Writes it in place of what is there. Fails with ERR_INTERNAL, naming the file. */
bool file_write(struct scope *scope, const char *path, const char *text, size_t length);

#endif
