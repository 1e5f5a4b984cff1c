/* mail_address.c - addresses of mail as headers and servers want them (RFC 5322, RFC 6532) */
#include "keel/core/mail_address.h"

#include "keel/core/buffer.h"
#include "keel/core/text.h"

#include <string.h>

/* RFC 5321 section 4.5.3.1. */
#define LOCAL_MAX  64
#define DOMAIN_MAX 255

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A byte of a character beyond ASCII; the text as a whole is known to be UTF-8. */
static bool is_beyond_ascii(char c)
{
    return (unsigned char)c >= 0x80;
}

/* RFC 5322 section 3.2.3: what a local part may have without quotes. */
static bool is_atom(char c)
{
    return is_letter_or_digit(c) || is_beyond_ascii(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* Claim: atoms with single dots between. */
static bool is_dot_atom(const char *text, size_t length)
{
    bool was_dot = true;

    for (size_t i = 0; i < length; i++) {
        bool is_dot = text[i] == '.';

        if (is_dot ? was_dot : !is_atom(text[i]))
            return false;
        was_dot = is_dot;
    }
    return !was_dot;
}

/* Claim: "..." as RFC 5322 section 3.2.4 has it, with quotes and backslashes escaped inside. */
static bool is_quoted(const char *text, size_t length)
{
    if (length < 2 || text[0] != '"' || text[length - 1] != '"')
        return false;
    for (size_t i = 1; i + 1 < length; i++) {
        if (text[i] == '"')
            return false;
        if (text[i] == '\\' && ++i + 1 >= length)
            return false;
    }
    return true;
}

/* Claim: letters, digits and hyphens between dots, or an address in brackets ("[192.0.2.1]"). */
static bool is_domain(const char *text, size_t length)
{
    bool is_literal = length > 2 && text[0] == '[' && text[length - 1] == ']';
    bool was_dot = true;

    if (length > DOMAIN_MAX)
        return false;
    if (is_literal) {
        size_t inside = strspn(text + 1, "0123456789abcdefABCDEFIPv:.");

        return inside == length - 2;
    }
    for (size_t i = 0; i < length; i++) {
        bool is_dot = text[i] == '.';

        if (is_dot ? was_dot
                   : !is_letter_or_digit(text[i]) && !is_beyond_ascii(text[i]) && text[i] != '-')
            return false;
        was_dot = is_dot;
    }
    return !was_dot;
}

/* Claim: UTF-8 without control characters, those of Latin-1 among them. */
static bool is_printable(const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c < ' ' || c == 0x7F || (c == 0xC2 && (unsigned char)text[i + 1] < 0xA0))
            return false;
    }
    return text_is_utf8(text, length);
}

static void add_local(struct buffer *out, const char *local, size_t length)
{
    if (is_dot_atom(local, length) || is_quoted(local, length)) {
        buffer_add(out, local, length);
        return;
    }
    buffer_add_char(out, '"');
    for (size_t i = 0; i < length; i++) {
        if (local[i] == '"' || local[i] == '\\')
            buffer_add_char(out, '\\');
        buffer_add_char(out, local[i]);
    }
    buffer_add_char(out, '"');
}

static bool take(struct arena *arena, const char *text, size_t length, struct mail_address *address)
{
    const char *at = memrchr(text, '@', length);
    size_t local = at ? (size_t)(at - text) : 0;
    struct buffer spec;

    *address = (struct mail_address){.name = "", .spec = ""};
    if (local == 0 || local > LOCAL_MAX || memchr(text, ' ', length) ||
        !is_domain(at + 1, length - local - 1))
        return false;
    buffer_init(&spec, arena);
    add_local(&spec, text, local);
    size_t domain = spec.length + 1;

    buffer_add(&spec, at, length - local);
    *address = (struct mail_address){.name = "", .spec = spec.failed ? NULL : spec.data};
    if (address->spec)
        address->domain = address->spec + domain;
    return address->spec != NULL;
}

bool mail_address_take(struct arena *arena, const char *text, struct mail_address *address)
{
    *address = (struct mail_address){.name = "", .spec = ""};
    return is_printable(text) && take(arena, text, strlen(text), address);
}

bool mail_address_read(struct arena *arena, const char *text, struct mail_address *address)
{
    size_t length = strlen(text);
    const char *open = strrchr(text, '<');

    if (!open || text[length - 1] != '>')
        return mail_address_take(arena, text, address);
    size_t name = (size_t)(open - text);

    *address = (struct mail_address){.name = "", .spec = ""};
    while (name > 0 && text[name - 1] == ' ')
        name--;
    /* Quotes around it are not part of the name. */
    if (name > 2 && text[0] == '"' && text[name - 1] == '"') {
        text++;
        name -= 2;
    }
    if (!is_printable(text) || !take(arena, open + 1, strlen(open) - 2, address))
        return false;
    address->name = arena_copy(arena, text, name);
    if (!address->name)
        address->spec = NULL;
    return address->name != NULL;
}
