/* migrate_files.c - the set of migrations, from the program itself or from a folder */
#include "keel/db/migrate.h"

#include "embedded.h"
#include "keel/core/text.h"
#include "migrate_parse.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Nobody writes such a migration by hand; a dump of this size belongs into psql. */
#define FILE_LIMIT  ((size_t)16 * 1024 * 1024)
#define UP_ENDING   ".up.sql"
#define DOWN_ENDING ".down.sql"

/* A file's name taken apart: 0003_items.up.sql */
struct file_name {
    int64_t version;
    const char *name;
    bool up;
};

struct collection {
    struct migration *list;
    size_t count;
    size_t capacity;
};

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), tail = strlen(ending);

    return length > tail && strcmp(text + length - tail, ending) == 0;
}

static bool split_name(struct scope *scope, const char *file, struct file_name *parts)
{
    bool up = ends_with(file, UP_ENDING);
    size_t digits = strspn(file, "0123456789");
    size_t stem = strlen(file) - strlen(up ? UP_ENDING : DOWN_ENDING);
    size_t name = strspn(file + digits, "abcdefghijklmnopqrstuvwxyz0123456789_");

    if ((!up && !ends_with(file, DOWN_ENDING)) || file[digits] != '_' || name < 2 ||
        digits + name != stem || !text_to_int(file, digits, &parts->version) || parts->version < 1)
        return fail(
            scope, ERR_VALIDATION,
            "%s: is no migration's name; write 0001_name.up.sql or 0001_name.down.sql with a "
            "number from 1 and lower-case letters, digits and underscores.",
            file);
    parts->name = scope_copy(scope, file + digits + 1, name - 1);
    parts->up = up;
    return parts->name != NULL;
}

/* Room for one more. */
static bool make_room(struct scope *scope, struct collection *found)
{
    if (found->count < found->capacity)
        return true;
    size_t capacity = found->capacity ? 2 * found->capacity : 32;
    void *list = arena_grow(&scope->arena, found->list, found->capacity * sizeof *found->list,
                            capacity * sizeof *found->list);

    if (!list) {
        fail_memory(scope);
        return false;
    }
    found->list = list;
    found->capacity = capacity;
    return true;
}

/* The entry of this version, made when it is new; NULL when there is no memory. */
static struct migration *find_or_add(struct scope *scope, struct collection *found, int64_t version)
{
    for (size_t i = 0; i < found->count; i++) {
        if (found->list[i].version == version)
            return &found->list[i];
    }
    if (!make_room(scope, found))
        return NULL;
    struct migration *entry = &found->list[found->count++];

    *entry = (struct migration){.version = version};
    return entry;
}

static bool add_up(struct scope *scope, struct migration *entry, const char *file,
                   const struct migration_text *parsed)
{
    entry->up = parsed->text;
    entry->up_file = file;
    entry->purpose = parsed->purpose;
    entry->in_transaction = parsed->in_transaction;
    return migration_checksum(scope, parsed->text, entry->checksum);
}

static bool add_file(struct scope *scope, struct collection *found, const char *file,
                     const char *bytes, size_t length)
{
    struct file_name parts = {0};
    struct migration_text parsed;

    if (!split_name(scope, file, &parts) || !migration_parse(scope, file, bytes, length, &parsed))
        return false;
    struct migration *entry = find_or_add(scope, found, parts.version);

    if (!entry)
        return false;
    const char *other = parts.up ? entry->up_file : entry->down_file;

    if (!other && entry->name && strcmp(entry->name, parts.name) != 0)
        other = entry->up_file ? entry->up_file : entry->down_file;
    if (other)
        return fail(scope, ERR_VALIDATION,
                    "%s and %s have the same number; give one of them another.", other, file);
    entry->name = parts.name;
    if (parts.up)
        return add_up(scope, entry, file, &parsed);
    entry->down = parsed.text;
    entry->down_file = file;
    entry->down_in_transaction = parsed.in_transaction;
    return true;
}

static int compare_versions(const void *a, const void *b)
{
    const struct migration *left = a, *right = b;

    return (left->version > right->version) - (left->version < right->version);
}

static bool finish(struct scope *scope, struct collection *found, struct migration_set *set)
{
    for (size_t i = 0; i < found->count; i++) {
        if (!found->list[i].up)
            return fail(scope, ERR_VALIDATION, "%s: has no file %.*s%s beside it.",
                        found->list[i].down_file,
                        (int)(strlen(found->list[i].down_file) - strlen(DOWN_ENDING)),
                        found->list[i].down_file, UP_ENDING);
    }
    if (found->count)
        qsort(found->list, found->count, sizeof *found->list, compare_versions);
    *set = (struct migration_set){found->list, found->count};
    return true;
}

bool migrations_embedded(struct scope *scope, struct migration_set *set)
{
    struct collection found = {0};

    for (size_t i = 0; i < embedded_migrations_count; i++) {
        const struct embedded_file *file = &embedded_migrations[i];

        if (!add_file(scope, &found, file->name, file->text, file->length))
            return false;
    }
    return finish(scope, &found, set);
}

int64_t migrations_expected(void)
{
    int64_t newest = 0;

    for (size_t i = 0; i < embedded_migrations_count; i++) {
        const char *name = embedded_migrations[i].name;
        int64_t version;

        if (text_to_int(name, strspn(name, "0123456789"), &version) && version > newest)
            newest = version;
    }
    return newest;
}

static bool fail_file(struct scope *scope, const char *path)
{
    return fail(scope, ERR_VALIDATION, "%s: cannot be read: %s.", path, strerror(errno));
}

static bool read_stream(struct scope *scope, FILE *stream, const char *path, char **bytes,
                        size_t *length)
{
    struct stat status;

    if (fstat(fileno(stream), &status) != 0)
        return fail_file(scope, path);
    if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size > FILE_LIMIT)
        return fail(scope, ERR_VALIDATION, "%s: is no file of at most 16 MiB.", path);
    *bytes = scope_alloc(scope, (size_t)status.st_size + 1);
    if (!*bytes)
        return false;
    *length = fread(*bytes, 1, (size_t)status.st_size, stream);
    return ferror(stream) ? fail_file(scope, path) : true;
}

static bool read_file(struct scope *scope, const char *path, char **bytes, size_t *length)
{
    FILE *stream = fopen(path, "rbe");

    if (!stream)
        return fail_file(scope, path);
    bool done = read_stream(scope, stream, path, bytes, length);

    fclose(stream);
    return done;
}

static bool take_entry(struct scope *scope, struct collection *found, const char *folder,
                       const char *entry)
{
    const char *file = scope_copy(scope, entry, strlen(entry));
    const char *path = scope_format(scope, "%s/%s", folder, entry);
    char *bytes = NULL;
    size_t length = 0;

    return file && path && read_file(scope, path, &bytes, &length) &&
           add_file(scope, found, file, bytes, length);
}

bool migrations_read(struct scope *scope, const char *folder, struct migration_set *set)
{
    DIR *stream = opendir(folder);
    struct collection found = {0};
    bool done = true;

    if (!stream)
        return fail_file(scope, folder);
    errno = 0;
    for (struct dirent *entry; done && (entry = readdir(stream)) != NULL; errno = 0) {
        /* Editors keep their copies under names that begin with a point. */
        if (*entry->d_name != '.' && ends_with(entry->d_name, ".sql"))
            done = take_entry(scope, &found, folder, entry->d_name);
    }
    if (done && errno)
        done = fail_file(scope, folder);
    closedir(stream);
    return done && finish(scope, &found, set);
}
