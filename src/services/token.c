/* token.c - access tokens: JWT (RFC 7519), signed by HS256 */
#include "keel/services/token.h"

#include "keel/core/config.h"
#include "keel/core/json.h"
#include "keel/core/random.h"
#include "keel/core/text.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <jwt.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE_S 30

/* Longer than any of ours, so that nobody makes us decode a megabyte. */
#define TOKEN_SIZE_MAX 2048

static const unsigned char *key_of(const struct config *config)
{
    return (const unsigned char *)config->jwt_secret;
}

static bool add_claims(jwt_t *jwt, const struct scope *scope, const char *user_id,
                       const char *session_id, const char *jti)
{
    const struct config *config = scope->config;
    long now = (long)(scope->now / 1000000);

    return jwt_set_alg(jwt, JWT_ALG_HS256, key_of(config), (int)strlen(config->jwt_secret)) == 0 &&
           jwt_add_header(jwt, "kid", config->jwt_kid) == 0 &&
           jwt_add_grant(jwt, "iss", config->jwt_issuer) == 0 &&
           jwt_add_grant(jwt, "aud", config->jwt_audience) == 0 &&
           jwt_add_grant(jwt, "sub", user_id) == 0 && jwt_add_grant(jwt, "sid", session_id) == 0 &&
           jwt_add_grant(jwt, "jti", jti) == 0 && jwt_add_grant_int(jwt, "iat", now) == 0 &&
           jwt_add_grant_int(jwt, "nbf", now) == 0 &&
           jwt_add_grant_int(jwt, "exp", now + (long)config->access_token_s) == 0;
}

bool token_issue(struct scope *scope, struct token_subject subject, const char **token)
{
    const char *user = scope_format(scope, "%" PRId64, subject.user_id);
    const char *session = scope_format(scope, "%" PRId64, subject.session_id);
    char jti[33];
    jwt_t *jwt = NULL;

    if (!user || !session)
        return false;
    if (!*scope->config->jwt_secret || !random_hex(jti, 16))
        return fail(scope, ERR_INTERNAL, "Tokens cannot be signed here");
    if (jwt_new(&jwt) != 0)
        return fail_memory(scope);
    char *encoded = add_claims(jwt, scope, user, session, jti) ? jwt_encode_str(jwt) : NULL;

    jwt_free(jwt);
    if (!encoded)
        return fail_memory(scope);
    *token = scope_copy(scope, encoded, strlen(encoded));
    free(encoded);
    return *token != NULL;
}

static bool refuse(struct scope *scope, const char *why)
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

/* Claim: the member is a text and equal to `expected`. */
static bool says(struct json_object *object, const char *name, const char *expected)
{
    struct json_object *member;

    return json_object_object_get_ex(object, name, &member) &&
           json_object_is_type(member, json_type_string) &&
           (size_t)json_object_get_string_len(member) == strlen(expected) &&
           strcmp(json_object_get_string(member), expected) == 0;
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

/*
 * The algorithm is the key's, never the token's own word; `crit` would ask for rules that we do not
 * have (RFC 7515, 4.1.11).
 */
static bool check_header(struct scope *scope, struct json_object *header)
{
    if (!says(header, "alg", "HS256"))
        return refuse(scope, "the algorithm is not the key's");
    if (!says(header, "kid", scope->config->jwt_kid))
        return refuse(scope, "the key is unknown");
    if (json_object_object_get_ex(header, "crit", NULL))
        return refuse(scope, "it has critical headers");
    return true;
}

static bool check_claims(struct scope *scope, struct json_object *claims)
{
    int64_t now = scope->now / 1000000;
    int64_t expires, not_before, issued;

    if (!says(claims, "iss", scope->config->jwt_issuer) ||
        !says(claims, "aud", scope->config->jwt_audience))
        return refuse(scope, "it is from or for somebody else");
    if (!get_time(claims, "exp", &expires) || !get_time(claims, "nbf", &not_before) ||
        !get_time(claims, "iat", &issued))
        return refuse(scope, "a time is missing or no integer");
    if (now - TOLERANCE_S >= expires)
        return refuse(scope, "it has expired");
    if (not_before - TOLERANCE_S > now || issued - TOLERANCE_S > now)
        return refuse(scope, "it is from the future");
    return true;
}

/*
 * The signature, by libjwt; what it decoded is compared with nothing, as both parts were read
 * strictly before.
 */
static bool check_signature(struct scope *scope, const char *token)
{
    const struct config *config = scope->config;
    jwt_t *jwt = NULL;
    int length = (int)strlen(config->jwt_secret);

    /* An empty key would accept every token. */
    if (length == 0)
        return refuse(scope, "no key is configured");
    int error = jwt_decode(&jwt, token, key_of(config), length);

    if (error == ENOMEM)
        return fail_memory(scope);
    if (error != 0)
        return refuse(scope, "the signature is wrong");
    bool pinned = jwt_get_alg(jwt) == JWT_ALG_HS256;

    jwt_free(jwt);
    return pinned || refuse(scope, "the algorithm is not the key's");
}

/* Splits `header.payload.signature`: exactly two dots, no part empty. */
static bool split(const char *token, const char *parts[3], size_t lengths[3])
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

bool token_verify(struct scope *scope, const char *token, struct token_subject *subject)
{
    const char *parts[3];
    size_t lengths[3], size;
    unsigned char *signature;
    struct json_object *header, *claims;

    if (strlen(token) > TOKEN_SIZE_MAX || !split(token, parts, lengths) ||
        !decode_bytes(scope, parts[2], lengths[2], &signature, &size))
        return refuse(scope, "it is no token of three parts");
    if (!decode_part(scope, parts[0], lengths[0], &header) ||
        !decode_part(scope, parts[1], lengths[1], &claims))
        return refuse(scope, "a part is not JSON");
    if (!check_header(scope, header) || !check_signature(scope, token) ||
        !check_claims(scope, claims))
        return false;
    return (get_id(claims, "sub", &subject->user_id) &&
            get_id(claims, "sid", &subject->session_id)) ||
           refuse(scope, "its subject is no user or its session none");
}
