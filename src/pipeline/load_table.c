/* load_table.c - the load's own table: whether it is as it was left, or made anew */
#include "keel/db/db.h"
#include "load_parts.h"
#include "sql.h"

/* Whether the table is there, and has what is said to be in it. */
static bool is_intact(struct load *load, struct scope *part, bool *intact)
{
    struct buffer text;
    struct rows rows;

    *intact = false;
    if (!db_query(part, &sql_imports_find_table, PARAMS(load->table), &rows))
        return false;
    if (row_is_null(&rows, 0, 0))
        return true;
    buffer_init(&text, &part->arena);
    buffer_add_format(&text, "SELECT count(*) FROM %s", load->table);
    if (!load_ask(part, "load_count", &text, NO_PARAMS, &rows))
        return false;
    *intact = row_int(&rows, 0, 0) == load->state.staged;
    return true;
}

/* The names of the plan's columns as an array; they need no quotes. */
static const char *column_names(struct scope *part, const struct load_plan *plan)
{
    struct buffer names;

    buffer_init(&names, &part->arena);
    for (size_t i = 0; i < plan->count; i++)
        buffer_add_format(&names, "%c%s", i ? ',' : '{', plan->columns[i]->name);
    buffer_add_text(&names, plan->count ? "}" : "{}");
    if (!names.failed)
        return names.data;
    fail_memory(part);
    return NULL;
}

/* Reads the file from its beginning; what was written to the model's table stays so. */
static bool begin_again(struct load *load, struct scope *part)
{
    struct load_state *state = &load->state;
    bool logged = load_plan_is_tree(load);
    struct rows rows;

    if (!db_query(part, &sql_imports_unstage, PARAMS(load->id), &rows) ||
        !db_query(part, &sql_imports_stage,
                  PARAMS(load->id, load->model->table, column_names(part, &load->plan),
                         param_bool(logged)),
                  &rows) ||
        !db_query(part, &sql_imports_begin_again, PARAMS(load->id, state->attempt), &rows))
        return false;
    state->bytes_read = state->staged = state->counts.total = 0;
    state->is_staged = false;
    state->counts.rejected = row_int(&rows, 0, 0);
    load->rejects.told = state->place_done;
    return true;
}

bool load_table_prepare(struct load *load)
{
    struct scope part;
    bool intact = false;
    bool done = load_hold(load, &part, false) &&
                (load->state.bytes_read == 0 || is_intact(load, &part, &intact)) &&
                (intact || begin_again(load, &part));

    return load_settle(load, &part, done);
}
