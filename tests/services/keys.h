/* keys.h - a folder of keys and what a process knows of it, for tests of the keys of tokens */
#ifndef KEEL_TESTS_SERVICES_KEYS_H
#define KEEL_TESTS_SERVICES_KEYS_H

#include "keel/services/key_folder.h"

#include "../support/folder.h"
#include "tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct keys_fixture {
    char folder[FOLDER_PATH_SIZE];
    struct config config;
    struct scope scope;
};

static inline int keys_begin(void **state)
{
    struct keys_fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    folder_make(fixture->folder);
    fixture->config = tokens_config;
    fixture->config.jwt_secret = "";
    fixture->config.key_folder = fixture->folder;
    scope_begin(&fixture->scope, &fixture->config, NULL, NULL);
    *state = fixture;
    return 0;
}

static inline int keys_end(void **state)
{
    struct keys_fixture *fixture = *state;

    token_keys_close(fixture->scope.token_keys);
    scope_end(&fixture->scope);
    folder_remove(fixture->folder);
    free(fixture);
    return 0;
}

/* The last call failed so; the scope is then as before. */
static inline void keys_refused(struct keys_fixture *fixture, bool done, enum error_kind kind,
                                const char *says)
{
    struct error *error = &fixture->scope.error;

    if (done || error->kind != kind || !strstr(error->message, says))
        unit_fail("%s: %s\n", says, error->message ? error->message : "it was done");
    scope_clear_error(&fixture->scope);
}

static inline void keys_add(struct keys_fixture *fixture, const char *kid,
                            enum token_algorithm algorithm)
{
    bool signs;

    if (!key_folder_add(&fixture->scope, kid, algorithm, &signs))
        unit_fail("%s: %s\n", kid, fixture->scope.error.message);
}

static inline void keys_write(struct keys_fixture *fixture, const char *name, const char *text)
{
    char path[FOLDER_PATH_SIZE + 80];

    folder_write(fixture->folder, name, text, strlen(text));
    snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
    assert_int_equal(chmod(path, 0600), 0);
}

static inline mode_t keys_mode(struct keys_fixture *fixture, const char *name)
{
    char path[FOLDER_PATH_SIZE + 80];
    struct stat found;

    snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
    return stat(path, &found) == 0 ? found.st_mode & 07777 : 0;
}

#define KEYS_TEST(sentence, function)                                                              \
    {                                                                                              \
        sentence, function, keys_begin, keys_end, NULL                                             \
    }

#endif
