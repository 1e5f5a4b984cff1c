/* token_refusals_test.c - tests of services/token: rightly signed, and still not believed */
#include "tokens.h"

#include <jwt.h>
#include <stdlib.h>

static const char *const headers[] = {
    "{\"typ\":\"JWT\",\"alg\":\"none\",\"kid\":\"k1\"}",
    "{\"typ\":\"JWT\",\"alg\":\"None\",\"kid\":\"k1\"}",
    "{\"typ\":\"JWT\",\"alg\":\"HS512\",\"kid\":\"k1\"}",
    "{\"typ\":\"JWT\",\"alg\":\"HS384\",\"kid\":\"k1\"}",
    "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"kid\":\"k1\"}",
    "{\"typ\":\"JWT\",\"alg\":\"hs256\",\"kid\":\"k1\"}",
    "{\"typ\":\"JWT\",\"alg\":\"HS256\\u0000\",\"kid\":\"k1\"}",
    "{\"typ\":\"JWT\",\"alg\":null,\"kid\":\"k1\"}",
    "{\"typ\":\"JWT\",\"alg\":[\"HS256\"],\"kid\":\"k1\"}",
    "{\"typ\":\"JWT\",\"kid\":\"k1\"}",
    "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"alg\":\"HS256\",\"kid\":\"k1\"}",
    "{\"typ\":\"JWT\",\"alg\":\"none\",\"alg\":\"HS256\",\"kid\":\"k1\"}",
    "{\"typ\":\"JWT\",\"alg\":\"HS256\"}",
    "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"k2\"}",
    "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"\"}",
    "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":1}",
    "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"../k1\"}",
    "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"k1\",\"crit\":[\"exp\"]}",
    "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"k1\",\"crit\":null}",
    "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"k1\",}",
    "{'alg':'HS256','kid':'k1'}",
    "[]",
    "null",
    "\"HS256\"",
    "x",
};

static void test_headers(void **state)
{
    for (size_t i = 0; i < COUNT(headers); i++) {
        if (verify(*state, craft(*state, headers[i], CLAIMS, SECRET)) != 0)
            unit_fail("%s\n", headers[i]);
    }
}

static const char *const claims[] = {
    "{" WHO ",\"nbf\":1768212000,\"iat\":1768212000}",
    "{" WHO ",\"exp\":1768212900,\"iat\":1768212000}",
    "{" WHO ",\"exp\":1768212900,\"nbf\":1768212000}",
    "{" WHO ",\"exp\":\"1768212900\",\"nbf\":1768212000,\"iat\":1768212000}",
    "{" WHO ",\"exp\":1768212900.5,\"nbf\":1768212000,\"iat\":1768212000}",
    "{" WHO ",\"exp\":1e10,\"nbf\":1768212000,\"iat\":1768212000}",
    "{" WHO ",\"exp\":true,\"nbf\":1768212000,\"iat\":1768212000}",
    "{" WHO ",\"exp\":null,\"nbf\":1768212000,\"iat\":1768212000}",
    "{" WHO ",\"exp\":-1,\"nbf\":1768212000,\"iat\":1768212000}",
    "{" WHO ",\"exp\":99999999999999999999,\"nbf\":1768212000,\"iat\":1768212000}",
    "{" WHO ",\"exp\":1768211970,\"nbf\":1768211000,\"iat\":1768211000}",
    "{" WHO ",\"exp\":1768212900,\"nbf\":\"0\",\"iat\":1768212000}",
    "{" WHO ",\"exp\":1768212900,\"nbf\":1768212031,\"iat\":1768212000}",
    "{" WHO ",\"exp\":1768212900,\"nbf\":1768212000,\"iat\":1768212031}",
    "{" WHO ",\"exp\":1768212900,\"nbf\":1768212000,\"iat\":\"1768212000\"}",
    "{" WHO "," TIMES ",\"exp\":1768212901}",
    "{" WHO "," TIMES ",\"sub\":\"1\",\"sid\":\"5\"}",
    "{\"iss\":\"other\",\"aud\":\"keel-api\",\"sub\":\"17\",\"sid\":\"5\"," TIMES "}",
    "{\"iss\":\"keel\",\"aud\":\"other\",\"sub\":\"17\",\"sid\":\"5\"," TIMES "}",
    "{\"iss\":\"keel\",\"aud\":[\"keel-api\"],\"sub\":\"17\",\"sid\":\"5\"," TIMES "}",
    "{\"iss\":\"keel\\u0000\",\"aud\":\"keel-api\",\"sub\":\"17\",\"sid\":\"5\"," TIMES "}",
    "{\"aud\":\"keel-api\",\"sub\":\"17\",\"sid\":\"5\"," TIMES "}",
    "{\"iss\":\"keel\",\"sub\":\"17\",\"sid\":\"5\"," TIMES "}",
    "{\"iss\":\"keel\",\"aud\":\"keel-api\"," TIMES "}",
    "{\"iss\":\"keel\",\"aud\":\"keel-api\",\"sub\":17,\"sid\":\"5\"," TIMES "}",
    "{\"iss\":\"keel\",\"aud\":\"keel-api\",\"sub\":\"0\",\"sid\":\"5\"," TIMES "}",
    "{\"iss\":\"keel\",\"aud\":\"keel-api\",\"sub\":\"-17\",\"sid\":\"5\"," TIMES "}",
    "{\"iss\":\"keel\",\"aud\":\"keel-api\",\"sub\":\"17x\",\"sid\":\"5\"," TIMES "}",
    "{\"iss\":\"keel\",\"aud\":\"keel-api\",\"sub\":\"\",\"sid\":\"5\"," TIMES "}",
    "{\"iss\":\"keel\",\"aud\":\"keel-api\",\"sub\":\"99999999999999999999\",\"sid\":\"5\"," TIMES
    "}",
    "{}",
    "[]",
    "17",
    "",
};

static void test_claims(void **state)
{
    for (size_t i = 0; i < COUNT(claims); i++) {
        if (verify(*state, craft(*state, HEADER, claims[i], SECRET)) != 0)
            unit_fail("%s\n", claims[i]);
    }
}

/* Made by the library itself, with what it would take. */
static void test_algorithms(void **state)
{
    static const jwt_alg_t algorithms[] = {JWT_ALG_NONE, JWT_ALG_HS384, JWT_ALG_HS512};
    struct scope *scope = *state;

    for (size_t i = 0; i < COUNT(algorithms); i++) {
        jwt_t *jwt = NULL;
        bool keyed = algorithms[i] != JWT_ALG_NONE;

        assert_int_equal(jwt_new(&jwt), 0);
        assert_int_equal(jwt_set_alg(jwt, algorithms[i],
                                     keyed ? (const unsigned char *)SECRET : NULL,
                                     keyed ? (int)strlen(SECRET) : 0),
                         0);
        assert_int_equal(jwt_add_grants_json(jwt, CLAIMS), 0);
        assert_int_equal(jwt_add_header(jwt, "kid", "k1"), 0);
        char *token = jwt_encode_str(jwt);

        assert_non_null(token);
        assert_int_equal(verify(scope, token), 0);
        free(token);
        jwt_free(jwt);
    }
}

/* What everybody may have must not sign: the key of a verifier of RS256 is public. */
static void test_public_key(void **state)
{
    static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
                              "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf\n"
                              "9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==\n"
                              "-----END PUBLIC KEY-----\n";
    struct scope *scope = *state;
    struct config other = tokens_config;

    assert_int_equal(verify(scope, craft(scope, HEADER, CLAIMS, pem)), 0);
    other.jwt_secret = pem;
    scope->config = &other;
    assert_int_equal(
        verify(scope,
               craft(scope, "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"kid\":\"k1\"}", CLAIMS, pem)),
        0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOKENS_TEST("a header that says anything else is refused", test_headers),
        TOKENS_TEST("so is every claim that is missing, wrong or of another type", test_claims),
        TOKENS_TEST("no other algorithm is taken, none least of all", test_algorithms),
        TOKENS_TEST("a public key signs nothing", test_public_key),
    };

    return cmocka_run_group_tests_name("services/token refusals", tests, NULL, NULL);
}
