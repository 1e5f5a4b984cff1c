/* conditional.c - entity tags: a row's own, and those of If-Match and If-None-Match (RFC 9110) */
#include "keel/http/conditional.h"

#include "keel/core/digest.h"

#include <string.h>

/*
 * Claim: a list of entity tags (`"3", W/"4"`, or `*`) has the one of `version`. Weak tags count
 * only where `weak` allows them: If-None-Match compares weakly, If-Match strongly.
 */
static bool is_listed(const char *header, const char *version, bool weak)
{
    size_t length = strlen(version);

    header += strspn(header, " \t");
    if (strcmp(header, "*") == 0)
        return true;
    while (*header) {
        bool is_weak = strncmp(header, "W/", 2) == 0;
        const char *tag = header + (is_weak ? 2 : 0);

        if (*tag == '"' && strncmp(tag + 1, version, length) == 0 && tag[1 + length] == '"' &&
            (weak || !is_weak))
            return true;
        header += strcspn(header, ",");
        header += strspn(header, ", \t");
    }
    return false;
}

/* Where the entity tag ends that `text` begins with; NULL: that is none. */
static const char *skip_tag(const char *text)
{
    text += strncmp(text, "W/", 2) == 0 ? 2 : 0;
    if (*text++ != '"')
        return NULL;
    while ((unsigned char)*text > ' ' && *text != '"' && *text != 127)
        text++;
    return *text == '"' ? text + 1 : NULL;
}

/* Claim: `*`, or entity tags with commas between them, as both headers must be. */
static bool is_header(const char *header)
{
    header += strspn(header, ", \t");
    if (strcmp(header, "*") == 0)
        return true;
    if (!*header)
        return false;
    while (*header) {
        header = skip_tag(header);
        if (!header)
            return false;
        header += strspn(header, " \t");
        if (*header && *header != ',')
            return false;
        header += strspn(header, ", \t");
    }
    return true;
}

/* The version as PostgreSQL wrote it; NULL where the model has none. */
static const char *version_of(const struct rows *rows)
{
    int column = PQfnumber(rows->result, "version");

    return column < 0 ? NULL : row_text(rows, 0, column);
}

static bool add_tag(struct exchange *exchange, const char *version)
{
    size_t length = strlen(version);
    char *tag = scope_alloc(&exchange->scope, length + sizeof "\"\"");

    if (!tag)
        return false;
    tag[0] = tag[length + 1] = '"';
    memcpy(tag + 1, version, length);
    tag[length + 2] = '\0';
    response_header(&exchange->response, "ETag", tag);
    return true;
}

bool etag_add(struct exchange *exchange, const struct rows *rows)
{
    const char *version = version_of(rows);

    if (!version)
        return true;
    return add_tag(exchange, version);
}

static void answer_seen(struct exchange *exchange, const char *version)
{
    const char *seen = exchange->request.if_none_match;

    if (version && seen && is_listed(seen, version, true))
        exchange->response.status = 304;
}

void conditional_not_modified(struct exchange *exchange, const struct rows *rows)
{
    /* Few ask, and finding the column costs as much as writing one. */
    if (exchange->request.if_none_match)
        answer_seen(exchange, version_of(rows));
}

bool conditional_document(struct exchange *exchange)
{
    const struct buffer *data = &exchange->response.data;
    char version[DIGEST_TEXT_SIZE];

    if (data->failed || !digest_text(data->data, data->length, version))
        return fail_memory(&exchange->scope);
    answer_seen(exchange, version);
    return add_tag(exchange, version);
}

/* Claim: the setting lets nobody change this blindly. Steps such as restoring are based on no
 * version. */
static bool must_match(const struct exchange *exchange)
{
    enum method method = exchange->route->method;

    return exchange->app->config.require_if_match &&
           (method == PUT || method == PATCH || method == DELETE);
}

bool conditional_match(struct exchange *exchange, const struct model *model)
{
    const char *expected = exchange->request.if_match;
    struct scope *scope = &exchange->scope;
    struct rows rows;

    if (!model_find(model, "version"))
        return true;
    if (!expected)
        return !must_match(exchange) ||
               fail(scope, ERR_PRECONDITION_REQUIRED,
                    "This needs If-Match with the version that the change is based on");
    if (!is_header(expected))
        return fail_field(scope, "If-Match", "malformed",
                          "If-Match must be * or versions in quotes, as ETag has them");
    if (!store_lock(scope, model, exchange->match.values.id, &rows))
        return false;
    if (is_listed(expected, version_of(&rows), false))
        return true;
    return fail(scope, ERR_PRECONDITION_FAILED, "It has been changed since; its version is %s now",
                version_of(&rows));
}
