/* conditional.h - entity tags: a row's own, and those of If-Match and If-None-Match (RFC 9110) */
#ifndef KEEL_HTTP_CONDITIONAL_H
#define KEEL_HTTP_CONDITIONAL_H

#include "keel/http/exchange.h"
#include "keel/model/store.h"

/* Adds the row's ETag where it has a version. */
bool etag_add(struct exchange *exchange, const struct rows *rows);

/*
 * Turns the answer into a 304 when the caller has this version of the row already (If-None-Match);
 * a row without a version is always given.
 */
void conditional_not_modified(struct exchange *exchange, const struct rows *rows);

/*
 * The same for a document that is whole in response.data, by its content; with the ETag.
 */
bool conditional_document(struct exchange *exchange);

/*
 * Holds a write to the version that the caller has seen (If-Match): locks the row until the
 * transaction ends and fails with ERR_PRECONDITION_FAILED when it has another one by now,
 * ERR_NOT_FOUND when it is gone, ERR_VALIDATION when the header is malformed. Without the header
 * nothing is asked, or ERR_PRECONDITION_REQUIRED where the setting demands it of the method.
 */
bool conditional_match(struct exchange *exchange, const struct model *model);

#endif
