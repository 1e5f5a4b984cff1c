/* text.c - strict reading of numbers, UTF-8 (RFC 3629) and base64url (RFC 4648 section 5) */
#include "keel/core/text.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

size_t text_from_int(int64_t value, char text[TEXT_INT_SIZE])
{
    char digits[TEXT_INT_SIZE];
    char *at = digits + sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    *--at = '\0';
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        *--at = '-';
    size_t size = (size_t)(digits + sizeof digits - at);

    memcpy(text, at, size);
    return size - 1;
}

static size_t count_digits(const char *text, size_t length)
{
    size_t count = 0;

    while (count < length && is_digit(text[count]))
        count++;
    return count;
}

/*
 * The bounds of the second byte are what keeps out overlong forms, surrogates and all beyond
 * U+10FFFF.
 */
size_t text_measure_character(const char *text, size_t length)
{
    const unsigned char *byte = (const unsigned char *)text;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    size_t size;

    if (length == 0 || byte[0] == 0)
        return 0;
    if (byte[0] < 0x80)
        return 1;
    if (byte[0] >= 0xC2 && byte[0] <= 0xDF)
        size = 2;
    else if (byte[0] >= 0xE0 && byte[0] <= 0xEF)
        size = 3;
    else if (byte[0] >= 0xF0 && byte[0] <= 0xF4)
        size = 4;
    else
        return 0;
    if (byte[0] == 0xE0)
        low = 0xA0;
    else if (byte[0] == 0xED)
        high = 0x9F;
    else if (byte[0] == 0xF0)
        low = 0x90;
    else if (byte[0] == 0xF4)
        high = 0x8F;
    if (length < size || byte[1] < low || byte[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++) {
        if ((byte[i] & 0xC0) != 0x80)
            return 0;
    }
    return size;
}

bool text_is_utf8(const char *text, size_t length)
{
    size_t size;

    for (size_t i = 0; i < length; i += size) {
        size = text_measure_character(text + i, length - i);
        if (size == 0)
            return false;
    }
    return true;
}

size_t text_count_characters(const char *text, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++) {
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            count++;
    }
    return count;
}

/* The bytes of the space that `text` begins with; 0 when it does not. */
static size_t measure_space(const char *text, size_t length)
{
    /* Every code point with Unicode's property White_Space that is not ASCII, in UTF-8. */
    static const char spaces[][4] = {
        "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
        "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
        "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
        "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80",
    };

    if (*text == ' ' || (*text >= '\t' && *text <= '\r'))
        return 1;
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        size_t size = strlen(spaces[i]);

        if (size <= length && memcmp(text, spaces[i], size) == 0)
            return size;
    }
    return 0;
}

bool text_is_blank(const char *text, size_t length)
{
    size_t size;

    for (size_t i = 0; i < length; i += size) {
        size = measure_space(text + i, length - i);
        if (size == 0)
            return false;
    }
    return true;
}

bool text_next(const char **rest, char separator, const char **piece, size_t *length)
{
    if (!*rest)
        return false;
    const char *end = strchr(*rest, separator);

    *piece = *rest;
    *length = end ? (size_t)(end - *rest) : strlen(*rest);
    *rest = end ? end + 1 : NULL;
    return true;
}

bool text_to_int(const char *text, size_t length, int64_t *value)
{
    bool negative = length > 0 && text[0] == '-';
    size_t start = negative ? 1 : 0;
    int64_t sum = 0;

    if (start == length)
        return false;
    /* Summed below zero, where there is room for one more than above. */
    for (size_t i = start; i < length; i++) {
        if (!is_digit(text[i]))
            return false;
        int digit = text[i] - '0';

        if (sum < (INT64_MIN + digit) / 10)
            return false;
        sum = sum * 10 - digit;
    }
    if (!negative && sum == INT64_MIN)
        return false;
    *value = negative ? sum : -sum;
    return true;
}

bool text_is_decimal(const char *text, size_t length, unsigned scale)
{
    size_t at = length > 0 && text[0] == '-' ? 1 : 0;
    size_t whole = count_digits(text + at, length - at);

    if (whole == 0 || (whole > 1 && text[at] == '0'))
        return false;
    at += whole;
    if (at == length)
        return true;
    if (text[at] != '.')
        return false;
    at++;
    size_t fraction = count_digits(text + at, length - at);

    return fraction > 0 && fraction <= scale && at + fraction == length;
}

char *text_to_base64url(struct arena *arena, const void *bytes, size_t length)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *from = bytes;

    if (length > SIZE_MAX / 4)
        return NULL;
    /* Zeroed by the arena, so the NUL is there already. */
    char *text = arena_alloc(arena, (length * 4 + 2) / 3 + 1);
    char *to = text;
    uint32_t bits = 0;
    unsigned count = 0;

    if (!text)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        bits = bits << 8 | from[i];
        for (count += 8; count >= 6; count -= 6)
            *to++ = alphabet[bits >> (count - 6) & 63];
    }
    if (count > 0)
        *to = alphabet[bits << (6 - count) & 63];
    return text;
}

/* The six bits a character stands for, -1 for one that is not of the alphabet. */
static int base64url_bits(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (is_digit(c))
        return c - '0' + 52;
    if (c == '-')
        return 62;
    return c == '_' ? 63 : -1;
}

bool text_from_base64url(struct arena *arena, const char *text, size_t length,
                         unsigned char **bytes, size_t *size)
{
    unsigned char *start = arena_alloc(arena, length / 4 * 3 + 3);
    unsigned char *to = start;
    uint32_t bits = 0;
    unsigned count = 0;

    *bytes = start;
    /* One character left over holds six bits, which is no byte. */
    if (!start || length % 4 == 1)
        return false;
    for (size_t i = 0; i < length; i++) {
        int six = base64url_bits(text[i]);

        if (six < 0)
            return false;
        bits = bits << 6 | (uint32_t)six;
        count += 6;
        if (count >= 8) {
            count -= 8;
            *to++ = (unsigned char)(bits >> count);
        }
    }
    /* Stray bits would let several texts stand for the same bytes. */
    if (bits & ((1U << count) - 1))
        return false;
    *size = (size_t)(to - start);
    return true;
}
