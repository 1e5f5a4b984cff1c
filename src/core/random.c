/* random.c - unpredictable bytes from the kernel */
#include "keel/core/random.h"

#include <errno.h>
#include <sys/random.h>

#define HEX_MAX 32

bool random_bytes(void *bytes, size_t length)
{
    unsigned char *to = bytes;

    while (length > 0) {
        ssize_t got = getrandom(to, length, 0);

        if (got < 0 && errno != EINTR)
            return false;
        if (got > 0) {
            to += got;
            length -= (size_t)got;
        }
    }
    return true;
}

bool random_hex(char *text, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[HEX_MAX];

    if (bytes > sizeof raw || !random_bytes(raw, bytes))
        return false;
    for (size_t i = 0; i < bytes; i++) {
        *text++ = digits[raw[i] >> 4];
        *text++ = digits[raw[i] & 15];
    }
    *text = '\0';
    return true;
}
