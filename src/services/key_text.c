/* key_text.c - how an API key is written: keel_<name>_<secret and checksum> */
#include "key_text.h"

#include "keel/core/random.h"

#include <string.h>

#define START_LENGTH (sizeof KEY_TEXT_START - 1)
#define NAME_LENGTH  (KEY_TEXT_PREFIX_LENGTH - START_LENGTH)
#define SUMMED       (KEY_TEXT_LENGTH - KEY_TEXT_CHECKSUM_LENGTH)

static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
#define BASE (sizeof alphabet - 1)

/* Bytes above the last multiple of 62 would make some characters likelier: they are drawn anew. */
static bool draw(char *text, size_t length)
{
    unsigned char bytes[64];
    size_t at = sizeof bytes;

    while (length > 0) {
        if (at == sizeof bytes) {
            if (!random_bytes(bytes, sizeof bytes))
                return false;
            at = 0;
        }
        if (bytes[at] < 256 / BASE * BASE) {
            *text++ = alphabet[bytes[at] % BASE];
            length--;
        }
        at++;
    }
    return true;
}

/* CRC-32 as in IEEE 802.3, bit by bit: a key is short. */
static uint32_t checksum(const char *text, size_t length)
{
    uint32_t sum = UINT32_MAX;

    for (size_t i = 0; i < length; i++) {
        sum ^= (unsigned char)text[i];
        for (int bit = 0; bit < 8; bit++)
            sum = sum & 1 ? sum >> 1 ^ UINT32_C(0xedb88320) : sum >> 1;
    }
    return ~sum;
}

static void write_checksum(const char *text, char *to)
{
    uint32_t sum = checksum(text, SUMMED);

    for (size_t i = KEY_TEXT_CHECKSUM_LENGTH; i-- > 0; sum /= BASE)
        to[i] = alphabet[sum % BASE];
}

static const char *fail_random(struct scope *scope)
{
    fail(scope, ERR_UNAVAILABLE, "The server has no random numbers");
    return NULL;
}

const char *key_text_make_prefix(struct scope *scope)
{
    char name[NAME_LENGTH + 1] = "";

    return draw(name, NAME_LENGTH) ? scope_format(scope, KEY_TEXT_START "%s", name)
                                   : fail_random(scope);
}

const char *key_text_make(struct scope *scope, const char *prefix)
{
    char secret[KEY_TEXT_SECRET_LENGTH + 1] = "";

    if (!draw(secret, KEY_TEXT_SECRET_LENGTH))
        return fail_random(scope);
    char *text = scope_format(scope, "%s_%s%*s", prefix, secret, KEY_TEXT_CHECKSUM_LENGTH, "");

    if (text)
        write_checksum(text, text + SUMMED);
    return text;
}

bool key_text_is_meant(const char *text)
{
    return strncmp(text, KEY_TEXT_START, START_LENGTH) == 0;
}

bool key_text_is_whole(const char *text)
{
    char sum[KEY_TEXT_CHECKSUM_LENGTH];

    if (strlen(text) != KEY_TEXT_LENGTH || !key_text_is_meant(text) ||
        strspn(text + START_LENGTH, alphabet) != NAME_LENGTH ||
        text[KEY_TEXT_PREFIX_LENGTH] != '_' ||
        strspn(text + KEY_TEXT_PREFIX_LENGTH + 1, alphabet) !=
            KEY_TEXT_SECRET_LENGTH + KEY_TEXT_CHECKSUM_LENGTH)
        return false;
    write_checksum(text, sum);
    return memcmp(sum, text + SUMMED, sizeof sum) == 0;
}
