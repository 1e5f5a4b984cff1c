/* contract.h - two OpenAPI documents compared: what changed, and what of it breaks clients */
#ifndef KEEL_CLI_CONTRACT_H
#define KEEL_CLI_CONTRACT_H

#include "keel/core/scope.h"

struct json_object;

enum change_kind { CHANGE_ADDED, CHANGE_CHANGED, CHANGE_REMOVED };

struct change {
    enum change_kind kind;
    bool breaks;       /* a client that was right before can fail now */
    const char *place; /* "GET /items", "schema Item" */
    const char *what;  /* "field price: maximum 10 -> 5"; "" for all of the place */
};

/* Begins as {0}; belongs to the arena of the scope that it is filled in. */
struct changes {
    struct change *list;
    size_t count, capacity;
    size_t breaking;
};

/*
 * Parses an OpenAPI 3 document, which belongs to the scope's arena. `name` is what errors call it.
 * Fails with ERR_MALFORMED.
 */
bool contract_parse(struct scope *scope, const char *name, const char *text, size_t length,
                    struct json_object **document);

/*
 * Adds every change from one document to the other, in the order of their endpoints and then of
 * their schemas. Texts for people (summaries, descriptions, examples) do not count. What breaks:
 * - anything removed that a client may send or read, but for errors;
 * - what must be sent now and needed not be; what may be missing now and was always there;
 * - a request narrowed, a reply widened, in type, format, values, and, of requests, bounds;
 * - an endpoint that asks for more rights, or for others.
 * Fails for lack of memory only.
 */
bool contract_compare(struct scope *scope, struct json_object *older, struct json_object *newer,
                      struct changes *changes);

/* "added", "changed" or "removed" */
const char *change_name(enum change_kind kind);

#endif
