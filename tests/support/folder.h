/* folder.h - a temporary folder with files in it */
#ifndef KEEL_TESTS_SUPPORT_FOLDER_H
#define KEEL_TESTS_SUPPORT_FOLDER_H

#include <stddef.h>

#define FOLDER_PATH_SIZE 64

/* Makes an empty folder below TMPDIR or /tmp; `path` takes FOLDER_PATH_SIZE bytes. */
void folder_make(char *path);

/* Writes a file of `length` bytes into it, over an older one. */
void folder_write(const char *folder, const char *name, const void *bytes, size_t length);

/* Removes it with its files. */
void folder_remove(const char *path);

#endif
