/* doctor_http.c - requests to the program through the web server, as a client sends them */
#include "doctor_http.h"

#include "keel/core/json.h"

#include <curl/curl.h>
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#define TIMEOUT_MS  15000
#define CONTINUE_MS 5000
#define ANSWER_MAX  ((size_t)1024 * 1024)

static size_t keep(char *bytes, size_t size, size_t count, void *context)
{
    struct buffer *buffer = context;
    size_t length = size * count;

    if (buffer->length + length > ANSWER_MAX)
        return 0;
    buffer_add(buffer, bytes, length);
    return buffer->failed ? 0 : length;
}

/* What is left of a body, and whether it is only announced. */
struct blanks {
    int64_t left;
    bool are_announced;
};

/*
 * JSON that says nothing: whoever reads it all finds no value in it. What was announced is asked
 * for when the server says 100, or nothing, and is not sent after all.
 */
static size_t give_blanks(char *to, size_t size, size_t count, void *context)
{
    struct blanks *blanks = context;
    size_t length = size * count;

    if (blanks->are_announced)
        return CURL_READFUNC_ABORT;
    if ((int64_t)length > blanks->left)
        length = (size_t)blanks->left;
    memset(to, ' ', length);
    blanks->left -= (int64_t)length;
    return length;
}

static bool set_body(CURL *curl, struct blanks *blanks)
{
    return curl_easy_setopt(curl, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)blanks->left) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_blanks) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_READDATA, blanks) == CURLE_OK;
}

/* Over HTTP/2 nginx takes no notice of Expect. */
static bool set_announcement(CURL *curl)
{
    return curl_easy_setopt(curl, CURLOPT_EXPECT_100_TIMEOUT_MS, (long)CONTINUE_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK;
}

static bool set_question(CURL *curl, const char *url, const struct question *question,
                         struct curl_slist *headers, struct blanks *blanks)
{
    bool done = curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
                /* The very host that the settings name, past what an environment says. */
                curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;

    if (done && blanks->left > 0)
        done = set_body(curl, blanks);
    if (done && blanks->are_announced)
        done = set_announcement(curl);
    if (done && question->method)
        done = curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, question->method) == CURLE_OK;
    return done;
}

static bool set_answer(CURL *curl, struct answer *answer, char *error)
{
    return curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer->body) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, keep) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer->head) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error) == CURLE_OK;
}

/* Where the body is sent Expect is taken back: its 100 would be an answer before the answer. */
static struct curl_slist *make_headers(const struct question *question)
{
    struct curl_slist *list =
        curl_slist_append(NULL, question->announced_length ? "Expect: 100-continue" : "Expect:");

    if (list && question->body_length > 0)
        list = curl_slist_append(list, "Content-Type: application/json");
    for (size_t i = 0; list && i < DOCTOR_HEADERS_MAX && question->headers[i]; i++)
        list = curl_slist_append(list, question->headers[i]);
    return list;
}

static const char *text_of(struct json_object *object, const char *name)
{
    struct json_object *member = NULL;

    json_object_object_get_ex(object, name, &member);
    return json_object_is_type(member, json_type_string) ? json_object_get_string(member) : "";
}

/* What is no JSON is no error of ours: then another one has answered. */
static void read_envelope(struct doctor *doctor, struct answer *answer)
{
    struct json_object *json = NULL, *success = NULL, *error = NULL;

    answer->code = answer->message = "";
    if (!json_parse(doctor->scope, answer->body.data, answer->body.length, &json)) {
        scope_clear_error(doctor->scope);
        return;
    }
    if (!json_object_is_type(json, json_type_object) ||
        !json_object_object_get_ex(json, "success", &success) ||
        !json_object_object_get_ex(json, "timestamp", NULL))
        return;
    answer->is_envelope = true;
    json_object_object_get_ex(json, "data", &answer->data);
    if (json_object_object_get_ex(json, "error", &error)) {
        answer->code = text_of(error, "code");
        answer->message = text_of(error, "message");
    }
}

/*
 * A server that refuses a body may close before it has read all of it: what it said still counts.
 */
static bool perform(CURL *curl, struct answer *answer, CURLcode *code)
{
    double seconds = 0;

    *code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME, &seconds);
    answer->ms = seconds * 1000;
    /* A body that was only announced is not sent, whatever the server says: no failure. */
    if (*code == CURLE_ABORTED_BY_CALLBACK) {
        answer->status = strncmp(answer->head.data, "HTTP/1.1 100", 12) == 0 ? 100 : 0;
        return true;
    }
    return *code == CURLE_OK || answer->status >= 400;
}

/* False, with `*problem` a sentence of libcurl's, where there is no answer. */
static bool ask(struct doctor *doctor, const struct question *question, struct answer *answer,
                const char **problem)
{
    const char *url = doctor_text(doctor, "%s%s", doctor->url, question->path);
    char error[CURL_ERROR_SIZE] = "";
    struct blanks blanks = {question->body_length, false};
    struct curl_slist *headers = make_headers(question);
    CURL *curl = curl_easy_init();
    CURLcode code = CURLE_OUT_OF_MEMORY;

    if (question->announced_length > 0)
        blanks = (struct blanks){question->announced_length, true};
    *answer = (struct answer){0};
    buffer_init(&answer->head, &doctor->scope->arena);
    buffer_init(&answer->body, &doctor->scope->arena);
    buffer_add_text(&answer->head, "");
    buffer_add_text(&answer->body, "");
    bool done = curl && headers && set_question(curl, url, question, headers, &blanks) &&
                set_answer(curl, answer, error) && perform(curl, answer, &code);

    *problem = doctor_text(doctor, "%s", *error ? error : curl_easy_strerror(code));
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    if (done)
        read_envelope(doctor, answer);
    return done;
}

bool doctor_ask(struct doctor *doctor, const struct question *question, struct answer *answer)
{
    const char *problem;

    if (ask(doctor, question, answer, &problem))
        return true;
    const char *mend =
        strstr(problem, "connect")
            ? "systemctl start nginx   (where it is another: keelctl doctor --url URL)"
            : "journalctl -u nginx; tail /var/log/nginx/keel-error.log";

    doctor_error(doctor, mend, "%s%s is not answered: %s.", doctor->url, question->path, problem);
    return false;
}

const char *doctor_header(struct doctor *doctor, const struct answer *answer, const char *name)
{
    size_t length = strlen(name);

    for (const char *line = answer->head.data; line && *line;) {
        size_t size = strcspn(line, "\r\n");

        if (size > length && line[length] == ':' && strncasecmp(line, name, length) == 0) {
            const char *value = line + length + 1 + strspn(line + length + 1, " ");

            return doctor_text(doctor, "%.*s", (int)strcspn(value, "\r\n"), value);
        }
        line += size + strspn(line + size, "\r\n");
    }
    return "";
}
