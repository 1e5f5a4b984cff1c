/* api_keys.c - keys that stand for an account in programs */
#include "keel/services/api_keys.h"

#include "identity.h"
#include "keel/core/config.h"
#include "keel/core/network.h"
#include "keel/model/selection.h"
#include "keel/services/opaque.h"
#include "key_text.h"
#include "sql.h"

#include <inttypes.h>

/* More are a sign of a program that never deletes what it makes. */
#define KEYS_MAX 100

static bool find(struct scope *scope, int64_t user_id, int64_t id, struct rows *rows)
{
    return db_query(scope, &sql_api_keys_find,
                    PARAMS(param_int(scope, user_id), param_int(scope, id)), rows);
}

bool api_keys_list(struct scope *scope, int64_t user_id, struct rows *rows)
{
    return find(scope, user_id, 0, rows);
}

static bool fail_missing(struct scope *scope)
{
    return fail(scope, ERR_NOT_FOUND, "API key not found");
}

/* The key as it is now, with the whole that was just made. */
static bool load(struct scope *scope, int64_t user_id, int64_t id, const char *text,
                 struct api_key *key)
{
    struct selection selection;
    struct rows rows;

    selection_all(&api_key_model, &selection);
    if (!find(scope, user_id, id, &rows))
        return false;
    if (rows.count == 0)
        return fail_missing(scope);
    if (!selection_load(scope, &selection, &rows, 0, key))
        return false;
    key->key = text;
    return true;
}

/* When the key is to end, in microseconds; 0: never. */
static bool find_end(struct scope *scope, const struct api_key_request *request, int64_t *end)
{
    *end = request->expires_at.us;
    if (request->expires_in.is_null)
        return *end == 0 || *end > scope->now ||
               fail_field(scope, "expires_at", "past", "expires_at must be in the future");
    if (*end != 0)
        return fail_field(scope, "expires_in", "conflict",
                          "Say expires_at or expires_in, not both");
    *end = scope->now + request->expires_in.value * INT64_C(1000000);
    return true;
}

static bool check_count(struct scope *scope, const char *user)
{
    struct rows rows;

    if (!db_query(scope, &sql_api_keys_lock, PARAMS(user), &rows) ||
        !db_query(scope, &sql_api_keys_count, PARAMS(user), &rows))
        return false;
    return row_int(&rows, 0, 0) < KEYS_MAX ||
           fail(scope, ERR_CONFLICT, "An account has at most %d API keys; delete one first",
                KEYS_MAX);
}

static bool check_scopes(struct scope *scope, const char *user, const char *scopes)
{
    struct rows rows;

    if (!scopes)
        return true;
    if (!db_query(scope, &sql_api_keys_excess, PARAMS(user, scopes), &rows))
        return false;
    if (rows.count == 0)
        return true;
    const char *field = scope_format(scope, "scopes[%s]", row_text(&rows, 0, 1));

    return field && fail_field(scope, field, "not_permitted",
                               "You do not have the permission %s yourself", row_text(&rows, 0, 0));
}

bool api_key_create(struct scope *scope, int64_t user_id, const struct api_key_request *request,
                    struct api_key *key)
{
    const char *user = param_int(scope, user_id);
    struct rows rows;
    int64_t end;

    if (!find_end(scope, request, &end) || !check_count(scope, user) ||
        !check_scopes(scope, user, request->scopes.text))
        return false;
    const char *prefix = key_text_make_prefix(scope);
    const char *text = prefix ? key_text_make(scope, prefix) : NULL;

    return text &&
           db_query(scope, &sql_api_keys_insert,
                    PARAMS(user, request->name, prefix, opaque_hash(scope, text),
                           request->scopes.text, request->networks.text,
                           end ? param_time(scope, end) : NULL),
                    &rows) &&
           load(scope, user_id, row_int(&rows, 0, 0), text, key);
}

static bool find_overlap(struct scope *scope, const struct api_key_rotation *rotation,
                         int64_t *seconds)
{
    int64_t most = scope->config->key_overlap_s;

    *seconds = rotation->overlap_s.is_null ? most : rotation->overlap_s.value;
    return *seconds <= most ||
           fail_field(scope, "overlap_s", "too_large", "overlap_s must be at most %" PRId64, most);
}

bool api_key_rotate(struct scope *scope, int64_t user_id, int64_t id,
                    const struct api_key_rotation *rotation, struct api_key *key)
{
    const char *row = param_int(scope, id);
    struct rows found, rows;
    int64_t overlap_s;

    if (!find_overlap(scope, rotation, &overlap_s) ||
        !db_query(scope, &sql_api_keys_lock_one, PARAMS(row, param_int(scope, user_id)), &found))
        return false;
    if (found.count == 0)
        return fail_missing(scope);
    const char *text = key_text_make(scope, row_text(&found, 0, 0));

    return text &&
           db_query(scope, &sql_api_keys_rotate,
                    PARAMS(row, opaque_hash(scope, text), param_int(scope, overlap_s)), &rows) &&
           load(scope, user_id, id, text, key);
}

bool api_key_delete(struct scope *scope, int64_t user_id, int64_t id)
{
    struct rows rows;

    return db_query(scope, &sql_api_keys_delete,
                    PARAMS(param_int(scope, id), param_int(scope, user_id)), &rows) &&
           (rows.affected > 0 || fail_missing(scope));
}

bool api_key_is_meant(const char *text)
{
    return key_text_is_meant(text);
}

static bool refuse(struct scope *scope, const char *why)
{
    fail(scope, ERR_UNAUTHORIZED, "The API key is not valid");
    return fail_detail(scope, "API key: %s", why);
}

/* The reason why a key that exists does not count; NULL: it does. */
static const char *find_fault(const struct scope *scope, const struct rows *key)
{
    const char *networks = row_text(key, 0, 5);

    if (!row_bool(key, 0, 3))
        return "the account is not active";
    if (row_bool(key, 0, 4))
        return "it is over";
    if (*networks && !(scope->client_address && network_holds(networks, scope->client_address)))
        return "it was used outside of its networks";
    return NULL;
}

bool api_key_identify(struct scope *scope, const char *text, struct identity *identity)
{
    struct rows found, rows;

    if (!key_text_is_whole(text))
        return refuse(scope, "its form or checksum is wrong");
    const char *prefix = scope_copy(scope, text, KEY_TEXT_PREFIX_LENGTH);

    if (!prefix ||
        !db_query(scope, &sql_api_keys_identify, PARAMS(prefix, opaque_hash(scope, text)), &found))
        return false;
    if (found.count == 0)
        return refuse(scope, "it is unknown");
    const char *fault = find_fault(scope, &found);

    if (fault)
        return refuse(scope, fault);
    if (row_bool(&found, 0, 6) &&
        !db_query(scope, &sql_api_keys_note_use,
                  PARAMS(row_text(&found, 0, 0), scope->client_address), &rows))
        return false;
    *identity = (struct identity){.user_id = row_int(&found, 0, 1),
                                  .api_key_id = row_int(&found, 0, 0),
                                  .email = row_text(&found, 0, 2)};
    return identity_set_permissions(scope, row_text(&found, 0, 7), identity);
}
