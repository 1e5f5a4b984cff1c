/* tokens.h - tokens made by hand, for tests of what is believed */
#ifndef KEEL_TESTS_SERVICES_TOKENS_H
#define KEEL_TESTS_SERVICES_TOKENS_H

#include "keel/services/token.h"

#include "../support/unit.h"

#include "keel/core/config.h"
#include "keel/core/secret.h"
#include "keel/core/text.h"

#include <string.h>

#define NOW INT64_C(1768212000)

#define SECRET "a signing key of tests, long enough to be one"

static const struct config tokens_config = {.jwt_secret = SECRET,
                                            .jwt_kid = "k1",
                                            .jwt_issuer = "keel",
                                            .jwt_audience = "keel-api",
                                            .access_token_s = 900};

static inline int tokens_begin(void **state)
{
    static struct scope scope;

    scope_begin(&scope, &tokens_config, NULL, NULL);
    scope.now = NOW * 1000000;
    *state = &scope;
    return 0;
}

static inline int tokens_end(void **state)
{
    scope_end(*state);
    return 0;
}

/* A token made by hand, signed with HMAC-SHA-256. */
static inline const char *craft(struct scope *scope, const char *header, const char *claims,
                                const char *key)
{
    unsigned char mac[SECRET_MAC_SIZE];
    const char *signed_part =
        scope_format(scope, "%s.%s", text_to_base64url(&scope->arena, header, strlen(header)),
                     text_to_base64url(&scope->arena, claims, strlen(claims)));

    assert_true(secret_mac(key, signed_part, strlen(signed_part), mac));
    return scope_format(scope, "%s.%s", signed_part,
                        text_to_base64url(&scope->arena, mac, sizeof mac));
}

/* 0: refused, with ERR_UNAUTHORIZED and a reason for the log alone. */
static inline int64_t verify(struct scope *scope, const char *token)
{
    struct token_subject subject = {0, 0};

    if (token_verify(scope, token, &subject)) {
        assert_int_equal(scope->error.kind, ERR_NONE);
        assert_int_equal(subject.session_id, 5);
        return subject.user_id;
    }
    if (scope->error.kind != ERR_UNAUTHORIZED)
        unit_fail("%s: kind %d\n", token, (int)scope->error.kind);
    assert_string_equal(scope->error.message, "The access token is not valid");
    assert_non_null(scope->error.detail);
    assert_null(strstr(scope->error.detail, SECRET));
    scope_clear_error(scope);
    return 0;
}

#define HEADER "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"k1\"}"
#define TIMES  "\"exp\":1768212900,\"nbf\":1768212000,\"iat\":1768212000"
#define WHO    "\"iss\":\"keel\",\"aud\":\"keel-api\",\"sub\":\"17\",\"sid\":\"5\""
#define CLAIMS "{" WHO "," TIMES "}"

#define TOKENS_TEST(sentence, function)                                                            \
    {                                                                                              \
        sentence, function, tokens_begin, tokens_end, NULL                                         \
    }

#endif
