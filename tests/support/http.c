/* http.c - ordinary requests by libcurl */
#include "http.h"

#include "keel/core/json.h"

#include "unit.h"

#include <curl/curl.h>
#include <string.h>

#define TIMEOUT_S 60L

struct transfer {
    struct buffer head;
    struct buffer body;
    const struct http_request *request;
    size_t sent;
    size_t length;
};

void http_open(struct http *http, int port)
{
    *http = (struct http){.port = port, .curl = curl_easy_init()};
    assert_non_null(http->curl);
    scope_begin(&http->scope, NULL, NULL, NULL);
}

void http_close(struct http *http)
{
    curl_easy_cleanup(http->curl);
    scope_end(&http->scope);
}

void http_forget(struct http *http)
{
    scope_end(&http->scope);
    scope_begin(&http->scope, NULL, NULL, NULL);
}

/*
 * libcurl's callbacks; 0 from the first two and CURL_READFUNC_ABORT from the third would end the
 * transfer.
 */
static size_t take_head(char *bytes, size_t size, size_t count, void *user)
{
    struct transfer *transfer = user;

    /* An interim answer comes before the real one. */
    if (size * count > 5 && strncmp(bytes, "HTTP/", 5) == 0)
        buffer_clear(&transfer->head);
    buffer_add(&transfer->head, bytes, size * count);
    return size * count;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *user)
{
    struct transfer *transfer = user;

    buffer_add(&transfer->body, bytes, size * count);
    return size * count;
}

static size_t give_body(char *bytes, size_t size, size_t count, void *user)
{
    struct transfer *transfer = user;
    size_t left = transfer->length - transfer->sent;
    size_t part = left < size * count ? left : size * count;

    memcpy(bytes, transfer->request->body + transfer->sent, part);
    transfer->sent += part;
    return part;
}

static struct curl_slist *make_headers(struct http *http, const struct http_request *request)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    const char *type = request->content_type ? request->content_type : "application/json";

    if (request->body)
        list = curl_slist_append(list, http_format(http, "Content-Type: %s", type));
    if (request->token)
        list =
            curl_slist_append(list, http_format(http, "Authorization: Bearer %s", request->token));
    for (const char *const *header = request->headers; header && *header; header++)
        list = curl_slist_append(list, *header);
    return list;
}

static void set_body(CURL *curl, struct transfer *transfer)
{
    if (!transfer->request->body)
        return;
    if (transfer->request->chunked) {
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
        curl_easy_setopt(curl, CURLOPT_READDATA, transfer);
        return;
    }
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)transfer->length);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, transfer->request->body);
}

static void set_up(struct http *http, struct transfer *transfer)
{
    const struct http_request *request = transfer->request;
    CURL *curl = http->curl;

    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL,
                     http_format(http, "http://127.0.0.1:%d%s", http->port, request->target));
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_head);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    set_body(curl, transfer);
    if (request->method)
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    if (request->method && strcmp(request->method, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
}

static bool finish(struct http *http, const struct transfer *transfer, struct http_reply *reply)
{
    long status = 0;

    if (transfer->head.failed || transfer->body.failed)
        return false;
    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
    reply->status = (int)status;
    reply->head = transfer->head.length ? transfer->head.data : "";
    reply->body = transfer->body.length ? transfer->body.data : "";
    reply->body_length = transfer->body.length;
    if (reply->body_length &&
        !json_parse(&http->scope, reply->body, reply->body_length, &reply->json))
        scope_clear_error(&http->scope);
    return true;
}

bool http_send(struct http *http, const struct http_request *request, struct http_reply *reply)
{
    struct transfer transfer = {.request = request};
    struct curl_slist *headers = make_headers(http, request);

    *reply = (struct http_reply){.head = "", .body = ""};
    buffer_init(&transfer.head, &http->scope.arena);
    buffer_init(&transfer.body, &http->scope.arena);
    if (request->body)
        transfer.length = request->body_length ? request->body_length : strlen(request->body);
    set_up(http, &transfer);
    curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(http->curl);

    curl_slist_free_all(headers);
    if (code != CURLE_OK)
        reply->body = curl_easy_strerror(code);
    return code == CURLE_OK && finish(http, &transfer, reply);
}
