/* bulk_sql.c - the statements of bulk operations: a column's values travel as one array */
#include "bulk_sql.h"

#include "keel/core/text.h"
#include "keel/model/array.h"
#include "keel/model/changes.h"

/*
 * What an array of a column's values is to PostgreSQL. Where the column itself is narrower
 * (integer, varchar), storing a value converts and checks it as that of a single row. Clients write
 * no JSON columns.
 */
static const char *const array_types[] = {
    [KIND_INT] = "bigint[]",   [KIND_TEXT] = "text[]",        [KIND_DECIMAL] = "numeric[]",
    [KIND_BOOL] = "boolean[]", [KIND_TIME] = "timestamptz[]",
};

/* A statement being built: identifiers come from column tables only. */
struct builder {
    struct scope *scope;
    const struct bulk_part *part;
    struct buffer text;
    const char *values[BULK_COLUMN_MAX + 1]; /* one more than the columns: the id */
    int count;
};

static void builder_begin(struct builder *builder, struct scope *scope,
                          const struct bulk_part *part)
{
    *builder = (struct builder){.scope = scope, .part = part};
    buffer_init(&builder->text, &scope->arena);
}

static void add_array(struct builder *builder, struct array *array)
{
    const char *text = array_end(array);

    if (!text)
        fail_memory(builder->scope);
    builder->values[builder->count++] = text;
}

/* The ids of the rows that are there already: operations that add have none yet. */
static void add_ids(struct builder *builder)
{
    struct array ids;

    array_begin(&ids, &builder->scope->arena);
    for (size_t i = 0; i < builder->part->count; i++) {
        const struct bulk_operation *operation = builder->part->list[i];
        char digits[TEXT_INT_SIZE];

        if (operation->kind == BULK_CREATE)
            continue;
        text_from_int(operation->id, digits);
        array_add(&ids, digits);
    }
    add_array(builder, &ids);
}

static void add_values(struct builder *builder, size_t column)
{
    const struct bulk_part *part = builder->part;
    struct array values;

    array_begin(&values, &builder->scope->arena);
    for (size_t i = 0; i < part->count; i++)
        array_add(&values, part->list[i]->input.values[column].text);
    add_array(builder, &values);
}

/* The part's columns as the places of a statement want them; "" where it has none. */
struct column_texts {
    struct buffer names;   /* `, a, b` */
    struct buffer changes; /* `, a = v.a, b = v.b` */
    struct buffer arrays;  /* `, $2::text[], $3::bigint[]` */
};

#define SEPARATOR_LENGTH 2

static bool add_columns(struct builder *builder, struct column_texts *texts)
{
    const struct bulk_part *part = builder->part;

    buffer_init(&texts->names, &builder->scope->arena);
    buffer_init(&texts->changes, &builder->scope->arena);
    buffer_init(&texts->arrays, &builder->scope->arena);
    for (size_t i = 0; i < part->model->column_count; i++) {
        const struct column *column = &part->model->columns[i];

        if (!(part->list[0]->columns >> i & 1))
            continue;
        add_values(builder, i);
        buffer_add_format(&texts->names, ", %s", column->name);
        buffer_add_format(&texts->changes, ", %s = v.%s", column->name, column->name);
        buffer_add_format(&texts->arrays, ", $%d::%s", builder->count, array_types[column->kind]);
    }
    return !texts->names.failed && !texts->changes.failed && !texts->arrays.failed;
}

/* " AND t.is_active" where rows that are deleted stay. */
static const char *live(const struct model *model)
{
    return model->soft_delete ? " AND t.is_active" : "";
}

static const char *result_columns(const struct model *model)
{
    return model_find(model, "version") ? "t.id, t.version" : "t.id, NULL AS version";
}

static bool run(struct builder *builder, const char *name, struct rows *rows)
{
    if (builder->text.failed)
        return fail_memory(builder->scope);
    struct sql sql = {name, builder->text.data, builder->count};

    return db_query_once(builder->scope, &sql, (struct params){builder->values, builder->count},
                         rows);
}

bool bulk_lock(struct scope *scope, const struct bulk_part *part, struct rows *rows)
{
    struct builder builder;

    builder_begin(&builder, scope, part);
    add_ids(&builder);
    buffer_add_format(&builder.text,
                      "SELECT %s FROM %s AS t WHERE t.id = ANY ($1::bigint[])%s"
                      " ORDER BY t.id FOR NO KEY UPDATE",
                      result_columns(part->model), part->model->table, live(part->model));
    return run(&builder, "bulk_lock", rows);
}

static void add_delete(struct builder *builder)
{
    const struct model *model = builder->part->model;

    add_ids(builder);
    buffer_add_format(&builder->text,
                      model->soft_delete ? "UPDATE %s AS t SET is_active = false"
                                         : "DELETE FROM %s AS t",
                      model->table);
    buffer_add_format(&builder->text, " WHERE t.id = ANY ($1::bigint[])%s", live(model));
}

static void add_update(struct builder *builder)
{
    const struct model *model = builder->part->model;
    struct column_texts texts;

    add_ids(builder);
    if (!add_columns(builder, &texts)) {
        fail_memory(builder->scope);
        return;
    }
    buffer_add_format(&builder->text,
                      "UPDATE %s AS t SET %s FROM unnest($1::bigint[]%s) AS v (id%s) JOIN (SELECT ",
                      model->table, texts.changes.data + SEPARATOR_LENGTH, texts.arrays.data,
                      texts.names.data);
    changes_add_before(&builder->text, &builder->part->list[0]->input, false);
    buffer_add_format(&builder->text,
                      " FROM %s) AS before ON \"before.id\" = v.id WHERE t.id = v.id%s",
                      model->table, live(model));
}

/* The order makes the ids that rows get rise as the operations do. */
static void add_create(struct builder *builder)
{
    const struct model *model = builder->part->model;
    struct column_texts texts;
    const char *names;

    if (!add_columns(builder, &texts)) {
        fail_memory(builder->scope);
        return;
    }
    if (!builder->count) {
        builder->values[builder->count++] =
            param_int(builder->scope, (int64_t)builder->part->count);
        buffer_add_format(&builder->text,
                          "INSERT INTO %s AS t SELECT FROM generate_series(1, $1::bigint)",
                          model->table);
        return;
    }
    names = texts.names.data + SEPARATOR_LENGTH;
    buffer_add_format(&builder->text,
                      "INSERT INTO %s AS t (%s) SELECT %s FROM unnest(%s) WITH ORDINALITY AS v (%s)"
                      " ORDER BY ordinality",
                      model->table, names, names, texts.arrays.data + SEPARATOR_LENGTH, names);
}

bool bulk_execute(struct scope *scope, const struct bulk_part *part, struct rows *rows)
{
    static const struct {
        const char *name;
        void (*add)(struct builder *builder);
    } kinds[] = {
        [BULK_DELETE] = {"bulk_delete", add_delete},
        [BULK_UPDATE] = {"bulk_update", add_update},
        [BULK_CREATE] = {"bulk_create", add_create},
    };
    enum bulk_kind kind = part->list[0]->kind;
    struct builder builder;

    builder_begin(&builder, scope, part);
    buffer_add_text(&builder.text, "WITH done AS (");
    kinds[kind].add(&builder);
    buffer_add_format(&builder.text, " RETURNING %s", result_columns(part->model));
    if (kind == BULK_UPDATE)
        changes_add_returning(&builder.text, &part->list[0]->input, false, "t");
    buffer_add_text(&builder.text, ") SELECT * FROM done ORDER BY id");
    return run(&builder, kinds[kind].name, rows);
}
