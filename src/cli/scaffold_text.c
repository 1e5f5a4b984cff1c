/* scaffold_text.c - the values that the templates of a resource ask for */
#include "scaffold_text.h"

#include <inttypes.h>
#include <string.h>

/* The variants of sample values: one row each in the seed, and in two bodies of the test. */
enum variant { SEEDED, FIRST, SECOND };

/* A list of values that grows to a known length. */
struct list {
    struct scope *scope;
    struct template_value *values;
    size_t count;
    bool failed;
};

#define VALUE_MAX 32

static struct list list_begin(struct scope *scope)
{
    struct list list = {.scope = scope};

    /* One more, whose name is NULL. */
    list.values = scope_alloc(scope, (VALUE_MAX + 1) * sizeof *list.values);
    list.failed = !list.values;
    return list;
}

/* A NULL text is a lack of memory, which the scope knows already. */
static void add(struct list *list, const char *name, const char *text)
{
    if (list->failed || !text || list->count == VALUE_MAX) {
        list->failed = true;
        return;
    }
    list->values[list->count++] = (struct template_value){name, text};
}

__attribute__((format(printf, 4, 5))) static void add_if(struct list *list, bool is_wanted,
                                                         const char *name, const char *format, ...)
{
    va_list arguments;
    const char *text = "";

    va_start(arguments, format);
    if (is_wanted)
        text = arena_vformat(&list->scope->arena, format, arguments);
    va_end(arguments);
    if (!text)
        fail_memory(list->scope);
    add(list, name, text);
}

/* The lines that make a reference to a deleted row an error of its field. */
static const char *require_target(struct scope *scope, const struct scaffold_resource *resource,
                                  const struct scaffold_field *field)
{
    struct list list = list_begin(scope);
    struct buffer out;

    if (!field->target || !field->target->soft_delete)
        return "";
    add(&list, "name", resource->name);
    add(&list, "one", scaffold_words(scope, resource->one, true));
    add(&list, "column", field->column.name);
    add(&list, "target", field->target->table);
    add(&list, "target_one", field->target->name);
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
                             enum variant variant, bool is_last)
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

static void add_sql(struct list *list, const struct scaffold_resource *resource,
                    const struct scaffold_field *field)
{
    const struct column *column = &field->column;
    const char *table = resource->name, *name = column->name;
    bool is_text = column->kind == KIND_TEXT;

    add(list, "sql", scaffold_sql_column(list->scope, field));
    add(list, "range", scaffold_sql_range(list->scope, resource, field));
    add_if(list, is_text && column->min > 0, "not_blank",
           "CONSTRAINT %s_%s_not_blank CHECK (%s ~ '[^[:space:]]'),", table, name, name);
    add_if(list, is_text && column->min > 1, "length",
           "CONSTRAINT %s_%s_length CHECK (char_length(%s) >= %" PRId64 "),", table, name, name,
           column->min);
    add_if(list, field->target, "fkey",
           "CONSTRAINT %s_%s_fkey\n        FOREIGN KEY (%s) REFERENCES %s (id) ON DELETE RESTRICT,",
           table, name, name, field->target ? field->target->table : "");
    add_if(list, field->is_unique, "unique_index",
           "CREATE UNIQUE INDEX %s_%s_key ON %s (%s) WHERE is_active;", table, name, table, name);
    /* The unique index serves the order too. */
    add_if(list, column->uses & SORT && !field->is_unique, "index",
           "CREATE INDEX %s_active_%s_idx ON %s (%s, id) WHERE is_active;", table, name, table,
           name);
    /* What goes for good is looked for among the deleted rows too. */
    add_if(
        list, field->target, "fkey_index",
        "CREATE INDEX %s_%s_idx ON %s (%s);\nCREATE INDEX %s_active_%s_idx ON %s (%s, created_at, "
        "id) WHERE is_active;",
        table, name, table, name, table, name, table, name);
    add(list, "require", require_target(list->scope, resource, field));
    add_if(list, field->target && field->target->soft_delete, "drop_require",
           "DROP FUNCTION %s_require_%s();", table, name);
}

static void add_seeds(struct list *list, const struct scaffold_field *field, bool is_last)
{
    const char *name = field->column.name;

    add_if(list, true, "dev_seed", "%s%s",
           field->target ? scope_format(list->scope, "%s.id", name)
                         : scaffold_sample_sql(list->scope, field, SEEDED),
           is_last ? "" : ",");
    add_if(list, field->target, "test_from", "    CROSS JOIN (SELECT FROM %s WHERE id = 1) AS %s",
           field->target ? field->target->table : "", name);
    add_if(list, field->target, "dev_from",
           "    CROSS JOIN (SELECT id FROM %s%s ORDER BY id LIMIT 1) AS %s",
           field->target ? field->target->table : "",
           field->target && field->target->soft_delete ? " WHERE is_active" : "", name);
}

static const struct template_value *
field_values(struct scope *scope, const struct scaffold_resource *resource, size_t index)
{
    const struct scaffold_field *field = &resource->fields[index];
    bool is_last = index + 1 == resource->field_count;
    struct list list = list_begin(scope);

    add(&list, "name", field->column.name);
    add(&list, "member", scaffold_c_member(scope, field));
    add(&list, "row", scaffold_c_row(scope, resource, field));
    add(&list, "first", body_line(scope, field, FIRST, is_last));
    add(&list, "second", body_line(scope, field, SECOND, is_last));
    add_sql(&list, resource, field);
    add_seeds(&list, field, is_last);
    return list.failed ? NULL : list.values;
}

/* The names of all columns, or their values in the seed of the tests, with commas. */
static const char *joined(struct scope *scope, const struct scaffold_resource *resource,
                          const char *(*text)(struct scope *, const struct scaffold_field *))
{
    struct buffer out;

    buffer_init(&out, &scope->arena);
    for (size_t i = 0; i < resource->field_count; i++) {
        const char *one = text(scope, &resource->fields[i]);

        if (!one)
            return NULL;
        buffer_add_format(&out, "%s%s", i ? ", " : "", one);
    }
    return out.failed ? (fail_memory(scope), NULL) : out.data;
}

static const char *name_of(struct scope *scope, const struct scaffold_field *field)
{
    (void)scope;
    return field->column.name;
}

static const char *seed_of(struct scope *scope, const struct scaffold_field *field)
{
    return scaffold_sample_sql(scope, field, SEEDED);
}

static bool has_unique(const struct scaffold_resource *resource)
{
    for (size_t i = 0; i < resource->field_count; i++) {
        if (resource->fields[i].is_unique)
            return true;
    }
    return false;
}

static const struct scaffold_field *first_reference(const struct scaffold_resource *resource)
{
    for (size_t i = 0; i < resource->field_count; i++) {
        if (resource->fields[i].target)
            return &resource->fields[i];
    }
    return NULL;
}

/* What `q` looks into: all texts, folded, as the migration of items has it. */
static const char *searched(struct scope *scope, const struct scaffold_resource *resource)
{
    struct buffer out;

    buffer_init(&out, &scope->arena);
    for (size_t i = 0; i < resource->field_count; i++) {
        const struct column *column = &resource->fields[i].column;

        if (!(column->uses & SEARCH))
            continue;
        buffer_add_text(&out, out.length ? " || E'\\n' || " : "");
        buffer_add_format(&out, column->nullable ? "coalesce(%s, '')" : "%s", column->name);
    }
    return out.failed ? (fail_memory(scope), NULL) : out.length ? out.data : "";
}

static void add_search(struct list *list, const struct scaffold_resource *resource)
{
    const char *text = searched(list->scope, resource);
    const char *table = resource->name;
    bool found = text && *text;

    if (!text)
        list->failed = true;
    add_if(list, found, "search", ".search = \"search_text\",");
    add_if(list, found, "search_column",
           "search_text text GENERATED ALWAYS AS (search_fold(%s)) STORED,", found ? text : "");
    add_if(list, found, "search_index",
           "CREATE INDEX %s_active_search_text_idx ON %s USING gin (search_text gin_trgm_ops)\n"
           "    WITH (gin_pending_list_limit = 256) WHERE is_active;",
           table, table);
}

/* The words of CALL count_rows(): the table, and each column whose values are counted apart. */
static const char *counted(struct scope *scope, const struct scaffold_resource *resource)
{
    struct buffer out;

    buffer_init(&out, &scope->arena);
    buffer_add_format(&out, "'%s'", resource->name);
    for (size_t i = 0; i < resource->field_count; i++) {
        if (resource->fields[i].column.uses & COUNTED)
            buffer_add_format(&out, ", '%s'", resource->fields[i].column.name);
    }
    return out.failed ? (fail_memory(scope), NULL) : out.data;
}

/* What a write of the row can be refused with beyond what its columns imply. */
static void add_errors(struct list *list, const struct scaffold_resource *resource)
{
    bool unique = has_unique(resource);

    add_if(list, unique, "conflict", ".errors = ERROR_BIT(ERR_CONFLICT), ");
    add_if(list, unique || first_reference(resource), "restore_errors", ".errors = %s%s%s, ",
           unique ? "ERROR_BIT(ERR_CONFLICT)" : "",
           unique && first_reference(resource) ? " | " : "",
           first_reference(resource) ? "ERROR_BIT(ERR_VALIDATION)" : "");
}

static void add_names(struct list *list, const struct scaffold_resource *resource)
{
    struct scope *scope = list->scope;
    const char *one = scaffold_words(scope, resource->one, false);

    add(list, "name", resource->name);
    add(list, "one", resource->one);
    add(list, "Many", scaffold_words(scope, resource->name, true));
    add(list, "many", scaffold_words(scope, resource->name, false));
    add(list, "One", scaffold_words(scope, resource->one, true));
    add(list, "one_words", one);
    add_if(list, true, "a_one", "%s %s", one && strchr("aeiou", *one) ? "an" : "a", one);
}

/* Parts of the test that only some resources need. */
static const char *part(struct scope *scope, const struct list *list, const char *file, bool wanted)
{
    struct buffer out;

    buffer_init(&out, &scope->arena);
    if (!wanted)
        return "";
    if (!template_render(scope, file, &(struct template_values){.list = list->values}, &out))
        return NULL;
    return out.data;
}

static void add_parts(struct list *list, const struct scaffold_resource *resource)
{
    const struct scaffold_field *reference = first_reference(resource);
    bool unique = has_unique(resource);

    add_if(list, reference, "reference", "%s", reference ? reference->column.name : "");
    if (list->failed)
        return;
    add(list, "conflict_tests", part(list->scope, list, "conflict_test.c", unique));
    add_if(list, unique, "conflict_test",
           "api_unit_test(a_value_that_must_be_unique_is_409_in_every_write),");
    add(list, "reference_tests", part(list->scope, list, "reference_test.c", reference));
    add_if(list, reference, "reference_test",
           "api_unit_test(what_refers_to_nothing_is_an_error_of_its_field),");
}

bool scaffold_values(struct scope *scope, const struct scaffold_resource *resource,
                     const char *label, struct template_values *values)
{
    const struct template_value **fields =
        scope_alloc(scope, resource->field_count * sizeof(struct template_value *));
    struct list list = list_begin(scope);

    if (!fields)
        return false;
    add(&list, "label", label);
    add_names(&list, resource);
    add_errors(&list, resource);
    add(&list, "columns", joined(scope, resource, name_of));
    add(&list, "seeds", joined(scope, resource, seed_of));
    add(&list, "counted", counted(scope, resource));
    add_search(&list, resource);
    add_parts(&list, resource);
    for (size_t i = 0; i < resource->field_count; i++) {
        fields[i] = field_values(scope, resource, i);
        if (!fields[i])
            return false;
    }
    *values = (struct template_values){list.values, fields, resource->field_count};
    return !list.failed;
}
