/* docs_parts.h - the parts of API_REFERENCE.md */
#ifndef KEEL_CLI_DOCS_PARTS_H
#define KEEL_CLI_DOCS_PARTS_H

#include "docs.h"

/* "text, 1 to 255 characters, or null" */
void docs_add_type(struct buffer *out, const struct column *column);

/* A link to the model's table among the objects. */
void docs_add_object_link(struct buffer *out, const struct model *model);

/* The heading, table and example of every object that an answer holds. */
void docs_add_objects(struct buffer *out, struct modules modules);

/* What a row takes beside its body: path, query and headers. Nothing where it takes nothing. */
void docs_add_parameters(struct buffer *out, const struct docs_source *source,
                         const struct route *route);

/* A model's columns of this use as a JSON object, of their examples; PARTIAL gives two of them. */
void docs_add_json(struct buffer *out, const struct model *model, unsigned use);

/* A call by curl that can be tried as it stands. */
void docs_add_example(struct buffer *out, const struct docs_source *source,
                      const struct module *module, const struct route *route);

/* The heading of an endpoint, "GET /api/items/{id}", which links lead to. NULL: no memory. */
const char *docs_endpoint_heading(struct buffer *out, const struct docs_source *source,
                                  const struct route *route);

/* Everything about one endpoint. */
void docs_add_endpoint(struct buffer *out, const struct docs_source *source,
                       const struct module *module, const struct route *route);

#endif
