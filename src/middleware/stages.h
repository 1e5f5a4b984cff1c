/* stages.h - the stages that pipeline.c runs, one file each */
#ifndef KEEL_MIDDLEWARE_STAGES_H
#define KEEL_MIDDLEWARE_STAGES_H

#include "keel/http/exchange.h"

/*
 * A stage returns false to stop the request: with an error recorded in the scope, or none when the
 * answer is complete as it is (OPTIONS).
 */
bool stage_route(struct exchange *exchange);       /* finds the row: 404, 405 */
bool stage_options(struct exchange *exchange);     /* answers OPTIONS: 204 */
bool stage_monitor(struct exchange *exchange);     /* whether a monitoring system asks */
bool stage_rate(struct exchange *exchange);        /* takes a token from the client's bucket: 429 */
bool stage_database(struct exchange *exchange);    /* makes sure of the connection: 503 */
bool stage_auth(struct exchange *exchange);        /* who asks: 401 */
bool stage_permission(struct exchange *exchange);  /* may they: 401, 403 */
bool stage_query(struct exchange *exchange);       /* unknown or doubled parameters: 400 */
bool stage_body(struct exchange *exchange);        /* reads and checks the body: 400, 413, 415 */
bool stage_upload(struct exchange *exchange);      /* or streams it to a file: the same, and 503 */
bool stage_idempotency(struct exchange *exchange); /* whether an Idempotency-Key counts: 400 */
bool stage_standby(struct exchange *exchange);     /* whether a standby may answer; never stops */
bool stage_transaction(struct exchange *exchange); /* the handler, a write in a transaction */

/*
 * Both inside the transaction, and nothing where no key counts. The first claims the key, or makes
 * the answer that its request was given before (response.is_replay): 409, 422. The second keeps
 * the answer just prepared; of its headers, those behind `headers_length` belong to it alone.
 */
bool idempotency_replay(struct exchange *exchange);
bool idempotency_store(struct exchange *exchange, size_t headers_length);

/*
 * Adds to the audit log what a write has just done: an entry for each row. The second is for what a
 * refusal leaves behind, to be told under its status; the scope's error is cleared by then.
 */
bool audit_record(struct exchange *exchange);
bool audit_refusal(struct exchange *exchange, int status);

/*
 * Claim: the standby that was to answer could not, or does not know the row, and from now on the
 * database itself is asked.
 */
bool standby_fall_back(struct exchange *exchange);

/* The Cache-Control of a success (RFC 9111, 5.2.2); NULL: nobody may keep it. */
const char *cache_control(const struct exchange *exchange);

/* Tells a browser whether a page of another origin may read the answer, whatever it will be. */
void cors_add_headers(struct exchange *exchange);

/* The token of `Bearer <token>`; NULL: there is something else, or nothing. */
const char *bearer_token(const char *authorization);

/* Says in the answer how long it took so far (Server-Timing), where the settings want it. */
void measure_add_header(struct exchange *exchange, int64_t started_us);

/* Counts a request that is over. */
void measure_request(struct exchange *exchange, int64_t duration_us);

/* One line for a request that is over. */
void access_log_write(struct exchange *exchange, int64_t duration_us);

#endif
