/* scaffold.h - a resource that is to be made: its description, and the texts made of it */
#ifndef KEEL_CLI_SCAFFOLD_H
#define KEEL_CLI_SCAFFOLD_H

#include "cli.h"
#include "keel/core/buffer.h"
#include "keel/model/model.h"

#define SCAFFOLD_NAME_MAX  30
#define SCAFFOLD_FIELD_MAX 40

/* One field, with the row that the resource's column table will have. */
struct scaffold_field {
    struct column column;
    bool is_unique;
    const struct model *target; /* of a reference: what it points at; NULL: it is none */
};

struct scaffold_resource {
    const char *name; /* "purchase_orders": table, path, module, file */
    const char *one;  /* "purchase_order": the struct */
    struct scaffold_field *fields;
    size_t field_count;
};

/*
 * Reads a resource's name and the fields that are left in the arguments: `name:type[:option]...[?]`
 * (new_resource.c says which). `one` may be NULL: then it is taken from the name. What cannot be
 * built is refused as misuse, in a sentence that says what to write instead.
 */
bool scaffold_parse(struct cli *cli, const char *name, const char *one,
                    struct scaffold_resource *resource);

/* Claim: a field may not have a value that another row has, so that a write can be a conflict. */
bool scaffold_has_unique(const struct scaffold_resource *resource);

/* Claim: lower-case letters, digits and single underscores, and short enough for a constraint. */
bool scaffold_is_name(const char *name);

/* Whose word it is that nobody may use as a name: "PostgreSQL", "C" ...; NULL: it is free. */
const char *scaffold_owner_of_table(const char *word);
const char *scaffold_owner_of_field(const char *word);
const char *scaffold_owner_of_struct(const char *word);

/* "purchase_order" as "Purchase order", or with `capital` false as "purchase order". */
const char *scaffold_words(struct scope *scope, const char *name, bool capital);

/* The value that a field has in the sample rows, as JSON and as SQL; each `variant` has its own. */
const char *scaffold_sample_json(struct scope *scope, const struct scaffold_field *field,
                                 unsigned variant);
const char *scaffold_sample_sql(struct scope *scope, const struct scaffold_field *field,
                                unsigned variant);

#endif
