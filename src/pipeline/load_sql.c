/* load_sql.c - the statements that move rows from the load's table into the model's */
#include "keel/db/db.h"
#include "load_parts.h"

#include <stdio.h>
#include <string.h>

#define RANGE "s.\"import.place\" >= $1 AND s.\"import.place\" < $2"

/* Claim: a row that is there keeps its own, as whoever changes a row never says it. */
static bool is_kept(const struct column *column)
{
    return !(column->uses & UPDATE) && strcmp(column->name, "is_active") != 0;
}

/* `(s."import.given" >> 3 & 1) = 1`: the row has the column. The last bit of 64 is the sign. */
static void add_given(struct buffer *text, size_t place)
{
    buffer_add_format(text, "(s.\"import.given\" >> %zu & 1) = 1", place);
}

/*
 * What a row says, or `otherwise` where it says nothing. A column that is never NULL says nothing
 * by NULL; one that can be NULL always says something in CSV.
 */
static void add_value(struct buffer *text, const struct load_plan *plan, size_t place,
                      const char *otherwise)
{
    const struct column *column = plan->columns[place];

    if (!otherwise || (column->nullable && !plan->by_row)) {
        buffer_add_format(text, "s.%s", column->name);
    } else if (!column->nullable) {
        buffer_add_format(text, "coalesce(s.%s, %s)", column->name, otherwise);
    } else {
        buffer_add_text(text, "CASE WHEN ");
        add_given(text, place);
        buffer_add_format(text, " THEN s.%s ELSE %s END", column->name, otherwise);
    }
}

static bool is_id(const struct load_plan *plan, size_t place)
{
    return strcmp(plan->columns[place]->name, "id") == 0;
}

/* `INSERT INTO items (a, b) ... SELECT s.a, coalesce(s.b, 0) FROM import_17 AS s WHERE ...` */
static void add_insert(struct buffer *text, const struct load *load, bool with_ids)
{
    const struct load_plan *plan = &load->plan;
    const char *separator = " (";

    buffer_add_format(text, "INSERT INTO %s", load->model->table);
    for (size_t i = 0; i < plan->count; i++) {
        if (!with_ids && is_id(plan, i))
            continue;
        buffer_add_format(text, "%s%s", separator, plan->columns[i]->name);
        separator = ", ";
    }
    buffer_add_text(text, with_ids ? ") OVERRIDING SYSTEM VALUE SELECT " : ") SELECT ");
    separator = "";
    for (size_t i = 0; i < plan->count; i++) {
        if (!with_ids && is_id(plan, i))
            continue;
        buffer_add_text(text, separator);
        add_value(text, plan, i, plan->defaults[i]);
        separator = ", ";
    }
    buffer_add_format(text, " FROM %s AS s WHERE " RANGE, load->table);
    if (plan->has_id)
        buffer_add_text(text, with_ids ? " AND s.id IS NOT NULL" : " AND s.id IS NULL");
}

/* Those that are there are changed before, skipped here, or refused by their key. */
static void add_insert_ids(struct buffer *text, const struct load *load)
{
    add_insert(text, load, true);
    if (load->plan.updates)
        buffer_add_format(text, " AND NOT EXISTS (SELECT FROM %s AS t WHERE t.id = s.id)",
                          load->model->table);
    buffer_add_text(text, " ORDER BY s.\"import.place\"");
    if (load->state.on_conflict == LOAD_SKIP)
        buffer_add_text(text, " ON CONFLICT (id) DO NOTHING");
}

static void add_update(struct buffer *text, const struct load *load)
{
    const struct load_plan *plan = &load->plan;
    char own[LOAD_NAME_SIZE + 64];
    const char *separator = " SET ";

    buffer_add_format(text, "UPDATE %s AS t", load->model->table);
    for (size_t i = 0; i < plan->count; i++) {
        if (is_kept(plan->columns[i]))
            continue;
        snprintf(own, sizeof own, "t.%s", plan->columns[i]->name);
        buffer_add_format(text, "%s%s = ", separator, plan->columns[i]->name);
        add_value(text, plan, i, own);
        separator = ", ";
    }
    buffer_add_format(text, " FROM %s AS s WHERE s.id = t.id AND " RANGE, load->table);
    separator = " AND (";
    for (size_t i = 0; i < plan->count; i++) {
        if (is_kept(plan->columns[i]))
            continue;
        snprintf(own, sizeof own, "t.%s", plan->columns[i]->name);
        buffer_add_format(text, "%s%s IS DISTINCT FROM ", separator, own);
        add_value(text, plan, i, own);
        separator = " OR ";
    }
    buffer_add_char(text, ')');
}

/* Claim: the file can change something of a row that is there. */
static bool changes(const struct load_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (!is_kept(plan->columns[i]))
            return plan->updates;
    }
    return false;
}

static bool keep(struct load *load, struct buffer *text, const char **statement)
{
    if (text->failed)
        return fail_memory(load->scope);
    *statement = text->data;
    buffer_init(text, &load->scope->arena);
    return true;
}

static bool has_columns(const struct load_plan *plan)
{
    return plan->count > plan->has_id;
}

/* Without a single column there is nothing to say of a row that has no id. */
static void add_insert_none(struct buffer *text, const struct load *load)
{
    buffer_add_format(text, "INSERT INTO %s SELECT FROM %s AS s WHERE " RANGE " AND s.id IS NULL",
                      load->model->table, load->table);
}

bool load_sql_make(struct load *load)
{
    struct load_sql *sql = &load->sql;
    struct buffer text;

    buffer_init(&text, &load->scope->arena);
    buffer_add_format(&text, "SELECT count(*), %s FROM %s AS s WHERE " RANGE,
                      load->plan.has_id ? "count(s.id)" : "0", load->table);
    if (!keep(load, &text, &sql->count))
        return false;
    if (has_columns(&load->plan))
        add_insert(&text, load, false);
    else
        add_insert_none(&text, load);
    buffer_add_text(&text, " ORDER BY s.\"import.place\"");
    if (!keep(load, &text, &sql->insert))
        return false;
    if (load->plan.has_id) {
        add_insert_ids(&text, load);
        if (!keep(load, &text, &sql->insert_ids))
            return false;
    }
    if (!changes(&load->plan))
        return true;
    add_update(&text, load);
    return keep(load, &text, &sql->update);
}

bool load_ask(struct scope *part, const char *name, const struct buffer *text, struct params params,
              struct rows *rows)
{
    if (text->failed)
        return fail_memory(part);
    const struct sql sql = {name, text->data, params.count};

    return db_query_once(part, &sql, params, rows);
}
