/* load_check.c - what can be said of all rows at once, before the first one is written */
#include "keel/db/db.h"
#include "load_parts.h"
#include "sql.h"

/* A check in the making: which rows it refuses, and what they are told. */
struct check {
    struct load *load;
    struct scope *part;
    const char *column;
    const char *code;
    const char *message; /* SQL over what the rows were: gone.line, gone.value, gone.extra */
};

/*
 * Takes the refused rows out of the load's table, and tells about them. `others` joins what
 * `condition` needs beside the rows s, `extra` is something of it. What is written already is not
 * looked at: it would be found in the table.
 */
static bool refuse_rows(const struct check *check, const char *others, const char *extra,
                        const char *condition)
{
    struct load *load = check->load;
    struct buffer text;
    struct rows rows;

    buffer_init(&text, &check->part->arena);
    buffer_add_format(&text,
                      "WITH gone AS (DELETE FROM %s AS s %s WHERE s.\"import.place\" > $2 AND (%s) "
                      "RETURNING s.\"import.line\" AS line, ",
                      load->table, others, condition);
    if (load_plan_find(&load->plan, check->column) != SIZE_MAX)
        buffer_add_format(&text, "s.%s::text", check->column);
    else
        buffer_add_text(&text, "NULL");
    buffer_add_format(&text,
                      " AS value, %s AS extra) INSERT INTO import_rejects (import_id, line, "
                      "column_name, code, message, value) SELECT $1, line, $3, $4, %s, value "
                      "FROM gone ORDER BY line",
                      extra, check->message);
    if (!load_ask(check->part, "load_check", &text,
                  PARAMS(load->id, param_int(check->part, load->state.place_done), check->column,
                         check->code),
                  &rows))
        return false;
    load->state.counts.rejected += rows.affected;
    load->state.staged -= rows.affected;
    return true;
}

/* The first of several rows with one id counts. */
static bool refuse_doubles(struct load *load, struct scope *part)
{
    const struct check check = {load, part, "id", "duplicate",
                                "'id is the same as in line ' || extra"};
    const char *others =
        scope_format(part,
                     "USING (SELECT id, min(\"import.line\") AS first FROM %s WHERE id IS NOT NULL "
                     "GROUP BY id HAVING count(*) > 1) AS d",
                     load->table);

    return others &&
           refuse_rows(&check, others, "d.first", "s.id = d.id AND s.\"import.line\" > d.first");
}

/* `$1` of a sentence that is a constant with names of the model in it. */
static const char *quote(struct scope *part, const char *sentence)
{
    struct buffer text;

    if (!sentence)
        return NULL;
    buffer_init(&text, &part->arena);
    buffer_add_char(&text, '\'');
    for (; *sentence; sentence++) {
        if (*sentence == '\'')
            buffer_add_char(&text, '\'');
        buffer_add_char(&text, *sentence);
    }
    buffer_add_char(&text, '\'');
    if (!text.failed)
        return text.data;
    fail_memory(part);
    return NULL;
}

static bool refuse_existing(struct load *load, struct scope *part)
{
    const struct check check = {
        load, part, "id", "conflict",
        quote(part,
              scope_format(part, "Another %s with this id exists already", load->model->name))};
    const char *others = scope_format(part, "USING %s AS t", load->model->table);

    return others && check.message && refuse_rows(&check, others, "NULL", "t.id = s.id");
}

/* A deleted row is none to change, unless the file says that it comes back. */
static bool refuse_deleted(struct load *load, struct scope *part)
{
    const struct check check = {
        load, part, "id", "not_found",
        quote(part, scope_format(part, "The %s with this id is deleted", load->model->name))};
    const char *others = scope_format(part, "USING %s AS t", load->model->table);

    if (!load->model->soft_delete || load_plan_find(&load->plan, "is_active") != SIZE_MAX)
        return true;
    return others && check.message &&
           refuse_rows(&check, others, "NULL", "t.id = s.id AND NOT t.is_active");
}

/* What a new row must have and a row that is there need not say. NULL: every row says it. */
static const char *lacks(struct scope *part, const struct load_plan *plan,
                         const struct column *column)
{
    size_t place = load_plan_find(plan, column->name);

    if (place == SIZE_MAX)
        return "true";
    if (!column->nullable)
        return scope_format(part, "s.%s IS NULL", column->name);
    return plan->by_row ? scope_format(part, "s.\"import.given\" & %lld = 0", 1LL << place) : NULL;
}

static bool refuse_lacking(struct load *load, struct scope *part, const struct column *column)
{
    const struct check check = {load, part, column->name, "required",
                                quote(part, scope_format(part, "%s is required", column->name))};
    const char *lack = lacks(part, &load->plan, column);

    if (!lack)
        return part->error.kind == ERR_NONE;
    const char *condition = scope_format(
        part, "%s AND (s.id IS NULL OR NOT EXISTS (SELECT FROM %s AS t WHERE t.id = s.id))", lack,
        load->model->table);

    return condition && check.message && refuse_rows(&check, "", "NULL", condition);
}

static bool refuse_all_lacking(struct load *load, struct scope *part)
{
    for (size_t i = 0; i < load->model->column_count; i++) {
        const struct column *column = &load->model->columns[i];

        if (column->uses & REQUIRE && !refuse_lacking(load, part, column))
            return false;
    }
    return true;
}

/* Rows of one table may refer to one another. */
static bool refuse_dangling(struct load *load, struct scope *part, const struct column *column)
{
    const struct check check = {
        load, part, column->name, "not_found",
        quote(part, scope_format(part, "%s refers to nothing that exists", column->name))};
    const char *among =
        column->references == load->model && load->plan.has_id
            ? scope_format(part, " AND NOT EXISTS (SELECT FROM %s AS o WHERE o.id = s.%s)",
                           load->table, column->name)
            : "";
    const char *condition = scope_format(
        part, "s.%s IS NOT NULL AND NOT EXISTS (SELECT FROM %s AS r WHERE r.id = s.%s)%s",
        column->name, column->references->table, column->name, among ? among : "");

    return among && condition && check.message && refuse_rows(&check, "", "NULL", condition);
}

static bool refuse_all_dangling(struct load *load, struct scope *part)
{
    for (size_t i = 0; i < load->plan.count; i++) {
        const struct column *column = load->plan.columns[i];

        if (column->references && !refuse_dangling(load, part, column))
            return false;
    }
    return true;
}

static bool run(struct scope *part, const struct buffer *text)
{
    struct rows ignored;

    return load_ask(part, "load_order", text, NO_PARAMS, &ignored);
}

static bool refuse_circles(struct load *load, struct scope *part, const char *column)
{
    const struct check check = {load, part, column, "cycle",
                                quote(part, scope_format(part, "%s leads in a circle", column))};

    return check.message && refuse_rows(&check, "", "NULL", "true");
}

/* What others refer to has to come first, wherever it is in the file. New places are negative. */
static bool number_tree(struct load *load, struct scope *part, const char *column)
{
    struct buffer text;

    buffer_init(&text, &part->arena);
    buffer_add_format(
        &text,
        "WITH RECURSIVE tree (place, id, depth) AS (SELECT s.\"import.place\", s.id, 0"
        " FROM %s AS s WHERE s.%s IS NULL OR NOT EXISTS"
        " (SELECT FROM %s AS o WHERE o.id = s.%s)",
        load->table, column, load->table, column);
    buffer_add_format(&text,
                      " UNION ALL SELECT s.\"import.place\", s.id, tree.depth + 1"
                      " FROM tree JOIN %s AS s ON s.%s = tree.id)",
                      load->table, column);
    buffer_add_format(&text,
                      " UPDATE %s AS s SET \"import.place\" = - n.place FROM (SELECT place AS was,"
                      " row_number() OVER (ORDER BY depth, place) AS place FROM tree) AS n"
                      " WHERE s.\"import.place\" = n.was",
                      load->table);
    return run(part, &text);
}

/* A row that is left with a place of its own is part of a circle. */
static bool order_tree(struct load *load, struct scope *part, const char *column)
{
    struct buffer text;

    buffer_init(&text, &part->arena);
    buffer_add_format(&text, "UPDATE %s SET \"import.place\" = - \"import.place\"", load->table);
    return number_tree(load, part, column) && refuse_circles(load, part, column) &&
           run(part, &text);
}

static bool order_rows(struct load *load, struct scope *part)
{
    const struct load_plan *plan = &load->plan;

    for (size_t i = 0; load_plan_is_tree(load) && i < plan->count; i++) {
        if (plan->columns[i]->references == load->model)
            return order_tree(load, part, plan->columns[i]->name);
    }
    return true;
}

static bool check_ids(struct load *load, struct scope *part)
{
    if (!load->plan.has_id)
        return true;
    switch (load->state.on_conflict) {
    case LOAD_ERROR:
        return refuse_existing(load, part);
    case LOAD_UPDATE:
        return refuse_deleted(load, part) && refuse_all_lacking(load, part);
    case LOAD_SKIP:
        break;
    }
    return true;
}

/* Doubles go first: a row must not come twice in the order, nor a place. */
static bool check_all(struct load *load, struct scope *part)
{
    struct rows ignored;

    return (!load->plan.has_id || refuse_doubles(load, part)) && order_rows(load, part) &&
           db_query(part, &sql_imports_index, PARAMS(load->id, param_bool(load->plan.has_id)),
                    &ignored) &&
           check_ids(load, part) && refuse_all_dangling(load, part) &&
           db_query(part, &sql_imports_note_staged,
                    PARAMS(load->id, load->state.attempt, param_int(part, load->state.staged),
                           param_int(part, load->state.counts.rejected)),
                    &ignored);
}

bool load_check(struct load *load)
{
    struct scope part;
    bool done = load_hold(load, &part, false) &&
                (load->is_cancelled || (check_all(load, &part) && load_save(load)));

    if (!load_settle(load, &part, done))
        return false;
    load->state.is_staged = !load->is_cancelled;
    load_tell(load, true, 0, load->state.staged, LOAD_CHECKED_SHARE);
    return true;
}
