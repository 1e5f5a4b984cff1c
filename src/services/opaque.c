/* opaque.c - tokens that say nothing: random, and stored as a hash */
#include "keel/services/opaque.h"

#include "keel/core/buffer.h"
#include "keel/core/config.h"
#include "keel/core/random.h"
#include "keel/core/secret.h"
#include "keel/core/text.h"

#include <string.h>

#define TOKEN_SIZE 32

static const char *write_token(struct scope *scope, const char *prefix, const unsigned char *bytes)
{
    const char *text = text_to_base64url(&scope->arena, bytes, TOKEN_SIZE);

    if (text)
        return scope_format(scope, "%s%s", prefix, text);
    fail_memory(scope);
    return NULL;
}

const char *opaque_make(struct scope *scope, const char *prefix)
{
    unsigned char bytes[TOKEN_SIZE];

    if (random_bytes(bytes, sizeof bytes))
        return write_token(scope, prefix, bytes);
    fail(scope, ERR_UNAVAILABLE, "The server has no random numbers");
    return NULL;
}

const char *opaque_follow(struct scope *scope, const char *prefix, const char *token)
{
    unsigned char mac[SECRET_MAC_SIZE];
    const char *text = scope_format(scope, "follows:%s", token);

    if (!text)
        return NULL;
    if (!*scope->config->session_secret) {
        fail(scope, ERR_INTERNAL, "Sessions cannot be kept here");
        return NULL;
    }
    if (secret_mac(scope->config->session_secret, text, strlen(text), mac))
        return write_token(scope, prefix, mac);
    fail_memory(scope);
    return NULL;
}

const char *opaque_hash(struct scope *scope, const char *token)
{
    unsigned char hash[SECRET_MAC_SIZE];
    struct buffer text;

    if (!secret_hash(token, strlen(token), hash)) {
        fail_memory(scope);
        return NULL;
    }
    buffer_init(&text, &scope->arena);
    buffer_add_text(&text, "\\x");
    for (size_t i = 0; i < sizeof hash; i++)
        buffer_add_format(&text, "%02x", hash[i]);
    if (!text.failed)
        return text.data;
    fail_memory(scope);
    return NULL;
}
