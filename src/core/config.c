/* config.c - puts the settings together: environment over file over defaults */
#include "keel/core/config.h"

#include "config_file.h"
#include "config_value.h"
#include "keel/core/build.h"
#include "keel/core/secret.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* One key's text on its way to the value. */
struct candidate {
    const char *text;
    enum config_source source;
};

const char *config_environment_name(enum config_environment environment)
{
    static const char *const names[] = {
        [ENV_DEVELOPMENT] = "development",
        [ENV_TESTING] = "testing",
        [ENV_PRODUCTION] = "production",
    };

    return names[environment];
}

/*
 * The key whose variable is the first `length` bytes of `name`; config_key_count when there is
 * none.
 */
static size_t find_key(const char *name, size_t length)
{
    size_t i = 0;

    while (i < config_key_count && (strncmp(config_keys[i].variable, name, length) != 0 ||
                                    config_keys[i].variable[length] != '\0'))
        i++;
    return i;
}

/* What stands behind "NAME=" in the environment, NULL when the name is not there. */
static const char *find_variable(char *const *environment, const char *name)
{
    size_t length = strlen(name);

    for (; *environment; environment++) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    }
    return NULL;
}

static bool take_line(struct scope *scope, const char *path, const struct config_line *line,
                      struct candidate *candidates)
{
    size_t i = find_key(line->name, strlen(line->name));

    if (i == config_key_count) {
        if (strncmp(line->name, "KEEL_", 5) != 0)
            return true;
        return fail_field(scope, line->name, "unknown", "%s:%zu: there is no setting %s.", path,
                          line->number, line->name);
    }
    if (candidates[i].source == CONFIG_FROM_FILE)
        return fail_field(scope, line->name, "duplicate", "%s:%zu: %s is given twice.", path,
                          line->number, line->name);
    candidates[i] = (struct candidate){line->value, CONFIG_FROM_FILE};
    return true;
}

/* All lines are looked at, so that all mistakes are told at once. */
static bool take_file(struct scope *scope, const char *path, struct candidate *candidates)
{
    struct config_line *lines;
    bool ok = true;

    if (!config_file_read(scope, path, &lines))
        return false;
    for (; lines; lines = lines->next)
        ok = take_line(scope, path, lines, candidates) && ok;
    return ok;
}

static bool take_environment(struct scope *scope, char *const *environment,
                             struct candidate *candidates)
{
    for (; *environment; environment++) {
        const char *equals = strchr(*environment, '=');

        if (!equals)
            continue;
        size_t i = find_key(*environment, (size_t)(equals - *environment));

        if (i == config_key_count || candidates[i].source == CONFIG_FROM_ENVIRONMENT)
            continue;
        /* Copied, because whoever gave the environment may change it. */
        const char *text = scope_copy(scope, equals + 1, strlen(equals + 1));

        if (!text)
            return false;
        candidates[i] = (struct candidate){text, CONFIG_FROM_ENVIRONMENT};
    }
    return true;
}

/* Once, as each page of each list is signed with it. */
static bool make_cursor_key(struct scope *scope, struct config *config)
{
    unsigned char hash[SECRET_MAC_SIZE];

    _Static_assert(sizeof config->cursor_key <= sizeof hash, "a hash has bytes enough");
    if (!secret_hash(config->cursor_secret, strlen(config->cursor_secret), hash))
        return fail_memory(scope);
    memcpy(config->cursor_key, hash, sizeof config->cursor_key);
    return true;
}

/* Reads every candidate; all field errors are gathered. */
static bool take_values(struct scope *scope, const struct candidate *candidates,
                        struct config *config)
{
    bool ok = true;

    *config = (struct config){0};
    for (size_t i = 0; i < config_key_count; i++)
        ok = config_value_read(scope, &config_keys[i], candidates[i].text, config) && ok;
    /* Rules between settings say nothing where one of them is not there. */
    if (!ok)
        return false;
    if (*config->migration_database_url == '\0')
        config->migration_database_url = config->database_url;
    return config_check(scope, config) && make_cursor_key(scope, config);
}

static bool list_entries(struct scope *scope, const struct candidate *candidates,
                         struct config_entry **entries)
{
    *entries = scope_alloc(scope, config_key_count * sizeof **entries);
    if (!*entries)
        return false;
    for (size_t i = 0; i < config_key_count; i++) {
        bool hidden = config_keys[i].secret && *candidates[i].text != '\0';

        (*entries)[i] = (struct config_entry){
            .key = &config_keys[i],
            .value = hidden ? "(hidden)" : candidates[i].text,
            .source = candidates[i].source,
        };
    }
    return true;
}

/* Only that of an installed program may be missing. */
const char *config_find_file(char *const *environment)
{
    const char *path = find_variable(environment, "KEEL_CONFIG");

    if (path)
        return path;
    return access(build_config_file, F_OK) != 0 && errno == ENOENT ? "" : build_config_file;
}

bool config_load(struct scope *scope, char *const *environment, struct config *config,
                 struct config_entry **entries)
{
    struct candidate *candidates = scope_alloc(scope, config_key_count * sizeof *candidates);
    const char *path = config_find_file(environment);

    if (!candidates)
        return false;
    for (size_t i = 0; i < config_key_count; i++)
        candidates[i].text = config_keys[i].standard;
    if (*path && !take_file(scope, path, candidates))
        return false;
    if (!take_environment(scope, environment, candidates) ||
        !take_values(scope, candidates, config))
        return false;
    return !entries || list_entries(scope, candidates, entries);
}
