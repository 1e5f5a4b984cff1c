/* docs.h - the documents that `keelctl docs` writes */
#ifndef KEEL_CLI_DOCS_H
#define KEEL_CLI_DOCS_H

#include "keel/core/buffer.h"
#include "keel/http/route.h"

/* What the reference is made from. */
struct docs_source {
    struct scope *scope; /* owns what is made meanwhile */
    struct modules modules;
    const char *base_path; /* in front of every route's path: "/api" */
};

/* docs/API_REFERENCE.md. Each leaves a failed buffer where memory runs out. */
void docs_write_api(struct buffer *out, const struct docs_source *source);

/* docs/CONFIG.md, from the table of settings. */
void docs_write_config(struct buffer *out);

#endif
