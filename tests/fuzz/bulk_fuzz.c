/* bulk_fuzz.c - bulk operations: whatever the body, what is taken is within bounds and sendable */
#include "fuzz.h"

#include "keel/core/json.h"
#include "keel/model/array.h"
#include "keel/model/bulk.h"
#include "keel/routes/modules.h"

#include <string.h>

static const struct model *find_model(const char *name)
{
    for (size_t i = 0; i < keel_modules.count; i++) {
        if (strcmp(keel_modules.list[i]->name, name) == 0)
            return keel_modules.list[i]->model;
    }
    return NULL;
}

/* Reads the only element of an array literal back, as PostgreSQL's array_in() does. */
static bool reads_back(const char *array, const char *text)
{
    if (strncmp(array, "{\"", 2) != 0)
        return false;
    for (array += 2; *text; array++, text++) {
        if (*array == '"')
            return false;
        array += *array == '\\';
        if (*array != *text)
            return false;
    }
    return strcmp(array, "\"}") == 0;
}

static void check_value(struct scope *scope, const struct value *value)
{
    struct array array;

    array_begin(&array, &scope->arena);
    array_add(&array, value->text);
    const char *literal = array_end(&array);

    fuzz_expect(literal != NULL, "an array can be made");
    if (value->text)
        fuzz_expect(reads_back(literal, value->text), "a value reads back as it is");
    else
        fuzz_expect(strcmp(literal, "{NULL}") == 0, "no value is NULL");
}

static void check_operation(struct scope *scope, const struct bulk *bulk, size_t index)
{
    const struct bulk_operation *operation = &bulk->operations[index];

    fuzz_expect(operation->index == index, "an operation knows its place");
    fuzz_expect((operation->kind == BULK_CREATE) == (operation->id == 0),
                "what is added has no id yet, all else has one");
    fuzz_expect(operation->id >= 0, "an id is positive");
    for (size_t i = 0; operation->kind != BULK_DELETE && i < bulk->model->column_count; i++) {
        const struct value *value = &operation->input.values[i];

        fuzz_expect((operation->columns >> i & 1) == (value->state != VALUE_ABSENT),
                    "the columns are those with a value");
        check_value(scope, value);
    }
}

static void check_taken(struct scope *scope, const struct bulk *bulk)
{
    fuzz_expect(bulk->count >= 1 && bulk->count <= BULK_MAX, "their number is bounded");
    for (size_t i = 0; i < bulk->count; i++) {
        check_operation(scope, bulk, i);
        for (size_t other = 0; bulk->operations[i].id && other < i; other++)
            fuzz_expect(bulk->operations[other].id != bulk->operations[i].id,
                        "no row is named twice");
    }
}

static void check_refused(const struct scope *scope)
{
    unsigned count = 0;

    fuzz_expect(scope->error.kind == ERR_VALIDATION, "what is wrong is the caller's");
    for (const struct field_error *error = scope->error.fields; error; error = error->next)
        count++;
    fuzz_expect(count >= 1 && count <= FIELD_ERROR_MAX, "what is wrong is told, up to a bound");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_object *body;
    struct scope scope;
    struct bulk bulk;

    scope_begin(&scope, NULL, NULL, NULL);
    if (json_parse(&scope, (const char *)data, size, &body)) {
        if (bulk_decode(&scope, find_model("items"), body, &bulk))
            check_taken(&scope, &bulk);
        else
            check_refused(&scope);
        fuzz_expect(scope.within == NULL, "nothing is being looked at any more");
    }
    scope_end(&scope);
    return 0;
}
