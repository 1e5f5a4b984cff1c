/* request_fuzz.c - any CGI variables, any body: a request that keeps its promises, or an error */
#include "fuzz.h"

#include "keel/core/config.h"
#include "keel/core/text.h"
#include "keel/http/memory.h"
#include "keel/http/request.h"

#include <string.h>

/*
 * The input is lines `NAME=value`, an empty line, and the body. No web server lets a line end get
 * into a variable, so nothing is lost by that.
 */

#define LINE_MAX_COUNT 400
#define BODY_LIMIT     4096

static const struct config config = {.base_path = "/api", .trusted_proxies = "10.0.0.0/8 ::1"};

/* Cuts the head into lines; returns the bytes it took with the empty line behind it. */
static size_t split_head(char *text, size_t size, char **lines)
{
    size_t count = 0, at = 0;

    while (at < size && text[at] != '\n' && count < LINE_MAX_COUNT) {
        char *end = memchr(text + at, '\n', size - at);

        lines[count++] = text + at;
        at = end ? (size_t)(end - text) + 1 : size;
        if (end)
            *end = '\0';
    }
    lines[count] = NULL;
    return at < size && text[at] == '\n' ? at + 1 : at;
}

static void check_text(const char *text)
{
    fuzz_expect(text != NULL, "a text that was decoded is there");
    fuzz_expect(text_is_utf8(text, strlen(text)), "a text that was decoded is UTF-8");
}

static void check_id(const char *id)
{
    size_t length = strlen(id);

    fuzz_expect(length >= 8 && length <= 64, "an id has 8 to 64 characters");
    fuzz_expect(strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
                    length,
                "an id has no other characters");
}

static void check_request(const struct request *request)
{
    fuzz_expect(request->segment_count <= REQUEST_SEGMENT_MAX, "segments are bounded");
    fuzz_expect(request->query.count <= REQUEST_QUERY_MAX, "parameters are bounded");
    fuzz_expect(request->content_length >= -1, "a length is not negative");
    for (size_t i = 0; i < request->segment_count; i++)
        check_text(request->segments[i]);
    for (size_t i = 0; i < request->query.count; i++) {
        check_text(request->query.list[i].name);
        check_text(request->query.list[i].value);
    }
}

static void check_body(struct scope *scope, struct transport *transport, struct request *request,
                       size_t size)
{
    if (!request_read_body(scope, transport, request, BODY_LIMIT)) {
        fuzz_expect(scope->error.kind == ERR_TOO_LARGE || scope->error.kind == ERR_MALFORMED,
                    "a body that is refused is too large or malformed");
        return;
    }
    fuzz_expect(request->body.length == size && size <= BODY_LIMIT, "a body is whole and bounded");
    fuzz_expect(request->content_length < 0 || request->content_length == (int64_t)size,
                "a body is as long as it said");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *lines[LINE_MAX_COUNT + 1];
    struct scope scope;
    struct memory_transport memory;
    struct request request;

    scope_begin(&scope, &config, NULL, NULL);
    char *text = scope_copy(&scope, (const char *)data, size);

    if (text) {
        size_t head = split_head(text, size, lines);

        memory_transport_init(&memory, lines, text + head, size - head, &scope.arena);
        bool decoded = request_decode(&scope, &memory.transport, &request);

        fuzz_expect(decoded == (scope.error.kind == ERR_NONE), "an error and false go together");
        check_id(request.id);
        fuzz_expect(request.path && request.method_text && request.client_address,
                    "the log has something to say");
        if (decoded) {
            check_request(&request);
            check_body(&scope, &memory.transport, &request, size - head);
        }
    }
    scope_end(&scope);
    return 0;
}
