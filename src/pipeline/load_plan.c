/* load_plan.c - which columns a file has, and whether that will do */
#include "keel/core/csv.h"
#include "keel/db/db.h"
#include "keel/model/export.h"
#include "load_parts.h"
#include "sql.h"

#include <string.h>

size_t load_plan_find(const struct load_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (strcmp(plan->columns[i]->name, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

/* A row that is there need not be told again what it has; whether it is, the table says. */
bool load_plan_requires(const struct load_plan *plan, const struct column *column)
{
    return column->uses & REQUIRE && !plan->updates;
}

bool load_plan_is_tree(const struct load *load)
{
    const struct load_plan *plan = &load->plan;

    for (size_t i = 0; plan->has_id && i < plan->count; i++) {
        if (plan->columns[i]->references == load->model)
            return true;
    }
    return false;
}

/* The place of a name in the first record; SIZE_MAX: none. */
static size_t find_cell(const struct csv_cell *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i].text, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

/* In the model's order, whatever that of the file. */
static void choose_columns(struct load *load, const struct csv_cell *names, size_t count)
{
    struct load_plan *plan = &load->plan;

    for (size_t i = 0; i < load->model->column_count; i++) {
        const struct column *column = &load->model->columns[i];
        size_t cell = plan->by_row ? 0 : find_cell(names, count, column->name);

        if (!export_has_column(column) || cell == SIZE_MAX)
            continue;
        plan->cells[plan->count] = cell;
        plan->columns[plan->count++] = column;
    }
    plan->cell_count = count;
    plan->has_id = load_plan_find(plan, "id") != SIZE_MAX;
    plan->updates = plan->has_id && load->state.on_conflict == LOAD_UPDATE;
}

static void refuse(struct load *load, const char *name, const char *code, const char *sentence)
{
    if (!sentence)
        return;
    load_reject(load, 1, name, code, sentence, NULL, 0);
    load->state.counts.rejected = 1;
    if (!load->failure)
        load->failure = sentence;
}

/* As a spreadsheet writes it where commas stand in numbers. */
static bool is_cut_otherwise(const struct csv_cell *names, size_t count)
{
    return count == 1 && strpbrk(names[0].text, ";\t|");
}

static void check_names(struct load *load, const struct csv_cell *names, size_t count)
{
    struct scope *scope = load->scope;

    for (size_t i = 0; i < count; i++) {
        const char *name = names[i].text;
        const struct column *column = model_find(load->model, name);

        if (names[i].length == 0)
            refuse(load, name, "required", "A column of the first line has no name");
        else if (find_cell(names, count, name) < i)
            refuse(load, name, "duplicate",
                   scope_format(scope, "The first line names %s twice", name));
        else if (!column)
            refuse(load, name, "unknown_field",
                   scope_format(scope, "There is no column %s here", name));
        else if (!export_has_column(column))
            refuse(load, name, "read_only", scope_format(scope, "%s cannot be set here", name));
    }
}

static void check_required(struct load *load)
{
    for (size_t i = 0; i < load->model->column_count; i++) {
        const struct column *column = &load->model->columns[i];

        if (load_plan_requires(&load->plan, column) &&
            load_plan_find(&load->plan, column->name) == SIZE_MAX)
            refuse(load, column->name, "required",
                   scope_format(load->scope, "The first line does not name %s, which is required",
                                column->name));
    }
}

static bool read_defaults(struct load *load)
{
    struct load_plan *plan = &load->plan;
    struct rows rows;

    if (!db_query(load->scope, &sql_imports_defaults, PARAMS(load->model->table), &rows))
        return false;
    for (int row = 0; row < rows.count; row++) {
        size_t place = load_plan_find(plan, row_text(&rows, row, 0));

        if (place != SIZE_MAX)
            plan->defaults[place] = row_text(&rows, row, 1);
    }
    return true;
}

bool load_plan_make(struct load *load, const struct csv_cell *names, size_t count)
{
    load->plan = (struct load_plan){.by_row = load->state.is_ndjson};
    choose_columns(load, names, count);
    if (is_cut_otherwise(names, count)) {
        refuse(load, names[0].text, "wrong_separator",
               "The cells of the first line have semicolons, tabs or bars between them; commas "
               "are needed");
        return true;
    }
    check_names(load, names, count);
    if (!load->plan.by_row)
        check_required(load);
    return load->scope->error.kind == ERR_NONE && read_defaults(load);
}
