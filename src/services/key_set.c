/* key_set.c - all keys of the settings: one in jwt_secret, the others in files */
#include "key_set.h"

#include "keel/core/config.h"
#include "token_jwk.h"
#include "token_key.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KID_MAX 64

static const char *const names[TOKEN_ALGORITHM_COUNT] = {
    [TOKEN_HS256] = "HS256", [TOKEN_RS256] = "RS256", [TOKEN_ES256] = "ES256"};

const char *token_algorithm_name(enum token_algorithm algorithm)
{
    return names[algorithm];
}

bool token_algorithm_from_name(const char *name, enum token_algorithm *algorithm)
{
    for (int i = 0; i < TOKEN_ALGORITHM_COUNT; i++) {
        if (strcmp(names[i], name) == 0) {
            *algorithm = (enum token_algorithm)i;
            return true;
        }
    }
    return false;
}

bool token_kid_is_valid(const char *kid)
{
    size_t length = strspn(kid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    return length >= 1 && length <= KID_MAX && kid[length] == '\0';
}

bool key_folder_is_set(const struct config *config)
{
    return config->key_folder && *config->key_folder;
}

/* Keys being gathered. */
struct gathering {
    struct scope *scope;
    struct arena *arena;
    struct token_key *list;
    size_t count, capacity;
};

static bool add_key(struct gathering *gathering, const struct token_key *key)
{
    for (size_t i = 0; i < gathering->count; i++) {
        if (strcmp(gathering->list[i].kid, key->kid) == 0)
            return fail(gathering->scope, ERR_INTERNAL, "There are two keys with the kid %s",
                        key->kid);
    }
    if (gathering->count == gathering->capacity) {
        size_t size = gathering->capacity * sizeof *key;
        void *grown = arena_grow(gathering->arena, gathering->list, size, size + 8 * sizeof *key);

        if (!grown)
            return fail_memory(gathering->scope);
        gathering->list = grown;
        gathering->capacity += 8;
    }
    gathering->list[gathering->count++] = *key;
    return true;
}

/* An empty secret would make every token ours. */
static bool add_setting(struct gathering *gathering)
{
    const struct config *config = gathering->scope->config;
    const struct token_key key = {.kid = config->jwt_kid,
                                  .algorithm = TOKEN_HS256,
                                  .signing = config->jwt_secret,
                                  .verifying = config->jwt_secret};

    return !config->jwt_secret || !*config->jwt_secret || add_key(gathering, &key);
}

/* The length of the kid in a file's name with this end; 0: it is none. */
static size_t measure_kid(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);

    return *name != '.' && length > tail && strcmp(name + length - tail, end) == 0 ? length - tail
                                                                                   : 0;
}

static bool add_file(struct gathering *gathering, const char *folder, const char *name)
{
    struct arena *arena = gathering->arena;
    size_t pem = measure_kid(name, KEY_PEM_END), secret = measure_kid(name, KEY_SECRET_END);
    const char *path = arena_format(arena, "%s/%s", folder, name);
    struct token_key key = {.kid = arena_copy(arena, name, pem + secret)};
    bool gone;

    if (!path || !key.kid)
        return fail_memory(gathering->scope);
    if (pem + secret == 0)
        return true;
    if (!token_kid_is_valid(key.kid))
        return fail(gathering->scope, ERR_INTERNAL,
                    "%s cannot name a key: at most 64 of A-Z, a-z, 0-9, _ and -", path);
    if (token_key_read(gathering->scope, arena, path, secret > 0, &key, &gone))
        return add_key(gathering, &key);
    if (!gone)
        return false;
    /* It was removed since the folder was listed. */
    scope_clear_error(gathering->scope);
    return true;
}

static bool fail_folder(struct scope *scope, const char *folder)
{
    return fail(scope, ERR_INTERNAL, "The folder of keys %s cannot be read: %s", folder,
                strerror(errno));
}

static bool add_folder(struct gathering *gathering, const char *folder)
{
    DIR *stream = opendir(folder);
    const struct dirent *entry = NULL;
    bool done = true;

    if (!stream)
        return fail_folder(gathering->scope, folder);
    while (done && (errno = 0, entry = readdir(stream)))
        done = add_file(gathering, folder, entry->d_name);
    if (done && errno != 0)
        done = fail_folder(gathering->scope, folder);
    closedir(stream);
    return done;
}

/* What the file holds; "" where there is none. */
static bool read_signing(struct scope *scope, const char *folder, const char *path, char *text,
                         size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    *text = '\0';
    if (fd < 0)
        return errno == ENOENT || fail_folder(scope, folder);
    ssize_t length = read(fd, text, size - 1);

    close(fd);
    text[length > 0 ? length : 0] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    return token_kid_is_valid(text) || fail(scope, ERR_INTERNAL, "%s names no key", path);
}

bool key_folder_read_signing(struct scope *scope, struct arena *arena, const char *folder,
                             const char **kid)
{
    const char *path = arena_format(arena, "%s/" KEY_SIGNING_FILE, folder);
    char text[KID_MAX + 2];

    *kid = NULL;
    if (!path)
        return fail_memory(scope);
    if (!read_signing(scope, folder, path, text, sizeof text))
        return false;
    if (!*text)
        return true;
    *kid = arena_copy(arena, text, strlen(text));
    return *kid || fail_memory(scope);
}

const struct token_key *key_set_find(const struct key_set *set, const char *kid)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->list[i].kid, kid) == 0)
            return &set->list[i];
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct token_key *)a)->kid, ((const struct token_key *)b)->kid);
}

static bool find_signer(struct scope *scope, const char *kid, struct key_set *set)
{
    if (!kid && scope->config->jwt_secret && *scope->config->jwt_secret)
        kid = scope->config->jwt_kid;
    if (!kid)
        return true;
    set->signer = key_set_find(set, kid);
    return (set->signer && set->signer->signing) ||
           fail(scope, ERR_INTERNAL, "The key %s is to sign, and is not there or only verifies",
                kid);
}

/* Which one signs is read first: whoever changes that has put the key there before. */
bool key_set_read(struct scope *scope, struct arena *arena, struct key_set *set)
{
    const char *folder = scope->config->key_folder;
    struct gathering gathering = {.scope = scope, .arena = arena};
    const char *signing = NULL;

    if (!add_setting(&gathering))
        return false;
    if (key_folder_is_set(scope->config) &&
        !(key_folder_read_signing(scope, arena, folder, &signing) &&
          add_folder(&gathering, folder)))
        return false;
    if (gathering.count)
        qsort(gathering.list, gathering.count, sizeof *gathering.list, compare);
    *set = (struct key_set){.list = gathering.list, .count = gathering.count};
    set->jwks = token_jwks_write(scope, arena, set);
    return set->jwks && find_signer(scope, signing, set);
}
