/* key_file.h - a folder of keys, locked by who changes it, and its files */
#ifndef KEEL_SERVICES_KEY_FILE_H
#define KEEL_SERVICES_KEY_FILE_H

#include "keel/core/scope.h"

#include <sys/stat.h>

struct key_folder {
    const char *path;
    int fd;
    struct stat found;
};

/* Opens the setting's folder, making it where there is none, and waits for whoever changes it. */
bool key_folder_open(struct scope *scope, struct key_folder *folder);
void key_folder_close(struct key_folder *folder);

/* Claim: it has a file of this name. */
bool key_file_exists(const struct key_folder *folder, const char *name);

/*
 * Writes a file, whole or not at all, over an older one only where it `replaces` one. It belongs to
 * the folder's owner, and its group may read what it may read there.
 */
bool key_file_write(struct scope *scope, const struct key_folder *folder, const char *name,
                    const char *text, bool replaces);

/* Removes a file; one that is not there is no error. */
bool key_file_remove(struct scope *scope, const struct key_folder *folder, const char *name);

#endif
