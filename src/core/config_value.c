/* config_value.c - reading one setting's text into struct config, and rules between settings */
#include "config_value.h"

#include "keel/core/mail_address.h"
#include "keel/core/secret.h"
#include "keel/core/text.h"

#include <string.h>

/* RFC 9106 section 3.1: at least this much memory for each lane. */
#define ARGON2_LANE_KIB 8

/* Claim: it can be shown, logged and handed to a library: UTF-8 without control characters. */
static bool is_plain(const char *text)
{
    for (const char *at = text; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            return false;
    }
    return text_is_utf8(text, strlen(text));
}

/* The place of `text` among "a|b|c"; -1 when it is none of them. */
static int find_choice(const char *choices, const char *text)
{
    size_t length = strlen(text);

    for (int index = 0;; index++) {
        size_t size = strcspn(choices, "|");

        if (size == length && memcmp(choices, text, size) == 0)
            return index;
        if (choices[size] == '\0')
            return -1;
        choices += size + 1;
    }
}

static bool fail_choice(struct scope *scope, const struct config_key *key)
{
    return fail_field(scope, key->variable, "choice", "%s must be one of %s.", key->variable,
                      key->choices);
}

static bool read_text(struct scope *scope, const struct config_key *key, const char *text,
                      const char **value)
{
    int64_t length = (int64_t)strlen(text);

    if (key->choices && find_choice(key->choices, text) < 0)
        return fail_choice(scope, key);
    if (length < key->min)
        return fail_field(scope, key->variable, "required", "%s must not be empty.", key->variable);
    if (key->max > 0 && length > key->max)
        return fail_field(scope, key->variable, "range", "%s must not be longer than %lld bytes.",
                          key->variable, (long long)key->max);
    *value = text;
    return true;
}

static bool read_int(struct scope *scope, const struct config_key *key, const char *text,
                     int64_t *value)
{
    int64_t number;

    if (!text_to_int(text, strlen(text), &number) || number < key->min || number > key->max)
        return fail_field(scope, key->variable, "range",
                          "%s must be a whole number from %lld to %lld.", key->variable,
                          (long long)key->min, (long long)key->max);
    *value = number;
    return true;
}

static bool read_bool(struct scope *scope, const struct config_key *key, const char *text,
                      bool *value)
{
    /* Yes at even places, no at odd ones. */
    int choice = find_choice("true|false|yes|no|on|off|1|0", text);

    if (choice < 0)
        return fail_field(scope, key->variable, "choice", "%s must be true or false.",
                          key->variable);
    *value = choice % 2 == 0;
    return true;
}

static bool read_choice(struct scope *scope, const struct config_key *key, const char *text,
                        enum config_environment *value)
{
    int choice = find_choice(key->choices, text);

    if (choice < 0)
        return fail_choice(scope, key);
    *value = (enum config_environment)choice;
    return true;
}

bool config_value_read(struct scope *scope, const struct config_key *key, const char *text,
                       struct config *config)
{
    void *member = (char *)config + key->offset;

    if (!is_plain(text))
        return fail_field(scope, key->variable, "text",
                          "%s must be UTF-8 without control characters.", key->variable);
    switch (key->kind) {
    case CONFIG_TEXT:
        return read_text(scope, key, text, member);
    case CONFIG_INT:
        return read_int(scope, key, text, member);
    case CONFIG_BOOL:
        return read_bool(scope, key, text, member);
    case CONFIG_CHOICE:
        return read_choice(scope, key, text, member);
    }
    return false;
}

/* "/api" or "/some/place", or empty: it is put in front of paths that begin with a slash. */
static void check_base_path(struct scope *scope, const char *path)
{
    size_t length = strlen(path);

    if (length > 0 && (path[0] != '/' || path[length - 1] == '/' || strstr(path, "//")))
        fail_field(scope, "KEEL_BASE_PATH", "path",
                   "KEEL_BASE_PATH must be empty or begin with a slash and not end with one.");
}

static void check_secret(struct scope *scope, const char *variable, const char *secret)
{
    if (!secret_is_strong(secret))
        fail_field(scope, variable, "weak",
                   "%s must be at least 32 random bytes in production, not a text from an example.",
                   variable);
}

/* What stands in a link, in front of "/page": "https://app.example.com". */
static void check_public_url(struct scope *scope, const char *url)
{
    size_t length = strlen(url);

    if ((strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) ||
        url[length - 1] == '/' || strpbrk(url, " \"'<>#?"))
        fail_field(scope, "KEEL_PUBLIC_URL", "url",
                   "KEEL_PUBLIC_URL must begin with https:// or http:// and not end with a slash.");
}

static void check_smtp(struct scope *scope, const struct config *config)
{
    const char *url = config->mail_smtp_url;
    bool is_encrypted =
        strncmp(url, "smtps://", 8) == 0 || strcmp(config->mail_smtp_tls, "required") == 0;

    if (strcmp(config->mail_transport, "smtp") != 0)
        return;
    /* Credentials in it would be shown wherever the address is. */
    if ((strncmp(url, "smtp://", 7) != 0 && strncmp(url, "smtps://", 8) != 0) || strpbrk(url, "@ "))
        fail_field(scope, "KEEL_MAIL_SMTP_URL", "url",
                   "KEEL_MAIL_SMTP_URL must be smtp://host:port or smtps://host:port, without a "
                   "user.");
    if (*config->mail_smtp_password && !is_encrypted)
        fail_field(scope, "KEEL_MAIL_SMTP_TLS", "unsafe",
                   "KEEL_MAIL_SMTP_TLS is off: KEEL_MAIL_SMTP_PASSWORD would be sent for everybody "
                   "to read.");
}

static void check_mail(struct scope *scope, const struct config *config)
{
    struct mail_address from;

    check_public_url(scope, config->public_url);
    check_smtp(scope, config);
    if (!mail_address_read(&scope->arena, config->mail_from, &from) && from.spec)
        fail_field(scope, "KEEL_MAIL_FROM", "address",
                   "KEEL_MAIL_FROM must be an address, or a name and <an address>.");
    else if (!from.spec)
        fail_memory(scope);
    if (strcmp(config->mail_transport, "sendmail") == 0 && *config->mail_command != '/')
        fail_field(scope, "KEEL_MAIL_COMMAND", "path",
                   "KEEL_MAIL_COMMAND must begin with a whole path.");
}

/* What is good for trying things out, and would make mails come to nothing elsewhere. */
static void check_mail_in_production(struct scope *scope, const struct config *config)
{
    bool is_folder = strcmp(config->mail_transport, "folder") == 0;

    if (strcmp(config->mail_transport, "none") == 0)
        return;
    if (is_folder && *config->mail_folder == '\0')
        fail_field(scope, "KEEL_MAIL_TRANSPORT", "required",
                   "KEEL_MAIL_TRANSPORT must be set in production: smtp, sendmail, none, or folder "
                   "with KEEL_MAIL_FOLDER.");
    else if (strncmp(config->public_url, "http://127.0.0.1", 16) == 0)
        fail_field(scope, "KEEL_PUBLIC_URL", "required",
                   "KEEL_PUBLIC_URL must be set in production: links in mails begin with it.");
    else if (strstr(config->mail_from, "@localhost"))
        fail_field(scope, "KEEL_MAIL_FROM", "required",
                   "KEEL_MAIL_FROM must be set in production.");
}

bool config_check(struct scope *scope, const struct config *config)
{
    check_base_path(scope, config->base_path);
    check_mail(scope, config);
    if (config->argon2_memory_kib < config->argon2_lanes * ARGON2_LANE_KIB)
        fail_field(scope, "KEEL_ARGON2_MEMORY_KIB", "range",
                   "KEEL_ARGON2_MEMORY_KIB must be at least 8 for each lane.");
    if (config->environment == ENV_PRODUCTION) {
        check_mail_in_production(scope, config);
        /* A folder may hold the key that signs; the worker looks for one when it starts. */
        if (*config->jwt_secret || !*config->key_folder)
            check_secret(scope, "KEEL_JWT_SECRET", config->jwt_secret);
        check_secret(scope, "KEEL_SESSION_SECRET", config->session_secret);
        check_secret(scope, "KEEL_CURSOR_SECRET", config->cursor_secret);
        if (*config->metrics_token)
            check_secret(scope, "KEEL_METRICS_TOKEN", config->metrics_token);
        if (*config->database_url == '\0')
            fail_field(scope, "KEEL_DATABASE_URL", "required",
                       "KEEL_DATABASE_URL must be set in production.");
    }
    return scope->error.kind == ERR_NONE;
}
