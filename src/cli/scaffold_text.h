/* scaffold_text.h - what the templates of a resource say of it and of each field */
#ifndef KEEL_CLI_SCAFFOLD_TEXT_H
#define KEEL_CLI_SCAFFOLD_TEXT_H

#include "scaffold.h"
#include "template.h"

struct endpoint_report;

/*
 * The values for every template of a resource, whose migration is called `label` ("0007_orders");
 * they belong to the scope's arena.
 */
bool scaffold_values(struct scope *scope, const struct scaffold_resource *resource,
                     const char *label, struct template_values *values);

/* The rows that the resource's file will have, with its model, into a report. */
bool scaffold_routes(struct scope *scope, const struct scaffold_resource *resource,
                     struct endpoint_report *report);

/* The variants of sample values: the row of the seeds, and two bodies of the test. */
enum scaffold_variant { SCAFFOLD_SEEDED, SCAFFOLD_FIRST, SCAFFOLD_SECOND };

/* The values of one field; NULL: no memory, or no template. */
const struct template_value *
scaffold_field_values(struct scope *scope, const struct scaffold_resource *resource, size_t index);

/* A field in C and in SQL: pieces of scaffold_values(), "" where a field has none of the kind. */
const char *scaffold_c_member(struct scope *scope, const struct scaffold_field *field);
const char *scaffold_c_row(struct scope *scope, const struct scaffold_resource *resource,
                           const struct scaffold_field *field);
const char *scaffold_sql_column(struct scope *scope, const struct scaffold_field *field);
const char *scaffold_sql_range(struct scope *scope, const struct scaffold_resource *resource,
                               const struct scaffold_field *field);

#endif
