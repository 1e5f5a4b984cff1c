/* api_parts.h - what the files of the API fixture share; tests include api.h */
#ifndef KEEL_TESTS_SUPPORT_API_PARTS_H
#define KEEL_TESTS_SUPPORT_API_PARTS_H

#include "api.h"
#include "keel/http/memory.h"

/*
 * Makes a transport of a request, with room for an answer: while it is served, the transport itself
 * needs no memory for an ordinary one.
 */
bool api_prepare(struct scope *scope, const struct api_request *request,
                 struct memory_transport *memory);

/*
 * Has `app` answer a request; the raw answer is in the scope's arena. Checks nothing, so a forked
 * process may use it. NULL when there is no memory.
 */
const char *api_transfer(struct app *app, struct scope *scope, const struct api_request *request,
                         size_t *length);

/* Takes a raw answer apart and checks all of it. */
const struct api_reply *api_receive(struct api *api, const struct api_request *request,
                                    const char *answer, size_t length);

/* What holds for every answer: envelope, headers, the promise of the route's row. */
void api_check(struct api *api, const struct api_request *request, const struct api_reply *reply);

/*
 * Fails the test unless `data` is what the row's reply says, with the columns that `fields` and
 * `include` of the target ask for (written without escapes).
 */
void api_check_data(const struct route *route, const char *target, struct json_object *data);

/* Fails the test unless `object` has exactly these members ("a b c", in any order). */
void api_check_members(struct json_object *object, const char *names);

/*
 * The log line of a request that was answered under `id`; fails the test unless there is exactly
 * one. Goes with the reply.
 */
struct json_object *api_log_find(struct api *api, const char *id);

/* From here on, lines of the next requests are looked for. */
void api_log_advance(struct api *api);

/* Fails the test unless a write that succeeded has left its entries in the audit log. */
void api_audit_check(struct api *api, const struct api_request *request,
                     const struct api_reply *reply);

/* Remembers the secrets that a request and its answer hold. */
void api_log_learn(struct api *api, const struct api_request *request,
                   const struct api_reply *reply);

/* Fails the test when the log, or the audit log, holds a secret. */
void api_log_search(struct api *api);

#endif
