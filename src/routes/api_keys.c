/* api_keys.c - the routes of API keys */
#include "keel/services/api_keys.h"
#include "keel/http/crud.h"
#include "keel/model/store.h"

static bool list_keys(struct exchange *exchange)
{
    struct rows rows;

    return api_keys_list(&exchange->scope, exchange->scope.caller->user_id, &rows) &&
           crud_reply_rows(exchange, &rows);
}

static bool reply_key(struct exchange *exchange, const struct api_key *key)
{
    crud_note_row(exchange, "api_keys", key->id);
    return crud_reply_record(exchange, key);
}

static bool create_key(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    struct api_key_request request;
    struct api_key key;

    return input_load(scope, &exchange->input, &request) &&
           api_key_create(scope, scope->caller->user_id, &request, &key) &&
           reply_key(exchange, &key);
}

static bool rotate_key(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    struct api_key_rotation rotation;
    struct api_key key;

    return input_load(scope, &exchange->input, &rotation) &&
           api_key_rotate(scope, scope->caller->user_id, exchange->match.values.id, &rotation,
                          &key) &&
           reply_key(exchange, &key);
}

static bool delete_key(struct exchange *exchange)
{
    int64_t id = exchange->match.values.id;

    crud_note_row(exchange, "api_keys", id);
    return api_key_delete(&exchange->scope, exchange->scope.caller->user_id, id);
}

static const struct route routes[] = {
    {"keys.list", GET, "/auth/keys", list_keys, ACCESS_SIGNED_IN, .rate = RATE_READ,
     .reply = {&api_key_model, READ | WHOLE}, .success = 200,
     .summary = "The caller's own API keys, the newest first."},
    {"keys.create", POST, "/auth/keys", create_key, ACCESS_SIGNED_IN, .rate = RATE_AUTH,
     .body = {&api_key_request_model, CREATE}, .reply = {&issued_api_key_model, READ},
     .success = 201, .errors = ERROR_BIT(ERR_CONFLICT),
     .message = "API key created; keep it, it is not shown again", .summary = "Make an API key."},
    {"keys.rotate", POST, "/auth/keys/{id}/rotate", rotate_key, ACCESS_SIGNED_IN, .rate = RATE_AUTH,
     .body = {&api_key_rotation_model, CREATE}, .reply = {&issued_api_key_model, READ},
     .success = 200, .flags = ROUTE_MAY_OMIT_BODY,
     .message = "API key rotated; keep it, it is not shown again",
     .summary = "Give an API key a new secret; the one before stays good for a while."},
    {"keys.delete", DELETE, "/auth/keys/{id}", delete_key, ACCESS_SIGNED_IN, .rate = RATE_WRITE,
     .success = 200, .message = "API key deleted", .summary = "End an API key at once."},
};

extern const struct module module_api_keys;
const struct module module_api_keys = {
    .name = "api_keys", .doc = "Keys with which programs act for an account.", ROUTES(routes)};
