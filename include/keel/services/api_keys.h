/* api_keys.h - keys that stand for an account in programs */
#ifndef KEEL_SERVICES_API_KEYS_H
#define KEEL_SERVICES_API_KEYS_H

#include "keel/db/db.h"
#include "keel/model/model.h"

/* A key as its owner sees it. */
struct api_key {
    int64_t id;
    const char *name;
    const char *prefix;
    struct texts scopes;
    struct texts networks;
    struct instant expires_at;
    struct instant last_used_at;
    const char *last_used_address;
    struct instant previous_until;
    struct instant created_at;
    const char *key; /* the whole, only where it was just made */
};

extern const struct model api_key_model;        /* without the whole */
extern const struct model issued_api_key_model; /* with it */

/* The bodies of adding a key and of rotating one. */
struct api_key_request {
    const char *name;
    struct texts scopes;   /* NULL: all that the account may */
    struct texts networks; /* NULL: from anywhere */
    struct instant expires_at;
    struct maybe_int expires_in; /* seconds; one of both at most */
};

struct api_key_rotation {
    struct maybe_int overlap_s; /* null: the setting key_overlap_s */
};

extern const struct model api_key_request_model;
extern const struct model api_key_rotation_model;

/* An account's keys as rows of api_key_model's columns, the newest first. */
bool api_keys_list(struct scope *scope, int64_t user_id, struct rows *rows);

/*
 * Adds a key to an account, within a transaction. Field errors for a scope that the account does
 * not have and for a time that is past; ERR_CONFLICT when it has as many as it may. `key->key` is
 * the only place where the secret ever is.
 */
bool api_key_create(struct scope *scope, int64_t user_id, const struct api_key_request *request,
                    struct api_key *key);

/*
 * Gives a key another secret, within a transaction. The one before stays good for a while, so that
 * programs can be changed over; an older one does not. ERR_NOT_FOUND when the account has no such
 * key.
 */
bool api_key_rotate(struct scope *scope, int64_t user_id, int64_t id,
                    const struct api_key_rotation *rotation, struct api_key *key);

/* Ends a key at once. ERR_NOT_FOUND as above. */
bool api_key_delete(struct scope *scope, int64_t user_id, int64_t id);

/* Claim: it is meant as an API key, right or wrong. */
bool api_key_is_meant(const char *text);

/*
 * Whom a key stands for, with those of its scopes that the account has at this moment, in one
 * query; its use is noted at most once a minute. ERR_UNAUTHORIZED, always the same, for one that is
 * misspelt (which costs no query), unknown, over, of a deactivated account or used from elsewhere
 * than its networks; the log's detail says which.
 */
bool api_key_identify(struct scope *scope, const char *text, struct identity *identity);

#endif
