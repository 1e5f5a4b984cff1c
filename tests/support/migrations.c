/* migrations.c - a database and a folder of migrations for one test */
#include "migrations.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_S 20

int migrations_make(void **state)
{
    struct migrations *made = calloc(1, sizeof *made);
    void *database = NULL;

    assert_non_null(made);
    test_database_make(&database);
    made->database = database;
    folder_make(made->folder);
    *state = made;
    return 0;
}

int migrations_drop(void **state)
{
    struct migrations *migrations = *state;
    void *database = migrations->database;

    test_database_drop(&database);
    folder_remove(migrations->folder);
    free(migrations);
    return 0;
}

void migrations_put(struct migrations *migrations, const char *name, const char *text)
{
    folder_write(migrations->folder, name, text, strlen(text));
}

static void read_set(struct migrations *migrations)
{
    test_database_renew(migrations->database);
    struct scope *scope = &migrations->database->scope;

    if (!migrations_read(scope, migrations->folder, &migrations->set))
        unit_fail("%s", scope->error.message);
}

bool migrations_up(struct migrations *migrations, int64_t target)
{
    read_set(migrations);
    return migrate_up(&migrations->database->scope, &migrations->set, target, false, WAIT_S, NULL);
}

bool migrations_down(struct migrations *migrations, int64_t target)
{
    read_set(migrations);
    return migrate_down(&migrations->database->scope, &migrations->set, target, false, WAIT_S,
                        NULL);
}

static void must(const struct migrations *migrations, bool done)
{
    const struct error *error = &migrations->database->scope.error;

    if (!done)
        unit_fail("%s (%s)", error->message, error->detail ? error->detail : "");
}

void migrations_must_up(struct migrations *migrations, int64_t target)
{
    must(migrations, migrations_up(migrations, target));
}

void migrations_must_down(struct migrations *migrations, int64_t target)
{
    must(migrations, migrations_down(migrations, target));
}

void migrations_must_say(const struct migrations *migrations, const char *part,
                         const char *other_part)
{
    const char *message = migrations->database->scope.error.message;

    assert_non_null(message);
    if (!strstr(message, part) || !strstr(message, other_part))
        unit_fail("message: %s", message);
}

void migrations_must_see(const struct migrations *migrations, const char *query, const char *value)
{
    char *found = test_database_ask(migrations->database, query);
    bool same = strcmp(found, value) == 0;

    if (!same)
        print_error("%s gave <%s>, not <%s>\n", query, found, value);
    free(found);
    assert_true(same);
}
