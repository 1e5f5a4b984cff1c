/* authenticator.c - an authenticator app: codes out of the secret that it was given */
#include "authenticator.h"

#include "unit.h"

#include <endian.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

static size_t decode(const char *text, unsigned char *bytes)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned long long bits = 0;
    size_t count = 0, length = 0;

    for (; *text; text++) {
        const char *at = strchr(alphabet, *text);

        assert_non_null(at);
        bits = bits << 5 | (unsigned)(at - alphabet);
        count += 5;
        if (count >= 8) {
            count -= 8;
            bytes[length++] = (unsigned char)(bits >> count);
        }
    }
    return length;
}

void authenticator_show(const char *secret, time_t moment, char code[7])
{
    unsigned char key[64], mac[20];
    uint64_t step = htobe64((uint64_t)moment / 30);
    uint32_t number;

    assert_true(strlen(secret) <= 64);
    assert_non_null(HMAC(EVP_sha1(), key, (int)decode(secret, key), (unsigned char *)&step,
                         sizeof step, mac, NULL));
    memcpy(&number, mac + (mac[19] & 15), sizeof number);
    snprintf(code, 7, "%06u", (be32toh(number) & 0x7fffffff) % 1000000);
}
