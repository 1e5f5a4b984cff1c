/* report_of_fix.c - `keelctl report fix`: the last commit, as the report of a fix */
#include "report_call.h"

#include "arguments.h"
#include "form.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* The sections that a fix's commit message has, each a line `Label: text` and what follows it. */
static const char *const labels[] = {"Issue", "Endpoint", "Root cause", "Solution", "Verified"};
#define LABEL_COUNT (sizeof labels / sizeof labels[0])

/* The text behind `Label:`, where the line begins so; else NULL. */
static const char *behind_label(const char *line, const char *label)
{
    size_t length = strlen(label);

    if (strncasecmp(line, label, length) != 0 || line[length] != ':')
        return NULL;
    return line + length + 1 + strspn(line + length + 1, " ");
}

static bool begins_section(const char *line)
{
    for (size_t i = 0; i < LABEL_COUNT; i++) {
        if (behind_label(line, labels[i]))
            return true;
    }
    return false;
}

static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return *line ? line + 1 : line;
}

/* A section's lines up to an empty one or the next section, as one; NULL: there is none. */
static const char *section(struct scope *scope, const char *message, const char *label)
{
    struct buffer out;

    buffer_init(&out, &scope->arena);
    while (*message && !behind_label(message, label))
        message = next_line(message);
    if (!*message)
        return NULL;
    const char *line = behind_label(message, label);

    do {
        size_t length = strcspn(line, "\n");
        size_t lead = strspn(line, " \t");

        lead = lead < length ? lead : length;
        if (out.length && length > lead)
            buffer_add_char(&out, ' ');
        buffer_add(&out, line + lead, length - lead);
        line = next_line(line);
    } while (*line && *line != '\n' && !begins_section(line));
    return out.failed || !out.length ? NULL : out.data;
}

static void add_section(struct form *form, struct scope *scope, const char *message,
                        const char *label, const char *title)
{
    const char *text = section(scope, message, label);

    if (text)
        form_line(form, title, "%s", text);
    else
        form_line(form, title, "not said: the commit message has no line `%s: ...`", label);
}

/* The subject says what was wrong where no section does. */
static void add_issue(struct form *form, struct scope *scope, const char *message)
{
    const char *text = section(scope, message, "Issue");

    if (text)
        form_line(form, "Issue", "%s", text);
    else
        form_line(form, "Issue", "%.*s", (int)strcspn(message, "\n"), message);
}

static void add_files(struct form *form, const struct git_changes *changes)
{
    form_open(form, "Files Modified", true);
    for (size_t i = 0; i < changes->count; i++) {
        const struct git_change *change = &changes->list[i];

        form_item(form, "%s%s", change->path,
                  change->kind == 'A'   ? " (created)"
                  : change->kind == 'D' ? " (removed)"
                                        : "");
    }
    form_close(form);
}

/* What HEAD names now, so that the report stays true while somebody commits. */
static bool read_head(struct report_call *call, const char **commit, const char **message)
{
    static const char *const name[] = {"rev-parse", "HEAD", NULL};
    struct scope *scope = &call->cli->scope;
    const char *text;

    if (!git_read(scope, call->source, name, &text))
        return false;
    *commit = scope_copy(scope, text, strcspn(text, "\n"));
    const char *const log[] = {"log", "-1", "--format=%B", *commit, NULL};

    return *commit && git_read(scope, call->source, log, message);
}

bool report_of_fix(struct report_call *call)
{
    struct scope *scope = &call->cli->scope;
    const char *commit, *message;
    struct git_changes changes;
    struct test_sum tests;
    struct form form;

    if (!arguments_end(call->cli) || !read_head(call, &commit, &message) ||
        !git_changes_of(scope, call->source, commit, &changes) ||
        !results_sum(scope, &call->results, &changes, NULL, NULL, &tests))
        return false;
    const char *state = results_state(scope, &tests);

    form_begin(&form, scope, "FIX COMPLETE");
    add_issue(&form, scope, message);
    add_section(&form, scope, message, "Endpoint", "Endpoint");
    add_section(&form, scope, message, "Root cause", "Root Cause");
    add_section(&form, scope, message, "Solution", "Solution");
    add_files(&form, &changes);
    form_open(&form, "Tests", false);
    form_line(&form, "Added", "%zu", tests.added);
    form_line(&form, "Status", "%s", state ? state : "");
    form_close(&form);
    add_section(&form, scope, message, "Verified", "Verified");
    return state && scope->error.kind == ERR_NONE && form_print(call->cli, &form, call->as_json);
}
