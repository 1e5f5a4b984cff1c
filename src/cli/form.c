/* form.c - a report as text for people and as JSON for programs, written at once */
#include "form.h"

#include "keel/core/json.h"
#include "report.h"

#include <ctype.h>
#include <string.h>

/* "Root Cause" as "root_cause"; what is a name already stays as it is. */
static void add_key(struct form *form, const char *label)
{
    bool is_gap = false;

    buffer_add_char(&form->json, '"');
    for (; *label; label++) {
        bool is_kept = isalnum((unsigned char)*label) || strchr("_-{}", *label);

        if (is_kept && is_gap)
            buffer_add_char(&form->json, '_');
        if (is_kept)
            buffer_add_char(&form->json, (char)tolower((unsigned char)*label));
        is_gap = !is_kept;
    }
    buffer_add_text(&form->json, "\": ");
}

/* A comma where something stands before, and a line of its own. */
static void next_in_json(struct form *form)
{
    const char *end = form->json.data + form->json.length;

    buffer_add_text(&form->json, form->json.length && !strchr("{[", end[-1]) ? ",\n" : "\n");
    for (unsigned i = 0; i <= form->depth; i++)
        buffer_add_text(&form->json, "  ");
}

void form_begin(struct form *form, struct scope *scope, const char *title)
{
    *form = (struct form){0};
    buffer_init(&form->text, &scope->arena);
    buffer_init(&form->json, &scope->arena);
    report_title(&form->text, title);
    buffer_add_char(&form->json, '{');
    next_in_json(form);
    add_key(form, "report");
    json_add_text(&form->json, title);
}

__attribute__((format(printf, 2, 0))) static const char *
formatted(struct form *form, const char *format, va_list arguments)
{
    const char *text = arena_vformat(form->text.arena, format, arguments);

    if (!text)
        form->text.failed = true;
    return text ? text : "";
}

void form_line(struct form *form, const char *label, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const char *text = formatted(form, format, arguments);

    va_end(arguments);
    if (form->depth == 0)
        report_line(&form->text, label, "%s", text);
    else
        report_item(&form->text, form->depth, "%s: %s", label, text);
    next_in_json(form);
    add_key(form, label);
    json_add_text(&form->json, text);
}

void form_open(struct form *form, const char *label, bool is_list)
{
    report_heading(&form->text, form->depth, label);
    next_in_json(form);
    add_key(form, label);
    buffer_add_char(&form->json, is_list ? '[' : '{');
    if (form->depth + 1 < FORM_DEPTH_MAX)
        form->depth++;
    form->is_list[form->depth] = is_list;
}

void form_item(struct form *form, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const char *text = formatted(form, format, arguments);

    va_end(arguments);
    report_item(&form->text, form->depth, "%s", text);
    next_in_json(form);
    json_add_text(&form->json, text);
}

void form_close(struct form *form)
{
    bool is_list = form->is_list[form->depth];
    bool is_empty = form->json.length && strchr("[{", form->json.data[form->json.length - 1]);

    if (is_empty)
        report_item(&form->text, form->depth, "none");
    form->depth--;
    if (!is_empty) {
        buffer_add_char(&form->json, '\n');
        for (unsigned i = 0; i <= form->depth; i++)
            buffer_add_text(&form->json, "  ");
    }
    buffer_add_char(&form->json, is_list ? ']' : '}');
}

bool form_print(struct cli *cli, struct form *form, bool as_json)
{
    buffer_add_text(&form->json, "\n}\n");
    if (form->text.failed || form->json.failed)
        return fail_memory(&cli->scope);
    return cli_print(cli, as_json ? form->json.data : form->text.data);
}
