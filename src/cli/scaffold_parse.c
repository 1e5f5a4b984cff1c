/* scaffold_parse.c - `orders customer:text:1..120 note:text?`: words into a resource */
#include "scaffold_reading.h"

#include "arguments.h"
#include "keel/core/text.h"
#include "keel/routes/modules.h"

#include <inttypes.h>
#include <string.h>

#define PART_MAX 6

/* Of what stands behind a field's name, cut at its colons. */
struct parts {
    const char *list[PART_MAX];
    size_t count;
};

static const struct {
    const char *word;
    enum column_kind kind;
} types[] = {
    {"text", KIND_TEXT}, {"int", KIND_INT},   {"decimal", KIND_DECIMAL},
    {"bool", KIND_BOOL}, {"time", KIND_TIME}, {"ref", KIND_INT},
};

static bool split(struct scaffold_reading *reading, struct parts *parts)
{
    struct scope *scope = &reading->cli->scope;
    size_t length = strlen(reading->word);

    reading->field->column.nullable = length > 0 && reading->word[length - 1] == '?';
    char *text = scope_copy(scope, reading->word, length - reading->field->column.nullable);

    if (!text)
        return false;
    while (parts->count < PART_MAX) {
        parts->list[parts->count++] = text;
        text = strchr(text, ':');
        if (!text)
            return true;
        *text++ = '\0';
    }
    return cli_misuse(reading->cli, "%s has too many parts.", reading->word);
}

static bool read_type(struct scaffold_reading *reading, const char *word)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].word, word) != 0)
            continue;
        reading->field->column.kind = types[i].kind;
        reading->is_reference = strcmp(word, "ref") == 0;
        return true;
    }
    return cli_misuse(reading->cli,
                      "%s: there is no type %s; there are text, int, decimal, bool, time and ref.",
                      reading->word, word);
}

/* One end of `1..120`; an empty one leaves the number as it is. */
static bool read_bound(const char *text, size_t length, int64_t *number)
{
    return length == 0 || text_to_int(text, length, number);
}

static bool read_range(struct scaffold_reading *reading, const char *text)
{
    struct column *column = &reading->field->column;
    const char *dots = strstr(text, "..");
    int64_t least = column->kind == KIND_TEXT ? 0 : INT64_MIN;

    column->min = least;
    column->max = INT64_MAX;
    reading->has_range = true;
    if (column->kind == KIND_TIME || column->kind == KIND_BOOL || reading->is_reference)
        return cli_misuse(reading->cli, "%s: this type has no range.", reading->word);
    if (!read_bound(text, (size_t)(dots - text), &column->min) ||
        !read_bound(dots + 2, strlen(dots + 2), &column->max) || column->min < least ||
        column->min >= column->max)
        return cli_misuse(reading->cli, "%s: %s is no range; write it as 1..120, 0.. or ..100.",
                          reading->word, text);
    return true;
}

/* `12,2` of a decimal. */
static bool read_size(struct scaffold_reading *reading, const char *text)
{
    struct column *column = &reading->field->column;
    size_t comma = strcspn(text, ",");
    int64_t digits, scale;

    if (column->kind != KIND_DECIMAL || !text_to_int(text, comma, &digits) ||
        !text_to_int(text + comma + 1, strlen(text + comma + 1), &scale) || digits < 1 ||
        digits > 18 || scale < 0 || scale >= digits)
        return cli_misuse(reading->cli,
                          "%s: %s is no size; a decimal of up to 18 digits, 2 of them behind the "
                          "point, is decimal:18,2.",
                          reading->word, text);
    column->digits = (unsigned)digits;
    column->scale = (unsigned)scale;
    return true;
}

static bool read_unique(struct scaffold_reading *reading)
{
    if (reading->is_reference || reading->field->column.kind == KIND_BOOL)
        return cli_misuse(reading->cli, "%s: unique is for text, int, decimal and time.",
                          reading->word);
    reading->field->is_unique = true;
    return true;
}

static bool read_option(struct scaffold_reading *reading, const char *text)
{
    if (strcmp(text, "unique") == 0)
        return read_unique(reading);
    if (strstr(text, ".."))
        return read_range(reading, text);
    if (strchr(text, ','))
        return read_size(reading, text);
    return cli_misuse(reading->cli,
                      "%s: what does %s mean? There are unique, a range (1..120) and a decimal's "
                      "size (12,2).",
                      reading->word, text);
}

static const struct model *find_table(const char *name)
{
    for (size_t i = 0; i < keel_modules.count; i++) {
        const struct model *model = keel_modules.list[i]->model;

        if (model && model->table && strcmp(model->table, name) == 0)
            return model;
    }
    return NULL;
}

static bool read_target(struct scaffold_reading *reading, const struct parts *parts)
{
    struct column *column = &reading->field->column;

    if (parts->count < 3)
        return cli_misuse(reading->cli, "%s: say to which table, as in item_id:ref:items.",
                          reading->word);
    reading->field->target = find_table(parts->list[2]);
    if (!reading->field->target)
        return cli_misuse(reading->cli, "%s: this program has no resource with a table %s.",
                          reading->word, parts->list[2]);
    column->min = 1;
    column->max = INT64_MAX;
    return true;
}

static bool check_field_name(struct scaffold_reading *reading,
                             const struct scaffold_resource *resource)
{
    const char *name = reading->field->column.name;
    const char *owner = scaffold_owner_of_field(name);

    if (!scaffold_is_name(name))
        return cli_misuse(reading->cli,
                          "%s: a field's name has at most %d lower-case letters, digits and single "
                          "underscores, and begins with a letter.",
                          reading->word, SCAFFOLD_NAME_MAX);
    if (owner)
        return cli_misuse(reading->cli, "%s: %s is %s.", reading->word, name, owner);
    /* The longest name made of both is that of an index; PostgreSQL cuts what passes 63. */
    if (strlen(resource->name) + strlen(name) > 63 - strlen("_active__idx"))
        return cli_misuse(reading->cli, "%s: this name is too long beside %s.", reading->word,
                          resource->name);
    for (size_t i = 0; i < resource->field_count; i++) {
        if (strcmp(resource->fields[i].column.name, name) == 0)
            return cli_misuse(reading->cli, "%s: %s is there twice.", reading->word, name);
    }
    return true;
}

static bool read_field(struct cli *cli, const char *word, struct scaffold_resource *resource)
{
    struct scaffold_field *field = &resource->fields[resource->field_count];
    struct scaffold_reading reading = {.cli = cli, .word = word, .field = field};
    struct parts parts = {0};

    field->column = (struct column){.digits = 12, .scale = 2};
    if (!split(&reading, &parts))
        return false;
    field->column.name = parts.list[0];
    if (parts.count < 2)
        return cli_misuse(cli, "%s: write a field as name:type, such as total:decimal.", word);
    if (!check_field_name(&reading, resource) || !read_type(&reading, parts.list[1]) ||
        (reading.is_reference && !read_target(&reading, &parts)))
        return false;
    for (size_t i = reading.is_reference ? 3 : 2; i < parts.count; i++) {
        if (!read_option(&reading, parts.list[i]))
            return false;
    }
    resource->field_count++;
    return scaffold_complete(&reading);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);

    return length > tail && strcmp(text + length - tail, end) == 0;
}

/* English, as far as the names of tables go: categories, boxes, orders. `--one` says the rest. */
static const char *singular(struct scope *scope, const char *name)
{
    static const char *const long_ends[] = {"sses", "xes", "ches", "shes", "zes"};
    int length = (int)strlen(name);

    if (ends_with(name, "ies"))
        return scope_format(scope, "%.*sy", length - 3, name);
    for (size_t i = 0; i < sizeof long_ends / sizeof long_ends[0]; i++) {
        if (ends_with(name, long_ends[i]))
            return scope_format(scope, "%.*s", length - 2, name);
    }
    if (ends_with(name, "s") && !ends_with(name, "ss"))
        return scope_format(scope, "%.*s", length - 1, name);
    return name;
}

static bool check_names(struct cli *cli, const struct scaffold_resource *resource)
{
    const char *owner = scaffold_owner_of_table(resource->name);

    if (!scaffold_is_name(resource->name) || !scaffold_is_name(resource->one))
        return cli_misuse(cli,
                          "A resource's name has at most %d lower-case letters, digits and single "
                          "underscores, and begins with a letter.",
                          SCAFFOLD_NAME_MAX);
    if (owner)
        return cli_misuse(cli, "%s is %s; take another name.", resource->name, owner);
    owner = scaffold_owner_of_struct(resource->one);
    return !owner || cli_misuse(cli, "One of them would be %s, which is %s: name it with --one.",
                                resource->one, owner);
}

bool scaffold_parse(struct cli *cli, const char *name, const char *one,
                    struct scaffold_resource *resource)
{
    const char *word;

    *resource = (struct scaffold_resource){.name = name};
    resource->one = one ? one : singular(&cli->scope, name);
    resource->fields = scope_alloc(&cli->scope, SCAFFOLD_FIELD_MAX * sizeof *resource->fields);
    if (!resource->one || !resource->fields || !check_names(cli, resource))
        return false;
    while ((word = arguments_next(cli))) {
        if (resource->field_count == SCAFFOLD_FIELD_MAX)
            return cli_misuse(cli, "A resource has at most %d fields.", SCAFFOLD_FIELD_MAX);
        if (!read_field(cli, word, resource))
            return false;
    }
    return resource->field_count > 0 ||
           cli_misuse(cli, "Give it at least one field, such as name:text:1..120.");
}
