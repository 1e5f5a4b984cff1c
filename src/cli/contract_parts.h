/* contract_parts.h - what the files that compare contracts share */
#ifndef KEEL_CLI_CONTRACT_PARTS_H
#define KEEL_CLI_CONTRACT_PARTS_H

#include "contract.h"

#include <json-c/json.h>

/* Which way a schema's values go; some go both. */
enum direction { SENT = 1 << 0, READ_BACK = 1 << 1 };

/* How a component is used. */
struct usage {
    const char *name; /* "#/components/schemas/Item" */
    unsigned directions;
};

struct usages {
    struct usage *list;
    size_t count, capacity;
};

struct comparing {
    struct scope *scope;
    struct json_object *older, *newer; /* the documents */
    struct changes *changes;
    const char *place;
    bool failed; /* no memory */
};

/* The member of an object; NULL where there is none, or no object. */
struct json_object *contract_member(struct json_object *object, const char *name);

/* The same, where it is an object, or an array; anything else counts as none. */
struct json_object *contract_object(struct json_object *object, const char *name);
struct json_object *contract_array(struct json_object *object, const char *name);

/* Elements; 0 of NULL. */
size_t contract_length(struct json_object *array);

/* The member's text; NULL where it is none. */
const char *contract_text(struct json_object *object, const char *name);

/* Claim: the member is there and true. */
bool contract_flag(struct json_object *object, const char *name);

/* What the value is where it is a {"$ref": ...} into its document; else itself. */
struct json_object *contract_resolve(struct json_object *document, struct json_object *value);

/* Claim: both refer to the component of the same name, which is compared on its own. */
bool contract_same_reference(struct json_object *older, struct json_object *newer);

/* Adds a change of comparing->place. */
void contract_add(struct comparing *comparing, enum change_kind kind, bool breaks,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * contract_schema.c: the schemas of `subject`, e.g. "parameter q" or "field price" ("": the
 * place's own). Either may be NULL: then anything goes there.
 */
void contract_compare_schema(struct comparing *comparing, struct json_object *older,
                             struct json_object *newer, unsigned directions, const char *subject);

/* contract_values.c: what one schema says of its values, but for its members */
void contract_compare_values(struct comparing *comparing, struct json_object *older,
                             struct json_object *newer, unsigned directions, const char *subject);

/* contract_operation.c: one endpoint that is in both documents */
void contract_compare_operation(struct comparing *comparing, struct json_object *older,
                                struct json_object *newer);
void contract_compare_response(struct comparing *comparing, struct json_object *older,
                               struct json_object *newer, const char *subject);

/* contract_usage.c: how the components of a document are used; `usages` begins as {0} */
bool contract_find_usages(struct scope *scope, struct json_object *document, struct usages *usages);
unsigned contract_usage_of(const struct usages *usages, const char *name);

#endif
