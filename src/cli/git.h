/* git.h - what git says of a checkout */
#ifndef KEEL_CLI_GIT_H
#define KEEL_CLI_GIT_H

#include "keel/core/scope.h"

/*
 * Runs `git -C folder WORDS...` (ending with NULL) and gives what it printed, in the scope's arena.
 * Fails with ERR_INTERNAL where git is not there or says no; what it says goes to stderr.
 */
bool git_read(struct scope *scope, const char *folder, const char *const *words, const char **text);

/* A file that a commit, or what is not committed yet, made or changed. */
struct git_change {
    const char *path;
    char kind; /* 'A' added, 'M' modified, 'D' deleted */
};

struct git_changes {
    const char *commit; /* NULL: what is not committed yet */
    const struct git_change *list;
    size_t count;
};

/* What a commit did to files, or with NULL what was done since the last one. */
bool git_changes_of(struct scope *scope, const char *folder, const char *commit,
                    struct git_changes *changes);

/*
 * The file's text before these changes, "" where it was not there, and after them ("" where it is
 * gone).
 */
bool git_text_before(struct scope *scope, const char *folder, const struct git_changes *changes,
                     const struct git_change *change, const char **text);
bool git_text_after(struct scope *scope, const char *folder, const struct git_changes *changes,
                    const struct git_change *change, const char **text);

#endif
