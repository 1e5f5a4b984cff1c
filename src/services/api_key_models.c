/* api_key_models.c - API keys in answers, and the bodies that make and rotate them */
#include "keel/services/api_keys.h"

#include "keel/core/config.h"

/* Ten years. */
#define EXPIRES_IN_MAX 315360000

static const struct column key_columns[] = {
    {INT(struct api_key, id), .uses = READ, .example = "3", .doc = "Identifier."},
    {TEXT(struct api_key, name), .uses = READ, .example = "\"nightly import\"",
     .doc = "What its owner calls it."},
    {TEXT(struct api_key, prefix), .uses = READ, .example = "\"keel_4fQx81Lk0aZd\"",
     .doc = "How the key begins, to tell it from others; no secret."},
    {TEXTS(struct api_key, scopes), .uses = READ, .most = 100, .example = "[\"items:write\"]",
     .doc = "What it may do, as far as its owner may at that moment."},
    {TEXTS(struct api_key, networks), .uses = READ, .most = 32, .example = "[\"192.0.2.0/24\"]",
     .doc = "Where it may be used from; empty means anywhere."},
    {TIME(struct api_key, expires_at), .uses = READ, .nullable = true,
     .example = "\"2027-01-12T10:00:00Z\"", .doc = "When it ends; null means never."},
    {TIME(struct api_key, last_used_at), .uses = READ, .nullable = true,
     .example = "\"2026-01-12T10:00:00Z\"", .doc = "When it was last used, to the minute."},
    {TEXT(struct api_key, last_used_address), .uses = READ, .nullable = true,
     .example = "\"192.0.2.1\"", .doc = "From where."},
    {TIME(struct api_key, previous_until), .uses = READ, .nullable = true, .example = "null",
     .doc = "Until when the secret before the last rotation is good; null: it is not."},
    {TIME(struct api_key, created_at), .uses = READ, .example = "\"2026-01-12T10:00:00Z\"",
     .doc = "When it was made."},
    /* Of issued_api_key_model alone. */
    {TEXT(struct api_key, key), .uses = READ, .example = "\"keel_4fQx81Lk0aZd_...\"",
     .doc = "The whole key, for Authorization: Bearer. It is shown this once."},
};

const struct model api_key_model = {
    .name = "APIKey",
    .plural = "keys",
    .columns = key_columns,
    .column_count = sizeof key_columns / sizeof key_columns[0] - 1,
    .size = sizeof(struct api_key),
};

const struct model issued_api_key_model = {
    .name = "IssuedAPIKey",
    COLUMNS(key_columns),
    .size = sizeof(struct api_key),
};

static const struct column request_columns[] = {
    {TEXT(struct api_key_request, name), .uses = CREATE | REQUIRE, .min = 1, .max = 100,
     .example = "\"nightly import\"", .doc = "What to call it."},
    {TEXTS(struct api_key_request, scopes), .uses = CREATE, .nullable = true, .min = 1, .max = 127,
     .most = 100, .example = "[\"items:write\"]",
     .doc = "Permissions of its owner that it has; without them all."},
    {TEXTS(struct api_key_request, networks), .uses = CREATE, .nullable = true, .format = "network",
     .max = 63, .most = 32, .example = "[\"192.0.2.0/24\"]",
     .doc = "Where it may be used from; without them anywhere."},
    {TIME(struct api_key_request, expires_at), .uses = CREATE, .nullable = true,
     .example = "\"2027-01-12T10:00:00Z\"", .doc = "When it ends; without a time never."},
    {MAYBE_INT(struct api_key_request, expires_in), .uses = CREATE, .min = 1, .max = EXPIRES_IN_MAX,
     .example = "null", .doc = "The same in seconds from now."},
};

const struct model api_key_request_model = {
    .name = "APIKeyRequest",
    COLUMNS(request_columns),
    .size = sizeof(struct api_key_request),
};

static const struct column rotation_columns[] = {
    {MAYBE_INT(struct api_key_rotation, overlap_s), .uses = CREATE, .min = 0,
     .max = KEY_OVERLAP_MAX, .example = "3600",
     .doc =
         "Seconds that the secret so far stays good; 0 ends it now. The setting key_overlap_s is "
         "what it is without, and the most that it can be."},
};

const struct model api_key_rotation_model = {
    .name = "APIKeyRotation",
    COLUMNS(rotation_columns),
    .size = sizeof(struct api_key_rotation),
};
