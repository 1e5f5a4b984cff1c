/* drift_totals.c - whether the database counts what the column tables say is counted */
#include "drift.h"

#include <stdio.h>
#include <string.h>

/* An identifier of PostgreSQL has at most 63 bytes. */
#define NAME_SIZE 128

static bool report(struct scope *scope, const struct model *model, const char *column,
                   const char *what)
{
    const char *field =
        column ? scope_format(scope, "%s%s%s", model->table, *column ? "." : "", column) : NULL;

    return field && fail_field(scope, field, "counted", "%s: %s", field, what);
}

/* The trigger that count_rows() makes for an event; NULL when there is none. */
static const struct catalog_object *find_trigger(const struct model *model,
                                                 const struct catalog *catalog, const char *event)
{
    char name[NAME_SIZE];

    snprintf(name, sizeof name, "%s_count_%s", model->table, event);
    return catalog_find(catalog, model->table, "trigger", name);
}

static bool check_triggers(struct scope *scope, const struct model *model,
                           const struct catalog *catalog)
{
    static const char *const events[] = {"insert", "update", "delete", "truncate"};
    size_t there = 0, all = sizeof events / sizeof events[0];

    for (size_t i = 0; i < all; i++) {
        const struct catalog_object *trigger = find_trigger(model, catalog, events[i]);

        there += trigger && !strstr(trigger->definition, " (disabled)");
    }
    if (model->counted && there < all)
        return report(scope, model, "",
                      "is counted in the column table, but not by triggers of the database (CALL "
                      "count_rows)");
    if (!model->counted && there > 0)
        return report(scope, model, "", "is counted in the database, not in the column table");
    return true;
}

/* A name within a longer text. */
struct part {
    const char *text;
    size_t length;
};

/* What count_rows() gives its triggers as arguments, `'a', 'b')`: the names of the key columns. */
static const char *arguments_of(const struct model *model, const struct catalog *catalog)
{
    const struct catalog_object *trigger = find_trigger(model, catalog, "insert");
    const char *text = trigger ? strstr(trigger->definition, "EXECUTE FUNCTION ") : NULL;

    return text ? text : "";
}

/* Moves *text behind its next argument; false at the end. */
static bool next_argument(const char **text, struct part *argument)
{
    const char *begin = strchr(*text, '\'');
    const char *end = begin ? strchr(begin + 1, '\'') : NULL;

    if (!end)
        return false;
    *argument = (struct part){begin + 1, (size_t)(end - begin - 1)};
    *text = end + 1;
    return true;
}

static bool is_named(const struct column *column, const struct part *name)
{
    return strlen(column->name) == name->length &&
           memcmp(column->name, name->text, name->length) == 0;
}

static bool is_argument(const struct column *column, const char *text)
{
    struct part argument;

    while (next_argument(&text, &argument)) {
        if (is_named(column, &argument))
            return true;
    }
    return false;
}

static bool is_counted(const struct model *model, const struct part *name)
{
    for (size_t i = 0; i < model->column_count; i++) {
        if (model->columns[i].uses & COUNTED && is_named(&model->columns[i], name))
            return true;
    }
    return false;
}

static bool check_keys(struct scope *scope, const struct model *model,
                       const struct catalog *catalog)
{
    const char *text = arguments_of(model, catalog);
    struct part argument;
    bool same = true;

    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if (column->uses & COUNTED && !is_argument(column, text))
            same = report(scope, model, column->name,
                          "is COUNTED in the column table, not by the database's triggers");
    }
    while (next_argument(&text, &argument)) {
        if (!is_counted(model, &argument))
            same = report(scope, model,
                          scope_format(scope, "%.*s", (int)argument.length, argument.text),
                          "is counted by the database's triggers, not COUNTED in the column table");
    }
    return same;
}

bool drift_check_totals(struct scope *scope, const struct model *model,
                        const struct catalog *catalog)
{
    return check_triggers(scope, model, catalog) &&
           (!model->counted || check_keys(scope, model, catalog));
}
