/* totp.c - codes that change with time (RFC 6238: SHA-1, six digits, 30 seconds) */
#include "keel/services/totp.h"

#include "keel/core/buffer.h"
#include "keel/core/secret.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define PERIOD_S  30
#define SHA1_SIZE 20

int64_t totp_step(int64_t now_us)
{
    return now_us / (PERIOD_S * INT64_C(1000000));
}

bool totp_code(const unsigned char secret[TOTP_SECRET_SIZE], int64_t step,
               char code[TOTP_DIGITS + 1])
{
    unsigned char counter[8], mac[SHA1_SIZE];
    unsigned size = sizeof mac;

    for (size_t i = 0; i < sizeof counter; i++)
        counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
    if (!HMAC(EVP_sha1(), secret, TOTP_SECRET_SIZE, counter, sizeof counter, mac, &size))
        return false;
    /* Which 31 bits count, the last four say (RFC 4226, section 5.3). */
    const unsigned char *from = mac + (mac[SHA1_SIZE - 1] & 15);
    uint32_t number = (uint32_t)(from[0] & 127) << 24 | (uint32_t)from[1] << 16 |
                      (uint32_t)from[2] << 8 | from[3];

    for (size_t i = TOTP_DIGITS; i-- > 0; number /= 10)
        code[i] = (char)('0' + number % 10);
    code[TOTP_DIGITS] = '\0';
    return true;
}

bool totp_match(const unsigned char secret[TOTP_SECRET_SIZE], int64_t now_us, const char *code,
                int64_t *step)
{
    int64_t now = totp_step(now_us);
    char expected[TOTP_DIGITS + 1];

    *step = 0;
    for (int64_t tried = now - 1; tried <= now + 1; tried++) {
        if (!totp_code(secret, tried, expected))
            return false;
        if (secret_equals(expected, code, TOTP_DIGITS))
            *step = tried;
    }
    return true;
}

/* Everything but what RFC 3986 calls unreserved. */
static void add_escaped(struct buffer *uri, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *text; text++) {
        if (strchr(plain, *text))
            buffer_add_char(uri, *text);
        else
            buffer_add_format(uri, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

const char *totp_uri(struct scope *scope, const char *issuer, const char *account,
                     const char *secret)
{
    struct buffer uri;

    buffer_init(&uri, &scope->arena);
    buffer_add_text(&uri, "otpauth://totp/");
    add_escaped(&uri, issuer);
    buffer_add_char(&uri, ':');
    add_escaped(&uri, account);
    buffer_add_format(&uri, "?secret=%s&issuer=", secret);
    add_escaped(&uri, issuer);
    buffer_add_format(&uri, "&algorithm=SHA1&digits=%d&period=%d", TOTP_DIGITS, PERIOD_S);
    if (!uri.failed)
        return uri.data;
    fail_memory(scope);
    return NULL;
}
