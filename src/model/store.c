/* store.c - the SQL of one row: read, add, change, delete, restore */
#include "keel/model/store.h"

#include "keel/model/changes.h"
#include "references.h"

#include <string.h>

/*
 * A statement being built: its text, and values for its $n. Identifiers come from column tables
 * only.
 */
struct builder {
    struct scope *scope;
    struct buffer text;
    const char **values;
    int count;
};

static bool builder_begin(struct scope *scope, const struct model *model, struct builder *builder)
{
    *builder = (struct builder){.scope = scope};
    buffer_init(&builder->text, &scope->arena);
    /* One more than the columns: the id. */
    builder->values = scope_alloc(scope, (model->column_count + 1) * sizeof *builder->values);
    return builder->values != NULL;
}

/* Adds `$n` for one more value. */
static void add_value(struct builder *builder, const char *value)
{
    builder->values[builder->count++] = value;
    buffer_add_char(&builder->text, '$');
    buffer_add_int(&builder->text, builder->count);
}

static void add_returning(struct builder *builder, const struct model *model)
{
    struct selection selection;

    selection_all(model, &selection);
    buffer_add_text(&builder->text, " RETURNING ");
    selection_add_columns(&builder->text, &selection);
}

/* ` WHERE id = $n AND is_active`, with the word that fits in front of is_active. */
static void add_where(struct builder *builder, const struct model *model, const char *id,
                      bool deleted)
{
    buffer_add_text(&builder->text, " WHERE id = ");
    add_value(builder, id);
    if (model->soft_delete)
        buffer_add_text(&builder->text, deleted ? " AND NOT is_active" : " AND is_active");
}

static bool run(struct builder *builder, const char *name, struct rows *rows)
{
    if (builder->text.failed)
        return fail_memory(builder->scope);
    struct sql sql = {name, builder->text.data, builder->count};

    return db_query(builder->scope, &sql, (struct params){builder->values, builder->count}, rows);
}

static bool require_row(struct scope *scope, const struct model *model, int64_t count)
{
    return count > 0 || fail(scope, ERR_NOT_FOUND, "%s not found", model->name);
}

static void add_version(struct builder *builder, const struct selection *selection)
{
    const struct column *version = model_find(selection->model, "version");

    if (version && selection_find(selection, version) < 0)
        buffer_add_format(&builder->text, ", %s.version", selection->model->table);
}

bool store_select(struct scope *scope, const struct selection *selection, int64_t id,
                  struct rows *rows)
{
    const struct model *model = selection->model;
    struct builder builder;

    if (!builder_begin(scope, model, &builder))
        return false;
    buffer_add_text(&builder.text, "SELECT ");
    selection_add_columns(&builder.text, selection);
    add_version(&builder, selection);
    buffer_add_text(&builder.text, " FROM ");
    buffer_add_text(&builder.text, model->table);
    selection_add_joins(&builder.text, selection);
    add_where(&builder, model, param_int(scope, id), false);
    return run(&builder, "store_get", rows) && require_row(scope, model, rows->count);
}

bool store_get(struct scope *scope, const struct model *model, int64_t id, struct rows *rows)
{
    struct selection selection;

    selection_all(model, &selection);
    return store_select(scope, &selection, id, rows);
}

bool store_lock(struct scope *scope, const struct model *model, int64_t id, struct rows *rows)
{
    struct builder builder;

    if (!builder_begin(scope, model, &builder))
        return false;
    buffer_add_format(&builder.text, "SELECT version FROM %s", model->table);
    add_where(&builder, model, param_int(scope, id), false);
    buffer_add_text(&builder.text, " FOR UPDATE");
    return run(&builder, "store_lock", rows) && require_row(scope, model, rows->count);
}

bool store_create(struct scope *scope, const struct input *input, struct rows *rows)
{
    const struct model *model = input->model;
    struct builder builder;
    struct buffer values;
    const char *separator = " (";

    if (!builder_begin(scope, model, &builder))
        return false;
    buffer_init(&values, &scope->arena);
    buffer_add_text(&builder.text, "INSERT INTO ");
    buffer_add_text(&builder.text, model->table);
    for (size_t i = 0; i < model->column_count; i++) {
        if (input->values[i].state == VALUE_ABSENT)
            continue;
        builder.values[builder.count++] = input->values[i].text;
        buffer_add_format(&builder.text, "%s%s", separator, model->columns[i].name);
        buffer_add_format(&values, "%s$%d", builder.count > 1 ? ", " : "", builder.count);
        separator = ", ";
    }
    if (builder.count)
        buffer_add_format(&builder.text, ") VALUES (%s)", values.data ? values.data : "");
    else
        buffer_add_text(&builder.text, " DEFAULT VALUES");
    add_returning(&builder, model);
    if (values.failed)
        return fail_memory(scope);
    if (run(&builder, "store_create", rows))
        return true;
    constraint_explain(scope, model, true);
    return false;
}

/* `SET a = $1, b = DEFAULT`; false when there is nothing to set. */
static bool add_settings(struct builder *builder, const struct input *input, bool replace)
{
    const char *separator = " SET ";

    for (size_t i = 0; i < input->model->column_count; i++) {
        const struct column *column = &input->model->columns[i];
        bool absent = input->values[i].state == VALUE_ABSENT;

        if (absent && !(replace && column->uses & UPDATE))
            continue;
        buffer_add_format(&builder->text, "%s%s = ", separator, column->name);
        if (absent)
            buffer_add_text(&builder->text, "DEFAULT");
        else
            add_value(builder, input->values[i].text);
        separator = ", ";
    }
    return *separator == ',';
}

/*
 * The row as it was before, locked: what somebody else changed until the lock was given has then
 * happened before.
 */
static void add_before(struct builder *builder, int64_t id, const struct input *input, bool replace)
{
    buffer_add_text(&builder->text, "WITH before AS (SELECT ");
    changes_add_before(&builder->text, input, replace);
    buffer_add_format(&builder->text, " FROM %s", input->model->table);
    add_where(builder, input->model, param_int(builder->scope, id), false);
    buffer_add_text(&builder->text, " FOR NO KEY UPDATE) ");
}

bool store_update(struct scope *scope, int64_t id, const struct input *input, bool replace,
                  struct rows *rows)
{
    const struct model *model = input->model;
    struct builder builder;

    if (!builder_begin(scope, model, &builder))
        return false;
    add_before(&builder, id, input, replace);
    buffer_add_format(&builder.text, "UPDATE %s", model->table);
    if (!add_settings(&builder, input, replace))
        return store_get(scope, model, id, rows);
    buffer_add_text(&builder.text, " FROM before WHERE id = \"before.id\"");
    add_returning(&builder, model);
    changes_add_returning(&builder.text, input, replace, model->table);
    if (!run(&builder, "store_update", rows)) {
        constraint_explain(scope, model, true);
        return false;
    }
    return require_row(scope, model, rows->count);
}

const char *store_changes(struct scope *scope, const struct input *input, bool replace,
                          const struct rows *rows)
{
    struct selection selection;

    selection_all(input->model, &selection);
    return changes_of_row(scope, input, replace, rows, 0, (int)selection.column_count);
}

static bool delete_row(struct scope *scope, const struct model *model, int64_t id)
{
    struct builder builder;
    struct rows rows = {0};

    if (!builder_begin(scope, model, &builder))
        return false;
    buffer_add_format(&builder.text,
                      model->soft_delete ? "UPDATE %s SET is_active = false" : "DELETE FROM %s",
                      model->table);
    add_where(&builder, model, param_int(scope, id), false);
    return run(&builder, "store_delete", &rows) && require_row(scope, model, rows.affected);
}

/*
 * Says who still uses the row, if that can be found out; the refusal itself stays what it was. A
 * transaction goes back first: after an error it would answer no question.
 */
static void explain_use(struct scope *scope, const struct model *model, int64_t id)
{
    const struct error refusal = scope->error;
    const char *sentence = NULL;

    scope_clear_error(scope);
    bool known = (!db_in_transaction(scope->db) || db_go_back(scope)) &&
                 references_describe(scope, model, id, &sentence);

    scope->error = refusal;
    if (known && sentence)
        scope->error.message = sentence;
    else
        constraint_explain(scope, model, false);
}

bool store_delete(struct scope *scope, const struct model *model, int64_t id)
{
    if (db_in_transaction(scope->db) && !db_savepoint(scope))
        return false;
    if (delete_row(scope, model, id))
        return true;
    if (scope->error.constraint)
        explain_use(scope, model, id);
    return false;
}

bool store_restore(struct scope *scope, const struct model *model, int64_t id, struct rows *rows)
{
    struct builder builder;

    if (!builder_begin(scope, model, &builder))
        return false;
    buffer_add_format(&builder.text, "UPDATE %s SET is_active = true", model->table);
    add_where(&builder, model, param_int(scope, id), true);
    add_returning(&builder, model);
    if (!run(&builder, "store_restore", rows)) {
        constraint_explain(scope, model, true);
        return false;
    }
    return rows->count > 0 || fail(scope, ERR_NOT_FOUND, "No deleted %s has this id", model->name);
}
