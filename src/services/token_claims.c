/* token_claims.c - what a token says, read strictly */
#include "token_claims.h"

#include "keel/core/config.h"
#include "keel/core/json.h"
#include "keel/core/text.h"

#include <json-c/json.h>
#include <string.h>

#define TOLERANCE_S 30

/* Longer than any of ours, so that nobody makes us decode a megabyte. */
#define TOKEN_SIZE_MAX 2048

bool token_refuse(struct scope *scope, const char *why)
{
    /*
     * A malformed part of a token is a bad credential, not a malformed request. Lack of memory is
     * neither.
     */
    if (scope->error.kind == ERR_MALFORMED)
        scope_clear_error(scope);
    fail(scope, ERR_UNAUTHORIZED, "The access token is not valid");
    return fail_detail(scope, "token: %s", why);
}

/* The bytes of one part; false without an error recorded when it is not base64url. */
static bool decode_bytes(struct scope *scope, const char *text, size_t length,
                         unsigned char **bytes, size_t *size)
{
    return text_from_base64url(&scope->arena, text, length, bytes, size) ||
           (*bytes ? false : fail_memory(scope));
}

/*
 * One part of the token as a JSON object; strict where libjwt is not (stray characters, duplicate
 * claims).
 */
static bool decode_part(struct scope *scope, const char *text, size_t length,
                        struct json_object **part)
{
    unsigned char *bytes;
    size_t size;

    return decode_bytes(scope, text, length, &bytes, &size) &&
           json_parse(scope, (const char *)bytes, size, part) &&
           json_object_is_type(*part, json_type_object);
}

/* Splits `header.payload.signature`: exactly two dots, no part empty. */
static bool cut(const char *token, const char *parts[3], size_t lengths[3])
{
    for (int i = 0; i < 3; i++) {
        lengths[i] = strcspn(token, ".");
        parts[i] = token;
        token += lengths[i];
        if (!lengths[i] || (i < 2 && *token++ != '.'))
            return false;
    }
    return *token == '\0';
}

bool token_split(struct scope *scope, const char *token, struct token_parts *parts)
{
    const char *texts[3];
    size_t lengths[3], size;
    unsigned char *signature;

    if (strlen(token) > TOKEN_SIZE_MAX || !cut(token, texts, lengths) ||
        !decode_bytes(scope, texts[2], lengths[2], &signature, &size))
        return token_refuse(scope, "it is no token of three parts");
    parts->signed_text = token;
    parts->signed_length = (size_t)(texts[2] - token) - 1;
    parts->signature = signature;
    parts->signature_size = size;
    return (decode_part(scope, texts[0], lengths[0], &parts->header) &&
            decode_part(scope, texts[1], lengths[1], &parts->claims)) ||
           token_refuse(scope, "a part is not JSON");
}

/* Claim: the member is a text and equal to `expected`. */
static bool says(struct json_object *object, const char *name, const char *expected)
{
    struct json_object *member;

    return json_object_object_get_ex(object, name, &member) &&
           json_object_is_type(member, json_type_string) &&
           (size_t)json_object_get_string_len(member) == strlen(expected) &&
           strcmp(json_object_get_string(member), expected) == 0;
}

const char *token_kid(const struct token_parts *parts)
{
    struct json_object *member;

    if (!json_object_object_get_ex(parts->header, "kid", &member) ||
        !json_object_is_type(member, json_type_string))
        return NULL;
    return json_object_get_string(member);
}

/* `crit` would ask for rules that we do not have (RFC 7515, 4.1.11). */
bool token_check_header(struct scope *scope, const struct token_parts *parts, const char *algorithm)
{
    if (!says(parts->header, "alg", algorithm))
        return token_refuse(scope, "the algorithm is not the key's");
    if (json_object_object_get_ex(parts->header, "crit", NULL))
        return token_refuse(scope, "it has critical headers");
    return true;
}

/* An integer claim; a text, a fraction or nothing is none (libjwt reads those as 0 or -1). */
static bool get_time(struct json_object *object, const char *name, int64_t *seconds)
{
    struct json_object *member;

    if (!json_object_object_get_ex(object, name, &member) ||
        !json_object_is_type(member, json_type_int))
        return false;
    *seconds = json_object_get_int64(member);
    return *seconds >= 0;
}

/* Claim: the member is the id of a row, written as a text. */
static bool get_id(struct json_object *object, const char *name, int64_t *id)
{
    struct json_object *member;

    return json_object_object_get_ex(object, name, &member) &&
           json_object_is_type(member, json_type_string) &&
           text_to_int(json_object_get_string(member), (size_t)json_object_get_string_len(member),
                       id) &&
           *id > 0;
}

static bool check_times(struct scope *scope, struct json_object *claims)
{
    int64_t now = scope->now / 1000000;
    int64_t expires, not_before, issued;

    if (!get_time(claims, "exp", &expires) || !get_time(claims, "nbf", &not_before) ||
        !get_time(claims, "iat", &issued))
        return token_refuse(scope, "a time is missing or no integer");
    if (now - TOLERANCE_S >= expires)
        return token_refuse(scope, "it has expired");
    if (not_before - TOLERANCE_S > now || issued - TOLERANCE_S > now)
        return token_refuse(scope, "it is from the future");
    return true;
}

bool token_check_claims(struct scope *scope, const struct token_parts *parts,
                        struct token_subject *subject)
{
    struct json_object *claims = parts->claims;

    if (!says(claims, "iss", scope->config->jwt_issuer) ||
        !says(claims, "aud", scope->config->jwt_audience))
        return token_refuse(scope, "it is from or for somebody else");
    if (!check_times(scope, claims))
        return false;
    return (get_id(claims, "sub", &subject->user_id) &&
            get_id(claims, "sid", &subject->session_id)) ||
           token_refuse(scope, "its subject is no user or its session none");
}
