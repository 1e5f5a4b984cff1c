/* scaffold_text.c - the values that the templates of a resource ask for */
#include "scaffold_text.h"

#include <inttypes.h>
#include <string.h>

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
    return scaffold_sample_sql(scope, field, SCAFFOLD_SEEDED);
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

static void add_search(struct template_list *list, const struct scaffold_resource *resource)
{
    const char *text = searched(list->scope, resource);
    const char *table = resource->name;
    bool found = text && *text;

    if (!text)
        list->failed = true;
    template_add_if(list, found, "search", ".search = \"search_text\",");
    template_add_if(list, found, "search_column",
                    "search_text text GENERATED ALWAYS AS (search_fold(%s)) STORED,",
                    found ? text : "");
    template_add_if(
        list, found, "search_index",
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
static void add_errors(struct template_list *list, const struct scaffold_resource *resource)
{
    bool unique = scaffold_has_unique(resource);

    template_add_if(list, unique, "conflict", ".errors = ERROR_BIT(ERR_CONFLICT), ");
    template_add_if(list, unique || first_reference(resource), "restore_errors",
                    ".errors = %s%s%s, ", unique ? "ERROR_BIT(ERR_CONFLICT)" : "",
                    unique && first_reference(resource) ? " | " : "",
                    first_reference(resource) ? "ERROR_BIT(ERR_VALIDATION)" : "");
}

static void add_names(struct template_list *list, const struct scaffold_resource *resource)
{
    struct scope *scope = list->scope;
    const char *one = scaffold_words(scope, resource->one, false);

    template_add(list, "name", resource->name);
    template_add(list, "one", resource->one);
    template_add(list, "Many", scaffold_words(scope, resource->name, true));
    template_add(list, "many", scaffold_words(scope, resource->name, false));
    template_add(list, "One", scaffold_words(scope, resource->one, true));
    template_add(list, "one_words", one);
    template_add_if(list, true, "a_one", "%s %s", one && strchr("aeiou", *one) ? "an" : "a", one);
}

/* Parts of the test that only some resources need. */
static const char *part(struct scope *scope, const struct template_list *list, const char *file,
                        bool wanted)
{
    struct buffer out;

    buffer_init(&out, &scope->arena);
    if (!wanted)
        return "";
    if (!template_render(scope, file, &(struct template_values){.list = list->values}, &out))
        return NULL;
    return out.data;
}

static void add_parts(struct template_list *list, const struct scaffold_resource *resource)
{
    const struct scaffold_field *reference = first_reference(resource);
    bool unique = scaffold_has_unique(resource);

    template_add_if(list, reference, "reference", "%s", reference ? reference->column.name : "");
    if (list->failed)
        return;
    template_add(list, "conflict_tests", part(list->scope, list, "conflict_test.c", unique));
    template_add_if(list, unique, "conflict_test",
                    "api_unit_test(a_value_that_must_be_unique_is_409_in_every_write),");
    template_add(list, "reference_tests", part(list->scope, list, "reference_test.c", reference));
    template_add_if(list, reference, "reference_test",
                    "api_unit_test(what_refers_to_nothing_is_an_error_of_its_field),");
}

bool scaffold_values(struct scope *scope, const struct scaffold_resource *resource,
                     const char *label, struct template_values *values)
{
    const struct template_value **fields =
        scope_alloc(scope, resource->field_count * sizeof(struct template_value *));
    struct template_list list = template_list_begin(scope);

    if (!fields)
        return false;
    template_add(&list, "label", label);
    add_names(&list, resource);
    add_errors(&list, resource);
    template_add(&list, "columns", joined(scope, resource, name_of));
    template_add(&list, "seeds", joined(scope, resource, seed_of));
    template_add(&list, "counted", counted(scope, resource));
    add_search(&list, resource);
    add_parts(&list, resource);
    for (size_t i = 0; i < resource->field_count; i++) {
        fields[i] = scaffold_field_values(scope, resource, i);
        if (!fields[i])
            return false;
    }
    *values = (struct template_values){list.values, fields, resource->field_count};
    return !list.failed;
}
