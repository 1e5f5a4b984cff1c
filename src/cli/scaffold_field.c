/* scaffold_field.c - the values that the templates of a resource ask for, of one field */
#include "scaffold_text.h"

#include <inttypes.h>
#include <string.h>

/* The lines that make a reference to a deleted row an error of its field. */
static const char *require_target(struct scope *scope, const struct scaffold_resource *resource,
                                  const struct scaffold_field *field)
{
    struct template_list list = template_list_begin(scope);
    struct buffer out;

    if (!field->target || !field->target->soft_delete)
        return "";
    template_add(&list, "name", resource->name);
    template_add(&list, "one", scaffold_words(scope, resource->one, true));
    template_add(&list, "column", field->column.name);
    template_add(&list, "target", field->target->table);
    template_add(&list, "target_one", field->target->name);
    buffer_init(&out, &scope->arena);
    if (list.failed || !template_render(scope, "reference.up.sql",
                                        &(struct template_values){.list = list.values}, &out))
        return NULL;
    /* The line it stands in ends by itself. */
    buffer_cut(&out, out.length - 1);
    return out.data;
}

/* `"\"name\":value,"`: one member of a body, as C writes it. */
static const char *body_line(struct scope *scope, const struct scaffold_field *field,
                             unsigned variant, bool is_last)
{
    const char *sample = scaffold_sample_json(scope, field, variant);
    const char *quote = sample && *sample == '"' ? "\\\"" : "";

    if (!sample)
        return NULL;
    size_t length = strlen(sample) - (*quote ? 2 : 0);

    return scope_format(scope, "\"\\\"%s\\\":%s%.*s%s%s\"%s", field->column.name, quote,
                        (int)length, sample + (*quote ? 1 : 0), quote, is_last ? "}" : ",",
                        is_last ? ";" : "");
}

static void add_sql(struct template_list *list, const struct scaffold_resource *resource,
                    const struct scaffold_field *field)
{
    const struct column *column = &field->column;
    const char *table = resource->name, *name = column->name;
    bool is_text = column->kind == KIND_TEXT;

    template_add(list, "sql", scaffold_sql_column(list->scope, field));
    template_add(list, "range", scaffold_sql_range(list->scope, resource, field));
    template_add_if(list, is_text && column->min > 0, "not_blank",
                    "CONSTRAINT %s_%s_not_blank CHECK (%s ~ '[^[:space:]]'),", table, name, name);
    template_add_if(list, is_text && column->min > 1, "length",
                    "CONSTRAINT %s_%s_length CHECK (char_length(%s) >= %" PRId64 "),", table, name,
                    name, column->min);
    template_add_if(
        list, field->target, "fkey",
        "CONSTRAINT %s_%s_fkey\n        FOREIGN KEY (%s) REFERENCES %s (id) ON DELETE RESTRICT,",
        table, name, name, field->target ? field->target->table : "");
    template_add_if(list, field->is_unique, "unique_index",
                    "CREATE UNIQUE INDEX %s_%s_key ON %s (%s) WHERE is_active;", table, name, table,
                    name);
    /* The unique index serves the order too. */
    template_add_if(list, column->uses & SORT && !field->is_unique, "index",
                    "CREATE INDEX %s_active_%s_idx ON %s (%s, id) WHERE is_active;", table, name,
                    table, name);
    /* What goes for good is looked for among the deleted rows too. */
    template_add_if(
        list, field->target, "fkey_index",
        "CREATE INDEX %s_%s_idx ON %s (%s);\nCREATE INDEX %s_active_%s_idx ON %s (%s, created_at, "
        "id) WHERE is_active;",
        table, name, table, name, table, name, table, name);
    template_add(list, "require", require_target(list->scope, resource, field));
    template_add_if(list, field->target && field->target->soft_delete, "drop_require",
                    "DROP FUNCTION %s_require_%s();", table, name);
}

static void add_seeds(struct template_list *list, const struct scaffold_field *field, bool is_last)
{
    const char *name = field->column.name;

    template_add_if(list, true, "dev_seed", "%s%s",
                    field->target ? scope_format(list->scope, "%s.id", name)
                                  : scaffold_sample_sql(list->scope, field, SCAFFOLD_SEEDED),
                    is_last ? "" : ",");
    template_add_if(list, field->target, "test_from",
                    "    CROSS JOIN (SELECT FROM %s WHERE id = 1) AS %s",
                    field->target ? field->target->table : "", name);
    template_add_if(list, field->target, "dev_from",
                    "    CROSS JOIN (SELECT id FROM %s%s ORDER BY id LIMIT 1) AS %s",
                    field->target ? field->target->table : "",
                    field->target && field->target->soft_delete ? " WHERE is_active" : "", name);
}

const struct template_value *
scaffold_field_values(struct scope *scope, const struct scaffold_resource *resource, size_t index)
{
    const struct scaffold_field *field = &resource->fields[index];
    bool is_last = index + 1 == resource->field_count;
    struct template_list list = template_list_begin(scope);

    template_add(&list, "name", field->column.name);
    template_add(&list, "member", scaffold_c_member(scope, field));
    template_add(&list, "row", scaffold_c_row(scope, resource, field));
    template_add(&list, "first", body_line(scope, field, SCAFFOLD_FIRST, is_last));
    template_add(&list, "second", body_line(scope, field, SCAFFOLD_SECOND, is_last));
    add_sql(&list, resource, field);
    add_seeds(&list, field, is_last);
    return list.failed ? NULL : list.values;
}

bool scaffold_has_unique(const struct scaffold_resource *resource)
{
    for (size_t i = 0; i < resource->field_count; i++) {
        if (resource->fields[i].is_unique)
            return true;
    }
    return false;
}
