/* template.c - a text with {{places}} for values */
#include "template.h"

#include "embedded.h"

#include <string.h>

#define LINE_WIDTH   100
#define FIELD_PREFIX "field."

/* A line on its way: the template's, and where it is written. */
struct rendering {
    struct scope *scope;
    const char *file;
    const struct template_values *values;
    const struct template_value *field; /* the list of the field it is written for; NULL: none */
};

static const char *find_template(struct scope *scope, const char *file)
{
    size_t length = strlen(file);

    for (size_t i = 0; i < embedded_templates_count; i++) {
        const char *name = embedded_templates[i].name;

        if (strncmp(name, file, length) == 0 && strcmp(name + length, ".tmpl") == 0)
            return embedded_templates[i].text;
    }
    fail(scope, ERR_INTERNAL, "There is no template %s.", file);
    return NULL;
}

static const char *find_value(const struct template_value *list, const char *name, size_t length)
{
    for (; list && list->name; list++) {
        if (strlen(list->name) == length && strncmp(list->name, name, length) == 0)
            return list->text;
    }
    return NULL;
}

static bool is_of_field(const char *name, size_t length)
{
    return length > strlen(FIELD_PREFIX) && strncmp(name, FIELD_PREFIX, strlen(FIELD_PREFIX)) == 0;
}

/* The next place at or behind `at`: its name, and its length in between the braces. */
static const char *next_place(const char *at, size_t *length)
{
    const char *open = strstr(at, "{{");
    const char *close = open ? strstr(open, "}}") : NULL;

    if (!close)
        return NULL;
    *length = (size_t)(close - open) - 2;
    return open + 2;
}

static const char *value_of(const struct rendering *rendering, const char *name, size_t length)
{
    const char *text = is_of_field(name, length)
                           ? find_value(rendering->field, name + strlen(FIELD_PREFIX),
                                        length - strlen(FIELD_PREFIX))
                           : find_value(rendering->values->list, name, length);

    if (!text)
        fail(rendering->scope, ERR_INTERNAL, "%s.tmpl: nothing is known of {{%.*s}}.",
             rendering->file, (int)length, name);
    return text;
}

/*
 * Where a row goes on below: behind its last comma that still fits and stands no deeper than
 * `depth_max` braces.
 */
static size_t row_break(const char *row, int depth_max)
{
    size_t found = 0;
    int depth = 0;
    bool is_quoted = false;

    for (size_t i = 0; row[i]; i++) {
        if (row[i] == '"' && (i == 0 || row[i - 1] != '\\'))
            is_quoted = !is_quoted;
        if (is_quoted)
            continue;
        depth += (row[i] == '{' || row[i] == '(') - (row[i] == '}' || row[i] == ')');
        if (row[i] != ',' || row[i + 1] != ' ' || depth > depth_max)
            continue;
        if (i + 1 > LINE_WIDTH && found)
            break;
        found = i + 1;
    }
    return found;
}

static void add_row(struct buffer *out, const char *row)
{
    int indent = (int)strspn(row, " ") + 1;

    for (int depth_max = 1; strlen(row) > LINE_WIDTH; depth_max = 0) {
        size_t end = row_break(row, depth_max);

        if (end == 0)
            break;
        buffer_add(out, row, end);
        buffer_add_char(out, '\n');
        row = arena_format(out->arena, "%*s%s", indent, "", row + end + 1);
        if (!row) {
            out->failed = true;
            return;
        }
    }
    buffer_add_text(out, row);
}

static void add_line(struct buffer *out, const char *line)
{
    if (strlen(line) > LINE_WIDTH && line[strspn(line, " ")] == '{' && !strchr(line, '\n'))
        add_row(out, line);
    else
        buffer_add_text(out, line);
    buffer_add_char(out, '\n');
}

/* One line of the template with its values; nothing when all it holds is empty. */
static bool render_line(const struct rendering *rendering, const char *line, struct buffer *out)
{
    struct buffer text;
    const char *name;
    size_t length;
    bool is_filled = !strstr(line, "{{");

    buffer_init(&text, &rendering->scope->arena);
    while ((name = next_place(line, &length))) {
        const char *value = value_of(rendering, name, length);
        size_t before = (size_t)(name - 2 - line);

        if (!value)
            return false;
        is_filled |= *value || strspn(line, " ") < before;
        buffer_add(&text, line, before);
        buffer_add_text(&text, value);
        line = name + length + 2;
    }
    is_filled |= *line != '\0';
    buffer_add_text(&text, line);
    if (text.failed)
        return fail_memory(rendering->scope);
    if (is_filled)
        add_line(out, text.data ? text.data : "");
    return true;
}

static bool is_repeated(const char *line)
{
    size_t length;

    for (const char *name = line; (name = next_place(name, &length)); name += length) {
        if (is_of_field(name, length))
            return true;
    }
    return false;
}

static bool render_repeated(struct rendering *rendering, const char *line, struct buffer *out)
{
    if (!is_repeated(line))
        return render_line(rendering, line, out);
    for (size_t i = 0; i < rendering->values->field_count; i++) {
        rendering->field = rendering->values->fields[i];
        if (!render_line(rendering, line, out))
            return false;
    }
    return true;
}

bool template_render(struct scope *scope, const char *file, const struct template_values *values,
                     struct buffer *out)
{
    struct rendering rendering = {.scope = scope, .file = file, .values = values};
    const char *at = find_template(scope, file);

    while (at && *at) {
        size_t length = strcspn(at, "\n");
        const char *line = scope_copy(scope, at, length);

        if (!line || !render_repeated(&rendering, line, out))
            return false;
        at += length + (at[length] == '\n');
    }
    return at && (!out->failed || fail_memory(scope));
}
