/* changes.c - what a migration did to the schema, as lines of a report */
#include "changes.h"

#include "report.h"

#include <string.h>

enum change_sign { ADDED, MODIFIED, REMOVED };

static enum change_sign sign_of(const struct catalog_change *change)
{
    if (!change->before)
        return ADDED;
    return change->after ? MODIFIED : REMOVED;
}

static const struct catalog_object *object_of(const struct catalog_change *change)
{
    return change->after ? change->after : change->before;
}

static bool is_kind(const struct catalog_object *object, const char *kind)
{
    return strcmp(object->kind, kind) == 0;
}

/* Claim: the change is part of its whole table's coming or going, which has a line of its own. */
static bool is_folded(const struct catalog_diff *diff, const struct catalog_change *change)
{
    const char *table = object_of(change)->table;

    for (size_t i = 0; *table && i < diff->count; i++) {
        const struct catalog_object *other = object_of(&diff->list[i]);

        if (is_kind(other, "table") && strcmp(other->name, table) == 0)
            return sign_of(&diff->list[i]) == sign_of(change) && sign_of(change) != MODIFIED;
    }
    return false;
}

/* "2 indexes": so many objects of a kind that belong to the table. */
static void add_count(struct buffer *out, const struct catalog_diff *diff, const char *table,
                      const char *kind, const char *plural)
{
    size_t count = 0;

    for (size_t i = 0; i < diff->count; i++) {
        const struct catalog_object *object = object_of(&diff->list[i]);

        count += strcmp(object->table, table) == 0 && is_kind(object, kind);
    }
    if (count)
        buffer_add_format(out, "; %zu %s", count, count == 1 ? kind : plural);
}

/* The table's next column behind this position; NULL behind the last. */
static const struct catalog_object *next_column(const struct catalog_diff *diff, const char *table,
                                                int64_t position)
{
    const struct catalog_object *next = NULL;

    for (size_t i = 0; i < diff->count; i++) {
        const struct catalog_object *object = object_of(&diff->list[i]);

        if (strcmp(object->table, table) == 0 && is_kind(object, "column") &&
            object->position > position && (!next || object->position < next->position))
            next = object;
    }
    return next;
}

static void write_table(struct buffer *out, const struct catalog_diff *diff, const char *name)
{
    const struct catalog_object *column = next_column(diff, name, 0);

    buffer_add_format(out, "    table %s (", name);
    while (column) {
        buffer_add_text(out, column->name);
        column = next_column(diff, name, column->position);
        buffer_add_text(out, column ? ", " : "");
    }
    add_count(out, diff, name, "constraint", "constraints");
    add_count(out, diff, name, "index", "indexes");
    add_count(out, diff, name, "trigger", "triggers");
    buffer_add_text(out, ")\n");
}

/* Bodies of functions and views are for the files, not for a report. */
static bool has_short_definition(const struct catalog_object *object)
{
    return is_kind(object, "column") || is_kind(object, "constraint") || is_kind(object, "enum") ||
           is_kind(object, "domain") || is_kind(object, "extension");
}

static void write_change(struct buffer *out, const struct catalog_diff *diff,
                         const struct catalog_change *change)
{
    const struct catalog_object *object = object_of(change);

    if (is_kind(object, "table") && sign_of(change) != MODIFIED) {
        write_table(out, diff, object->name);
        return;
    }
    if (is_kind(object, "column"))
        buffer_add_format(out, "    column %s.%s", object->table, object->name);
    else
        buffer_add_format(out, "    %s %s%s%s", object->kind, object->name,
                          *object->table ? " on " : "", object->table);
    if (has_short_definition(object) && sign_of(change) == MODIFIED)
        buffer_add_format(out, ": %s -> %s", change->before->definition, change->after->definition);
    else if (has_short_definition(object) && sign_of(change) == ADDED)
        buffer_add_format(out, ": %s", object->definition);
    buffer_add_char(out, '\n');
}

static void write_group(struct buffer *out, const struct catalog_diff *diff, enum change_sign sign,
                        const char *label)
{
    size_t written = 0;

    report_heading(out, 1, label);
    for (size_t i = 0; i < diff->count; i++) {
        const struct catalog_change *change = &diff->list[i];

        if (sign_of(change) == sign && !is_folded(diff, change)) {
            write_change(out, diff, change);
            written++;
        }
    }
    if (written == 0)
        report_item(out, 2, "nothing");
}

void changes_write(struct buffer *out, const struct catalog_diff *diff)
{
    report_heading(out, 0, "Changes");
    write_group(out, diff, ADDED, "Added");
    write_group(out, diff, MODIFIED, "Modified");
    write_group(out, diff, REMOVED, "Removed");
}
