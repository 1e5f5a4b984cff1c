/* transport_smtp.c - mails to an SMTP server, through libcurl */
#include "transport.h"

#include "keel/core/config.h"
#include "keel/core/mail_address.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX 256

struct smtp {
    CURL *curl;
    char error[CURL_ERROR_SIZE];
    char answer[ANSWER_MAX]; /* the last line in which the server said no */
};

/* What libcurl reads while it sends. */
struct upload {
    const char *bytes;
    size_t left;
};

static size_t give_bytes(char *to, size_t size, size_t count, void *context)
{
    struct upload *upload = context;
    size_t length = size * count < upload->left ? size * count : upload->left;

    memcpy(to, upload->bytes, length);
    upload->bytes += length;
    upload->left -= length;
    return length;
}

static size_t keep_answer(char *line, size_t size, size_t count, void *context)
{
    struct smtp *smtp = context;
    size_t length = size * count < ANSWER_MAX - 1 ? size * count : ANSWER_MAX - 1;

    /* libcurl says QUIT after a refusal, and "bye" is no reason. */
    if (length == 0 || (*line != '4' && *line != '5'))
        return size * count;
    memcpy(smtp->answer, line, length);
    smtp->answer[length] = '\0';
    return size * count;
}

/* Nothing is kept of a mail; the connection is, for the next one. */
static bool set_server(struct scope *scope, struct smtp *smtp)
{
    const struct config *config = scope->config;
    CURL *curl = smtp->curl;
    bool wants_tls = strcmp(config->mail_smtp_tls, "required") == 0;
    CURLcode code = curl_easy_setopt(curl, CURLOPT_URL, config->mail_smtp_url);

    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    /* Not what somebody's environment says of the web. */
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_PROXY, "");
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_USE_SSL,
                                (long)(wants_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (code == CURLE_OK && *config->mail_smtp_ca)
        code = curl_easy_setopt(curl, CURLOPT_CAINFO, config->mail_smtp_ca);
    if (code == CURLE_OK && *config->mail_smtp_user)
        code = curl_easy_setopt(curl, CURLOPT_USERNAME, config->mail_smtp_user);
    if (code == CURLE_OK && *config->mail_smtp_user)
        code = curl_easy_setopt(curl, CURLOPT_PASSWORD, config->mail_smtp_password);
    return code == CURLE_OK ||
           fail(scope, ERR_INTERNAL, "libcurl cannot send mail: %s", curl_easy_strerror(code));
}

static bool set_transfer(struct scope *scope, struct smtp *smtp)
{
    CURL *curl = smtp->curl;
    long timeout_ms = (long)(scope->config->mail_timeout_s * 1000);
    CURLcode code = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);

    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, smtp->error);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_bytes);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, keep_answer);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_HEADERDATA, smtp);
    return code == CURLE_OK ||
           fail(scope, ERR_INTERNAL, "libcurl cannot send mail: %s", curl_easy_strerror(code));
}

static void close_smtp(void *state)
{
    struct smtp *smtp = state;

    curl_easy_cleanup(smtp->curl);
    free(smtp);
    curl_global_cleanup();
}

static bool open_smtp(struct scope *scope, void **state)
{
    struct smtp *smtp;

    *state = NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return fail_memory(scope);
    smtp = calloc(1, sizeof *smtp);
    if (!smtp) {
        curl_global_cleanup();
        return fail_memory(scope);
    }
    smtp->curl = curl_easy_init();
    if (smtp->curl ? set_server(scope, smtp) && set_transfer(scope, smtp) : fail_memory(scope)) {
        *state = smtp;
        return true;
    }
    close_smtp(smtp);
    return false;
}

/*
 * Claim: the server will never take this mail (RFC 5321 section 4.2.1). Not where it is about who
 * we are or how we came: that is for the operator to change, and the mail can wait.
 */
static bool is_refusal(CURLcode result, long status)
{
    static const long about_us[] = {530, 534, 535, 538};

    if (status < 500 || status > 599 || result == CURLE_LOGIN_DENIED ||
        result == CURLE_USE_SSL_FAILED || result == CURLE_OPERATION_TIMEDOUT)
        return false;
    for (size_t i = 0; i < sizeof about_us / sizeof about_us[0]; i++) {
        if (status == about_us[i])
            return false;
    }
    return true;
}

static bool judge(struct scope *scope, const struct smtp *smtp, CURLcode result,
                  struct delivery *delivery)
{
    const char *said = *smtp->error ? smtp->error : curl_easy_strerror(result);
    long status = 0;

    if (result == CURLE_OK) {
        *delivery = (struct delivery){OUTCOME_SENT, NULL};
        return true;
    }
    /* libcurl's own sentence has the number at most; the server's words say why. */
    curl_easy_getinfo(smtp->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 400 && *smtp->answer)
        return delivery_fail(scope, delivery,
                             is_refusal(result, status) ? OUTCOME_REFUSED : OUTCOME_FAILED,
                             "%s; the server said: %s", said, smtp->answer);
    return delivery_fail(scope, delivery, OUTCOME_FAILED, "%s", said);
}

static CURLcode perform(struct smtp *smtp, const char *from, struct curl_slist *recipients,
                        struct upload *upload)
{
    CURL *curl = smtp->curl;
    CURLcode code = curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);

    *smtp->error = *smtp->answer = '\0';
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_READDATA, upload);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)upload->left);
    if (code == CURLE_OK)
        code = curl_easy_perform(curl);
    /* The list ends with this mail. */
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, NULL);
    return code;
}

static bool send_to_server(struct scope *scope, void *state, const struct message *message,
                           struct delivery *delivery)
{
    struct smtp *smtp = state;
    struct mail_address from;
    struct buffer bytes;

    buffer_init(&bytes, &scope->arena);
    if (!message_write(scope, message, "\r\n", &bytes))
        return false;
    if (!mail_address_read(&scope->arena, scope->config->mail_from, &from))
        return fail_memory(scope);
    const char *sender = scope_format(scope, "<%s>", from.spec);
    const char *recipient = scope_format(scope, "<%s>", message->to);

    if (!sender || !recipient)
        return false;
    struct curl_slist *recipients = curl_slist_append(NULL, recipient);

    if (!recipients)
        return fail_memory(scope);
    struct upload upload = {bytes.data, bytes.length};
    CURLcode result = perform(smtp, sender, recipients, &upload);

    curl_slist_free_all(recipients);
    return judge(scope, smtp, result, delivery);
}

/* Greeting, TLS and signing in come by themselves; a word that does nothing follows. */
static bool probe_server(struct scope *scope, void *state, struct delivery *delivery)
{
    struct smtp *smtp = state;
    CURLcode code = curl_easy_setopt(smtp->curl, CURLOPT_NOBODY, 1L);

    if (code == CURLE_OK)
        code = curl_easy_setopt(smtp->curl, CURLOPT_CUSTOMREQUEST, "NOOP");
    if (code == CURLE_OK)
        code = curl_easy_perform(smtp->curl);
    return judge(scope, smtp, code, delivery);
}

const struct transport transport_smtp = {"smtp", open_smtp, send_to_server, close_smtp,
                                         probe_server};
