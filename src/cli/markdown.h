/* markdown.h - the pieces that generated documents are made of (GitHub's Markdown) */
#ifndef KEEL_CLI_MARKDOWN_H
#define KEEL_CLI_MARKDOWN_H

#include "keel/core/buffer.h"

/* Text as it stands: what would be markup, or end a table's cell, is escaped. */
void markdown_text(struct buffer *out, const char *text);

/* `code` */
void markdown_code(struct buffer *out, const char *code);

/* `a`, `b`, `c` of "a|b|c" */
void markdown_choices(struct buffer *out, const char *choices);

/* A heading of level 1 to 6, with an empty line before it (not at the beginning) and behind it. */
void markdown_heading(struct buffer *out, unsigned level, const char *title);

/* The head of a table; `headings` end with NULL. */
void markdown_table(struct buffer *out, const char *const *headings);

/* The anchor that a heading gets: "get-apiitemsid" of "GET /api/items/{id}". */
void markdown_anchor(struct buffer *out, const char *heading);

/* [`text`](#anchor of heading) */
void markdown_link(struct buffer *out, const char *text, const char *heading);

#endif
