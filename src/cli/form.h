/* form.h - a report as text for people and as JSON for programs, written at once */
#ifndef KEEL_CLI_FORM_H
#define KEEL_CLI_FORM_H

#include "cli.h"
#include "keel/core/buffer.h"

#define FORM_DEPTH_MAX 6

/*
 * In JSON a label is the name of a member ("Files Created/Modified" is files_created_modified), and
 * the title the member "report".
 */
struct form {
    struct buffer text;
    struct buffer json;
    unsigned depth;
    bool is_list[FORM_DEPTH_MAX];
};

void form_begin(struct form *form, struct scope *scope, const char *title);

/* `Label:      text` at the margin, `  label: text` inside of something. */
void form_line(struct form *form, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A label with lines below it, or with items that have no labels; until form_close(). */
void form_open(struct form *form, const char *label, bool is_list);
void form_item(struct form *form, const char *format, ...) __attribute__((format(printf, 2, 3)));
void form_close(struct form *form);

/* Ends the report and writes it to stdout. */
bool form_print(struct cli *cli, struct form *form, bool as_json);

#endif
