/* uri.c - the path and query of a request, decoded once (RFC 3986) */
#include "uri.h"

#include "keel/core/config.h"
#include "keel/core/text.h"

#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Decodes %XX (and, in a query, '+'). NULL: failed, recorded. The result is UTF-8 without NUL. */
static const char *unescape(struct scope *scope, const char *text, size_t length,
                            bool plus_is_space)
{
    char *decoded = scope_copy(scope, text, length);
    size_t out = 0;

    if (!decoded)
        return NULL;
    for (size_t in = 0; in < length; in++) {
        char c = text[in];

        if (c == '%') {
            bool complete = length - in > 2;
            int high = complete ? hex_digit(text[in + 1]) : -1;
            int low = complete ? hex_digit(text[in + 2]) : -1;

            if (high < 0 || low < 0 || (high == 0 && low == 0)) {
                fail(scope, ERR_MALFORMED, "The URL has a bad %% escape");
                return NULL;
            }
            c = (char)(high * 16 + low);
            in += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        decoded[out++] = c;
    }
    decoded[out] = '\0';
    if (!text_is_utf8(decoded, out)) {
        fail(scope, ERR_MALFORMED, "The URL is not UTF-8");
        return NULL;
    }
    return decoded;
}

/* `http://host` in front of the path, as a request line to a proxy has it, says nothing to us. */
static const char *skip_authority(const char *uri)
{
    const char *scheme = strstr(uri, "://");

    if (*uri == '/' || !scheme || scheme > uri + strcspn(uri, "/?"))
        return uri;
    const char *path = strpbrk(scheme + 3, "/?");

    return path ? path : "";
}

/* The path below the base, or NULL when it lies elsewhere: "/apix" is not below "/api". */
static const char *strip_base(const char *path, size_t length, const char *base)
{
    size_t size = strlen(base);

    if (length < size || strncmp(path, base, size) != 0)
        return NULL;
    return length == size || path[size] == '/' ? path + size : NULL;
}

static bool decode_segments(struct scope *scope, const char *path, size_t length,
                            struct request *request)
{
    const char *end = path + length;

    /* A trailing slash names the same resource. */
    if (length > 1 && end[-1] == '/')
        end--;
    while (path < end) {
        const char *start = path + 1; /* behind the slash */
        const char *slash = start < end ? memchr(start, '/', (size_t)(end - start)) : NULL;

        path = slash ? slash : end;
        if (request->segment_count == REQUEST_SEGMENT_MAX)
            return fail(scope, ERR_NOT_FOUND, "There is nothing at this address");
        const char *segment = unescape(scope, start, (size_t)(path - start), false);

        if (!segment)
            return false;
        request->segments[request->segment_count++] = segment;
    }
    /* "/api/" is "/api": one empty segment is none. */
    if (request->segment_count == 1 && !*request->segments[0])
        request->segment_count = 0;
    return true;
}

static bool decode_pair(struct scope *scope, const char *text, size_t length, struct pair *pair)
{
    const char *equals = memchr(text, '=', length);
    size_t name_length = equals ? (size_t)(equals - text) : length;

    pair->name = unescape(scope, text, name_length, true);
    pair->value = equals ? unescape(scope, equals + 1, length - name_length - 1, true) : "";
    return pair->name && pair->value;
}

static bool decode_query(struct scope *scope, const char *text, struct request *request)
{
    struct pair *pairs;

    if (!text || !*text)
        return true;
    pairs = scope_alloc(scope, REQUEST_QUERY_MAX * sizeof *pairs);
    if (!pairs)
        return false;
    request->query.list = pairs;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, "&");

        if (length) {
            if (request->query.count == REQUEST_QUERY_MAX)
                return fail(scope, ERR_MALFORMED, "The URL has too many parameters");
            if (!decode_pair(scope, at, length, &pairs[request->query.count]))
                return false;
            request->query.count++;
        }
        at += length;
        if (!*at)
            return true;
    }
}

bool uri_decode(struct scope *scope, const char *uri, const char *query, struct request *request)
{
    if (!uri || !*uri)
        return fail(scope, ERR_MALFORMED, "The request has no REQUEST_URI");
    uri = skip_authority(uri);
    size_t length = strcspn(uri, "?");

    request->path = scope_copy(scope, uri, length);
    if (!request->path) {
        request->path = "";
        return false;
    }
    const char *path = strip_base(uri, length, scope->config->base_path);

    request->outside = !path;
    if (path && !decode_segments(scope, path, length - (size_t)(path - uri), request))
        return false;
    return decode_query(scope, uri[length] == '?' ? uri + length + 1 : query, request);
}
