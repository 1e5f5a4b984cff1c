/* mail.c - mails: their texts from templates, queued with the caller's transaction */
#include "keel/services/mail.h"

#include "keel/core/clock.h"
#include "keel/core/config.h"
#include "keel/core/log.h"
#include "keel/core/mail_address.h"
#include "keel/core/random.h"
#include "keel/db/db.h"
#include "mail_source.h"
#include "mail_template.h"
#include "sql.h"

#include <string.h>

static const struct {
    const char *name;
    bool is_for_strangers; /* anybody can have it sent to anybody */
} kinds[MAIL_KIND_COUNT] = {
    [MAIL_VERIFY] = {"verify", true},
    [MAIL_RESET] = {"reset", true},
    [MAIL_EMAIL_CHANGE] = {"email_change", true},
    [MAIL_EMAIL_CHANGED] = {"email_changed", false},
    [MAIL_PASSWORD_CHANGED] = {"password_changed", false},
    [MAIL_NEW_DEVICE] = {"new_device", false},
    [MAIL_REGISTERED_AGAIN] = {"registered_again", true},
    [MAIL_INVITE] = {"invite", true},
    [MAIL_TOTP_ON] = {"totp_on", false},
    [MAIL_TOTP_OFF] = {"totp_off", false},
    [MAIL_TEST] = {"test", true},
};

/* What a template may name although nobody gave it. */
static const char *const known[] = {"name", "link", "new_email", "expires"};

#define VALUE_MAX 32
#define ID_BYTES  16

/* One mail on its way to its texts. */
struct writing {
    struct scope *scope;
    const char *kind;
    const char *folder; /* of the operator's templates; "": the built-in ones */
    struct mail_value list[VALUE_MAX];
    size_t count;
};

const char *mail_kind_name(enum mail_kind kind)
{
    return kinds[kind].name;
}

bool mail_kind_from_name(const char *name, enum mail_kind *kind)
{
    for (int i = 0; i < MAIL_KIND_COUNT; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            *kind = (enum mail_kind)i;
            return true;
        }
    }
    return false;
}

const char *mail_link(struct scope *scope, const char *page, const char *token)
{
    return scope_format(scope, "%s%s#token=%s", scope->config->public_url, page, token);
}

static bool read_sender(struct scope *scope, struct mail_address *from)
{
    if (mail_address_read(&scope->arena, scope->config->mail_from, from))
        return true;
    return from->spec ? fail(scope, ERR_INTERNAL, "KEEL_MAIL_FROM is no address")
                      : fail_memory(scope);
}

const char *mail_make_id(struct scope *scope)
{
    char random[2 * ID_BYTES + 1];
    struct mail_address from;

    if (!read_sender(scope, &from))
        return NULL;
    if (random_hex(random, ID_BYTES))
        return scope_format(scope, "<%s@%s>", random, from.domain);
    fail(scope, ERR_UNAVAILABLE, "The server has no random numbers");
    return NULL;
}

/* The first value of a name counts, so this is to be called in the order of precedence. */
static bool add_value(struct writing *writing, const char *name, const char *text)
{
    if (writing->count == VALUE_MAX)
        return fail(writing->scope, ERR_INTERNAL, "A mail has too many values");
    writing->list[writing->count++] = (struct mail_value){name, text};
    return true;
}

/* "2026-01-12 10:00 UTC" */
static const char *write_time(struct scope *scope)
{
    char text[CLOCK_TEXT_SIZE];

    clock_format(scope->now, text);
    return scope_format(scope, "%.10s %.5s UTC", text, text + 11);
}

static bool add_common(struct writing *writing, const char *to)
{
    struct scope *scope = writing->scope;
    const char *time = write_time(scope);
    struct mail_address from;

    return time && read_sender(scope, &from) && add_value(writing, "email", to) &&
           add_value(writing, "time", time) &&
           add_value(writing, "address", scope->client_address) &&
           add_value(writing, "agent", scope->client_agent) &&
           add_value(writing, "site", *from.name ? from.name : from.domain) &&
           add_value(writing, "url", scope->config->public_url);
}

static bool add_values(struct writing *writing, enum mail_kind kind, const char *to,
                       const struct mail_value *values, size_t count)
{
    bool ok = !kinds[kind].is_for_strangers ||
              (add_value(writing, "name", NULL) && add_value(writing, "agent", NULL));

    for (size_t i = 0; ok && i < count; i++)
        ok = add_value(writing, values[i].name, values[i].text);
    ok = ok && add_common(writing, to);
    for (size_t i = 0; ok && i < sizeof known / sizeof known[0]; i++)
        ok = add_value(writing, known[i], NULL);
    return ok;
}

static bool render(struct writing *writing, const char *name, const char *source,
                   enum mail_escaping escaping, const char **text)
{
    const struct mail_values values = {writing->list, writing->count};
    struct buffer out;

    buffer_init(&out, &writing->scope->arena);
    if (!mail_template_render(writing->scope, name, source, escaping, values, &out))
        return false;
    *text = out.data ? out.data : "";
    return true;
}

/* Takes the line "Subject: ..." off the front of a template. */
static bool take_subject(struct writing *writing, const char *name, const char **source)
{
    static const char label[] = "Subject: ";
    size_t length = strcspn(*source, "\n");
    const char *subject;

    if (strncmp(*source, label, sizeof label - 1) != 0 || !(*source)[length]) {
        fail(writing->scope, ERR_INTERNAL, "A mail could not be written");
        return fail_detail(writing->scope, "%s:1: the first line is not \"Subject: ...\"", name);
    }
    const char *line =
        scope_copy(writing->scope, *source + sizeof label - 1, length - (sizeof label - 1));

    *source += length + 1;
    return line && render(writing, name, line, MAIL_PLAIN, &subject) &&
           add_value(writing, "subject", subject);
}

/* The kind's own text, then the layout around it. */
static bool write_part(struct writing *writing, enum mail_escaping escaping, const char **text)
{
    struct scope *scope = writing->scope;
    const char *ending = escaping == MAIL_HTML ? "html" : "txt";
    const char *name = scope_format(scope, "%s.%s", writing->kind, ending);
    const char *layout_name = scope_format(scope, "layout.%s", ending);
    const char *source, *layout, *content;

    if (!name || !layout_name || !mail_source_find(scope, writing->folder, name, &source) ||
        !mail_source_find(scope, writing->folder, layout_name, &layout))
        return false;
    if (escaping == MAIL_PLAIN && !take_subject(writing, name, &source))
        return false;
    if (!render(writing, name, source, escaping, &content))
        return false;
    size_t count = writing->count;
    bool done = add_value(writing, "content", content) &&
                render(writing, layout_name, layout, escaping, text);

    writing->count = count;
    return done;
}

static bool write_mail(struct scope *scope, const char *folder, enum mail_kind kind, const char *to,
                       const struct mail_value *values, size_t count, struct mail_text *text)
{
    struct writing writing = {.scope = scope, .kind = kinds[kind].name, .folder = folder};

    if (!add_values(&writing, kind, to, values, count) ||
        !write_part(&writing, MAIL_PLAIN, &text->plain))
        return false;
    text->subject = writing.list[writing.count - 1].text;
    return write_part(&writing, MAIL_HTML, &text->html);
}

bool mail_render(struct scope *scope, enum mail_kind kind, const char *to,
                 const struct mail_value *values, size_t count, struct mail_text *text)
{
    return write_mail(scope, scope->config->mail_templates, kind, to, values, count, text);
}

static void log_fallback(const struct scope *scope)
{
    struct log_line line;

    if (!log_begin(scope->log, &line, LOG_LEVEL_ERROR,
                   "An own text of mails cannot be used; the built-in one goes out."))
        return;
    log_add_text(&line, "detail", scope->error.detail);
    log_end(&line);
}

/* A mistake in an operator's template must not keep people from their accounts. */
static bool write_somehow(struct scope *scope, enum mail_kind kind, const char *to,
                          const struct mail_value *values, size_t count, struct mail_text *text)
{
    if (mail_render(scope, kind, to, values, count, text))
        return true;
    if (scope->error.kind != ERR_INTERNAL || !*scope->config->mail_templates)
        return false;
    log_fallback(scope);
    scope_clear_error(scope);
    return write_mail(scope, "", kind, to, values, count, text);
}

/* Spaces around an address are not part of it, as users_find() has it. */
static const char *trim(struct scope *scope, const char *text)
{
    size_t start = strspn(text, " ");
    size_t length = strlen(text + start);

    while (length > 0 && text[start + length - 1] == ' ')
        length--;
    return scope_copy(scope, text + start, length);
}

bool mail_queue(struct scope *scope, enum mail_kind kind, const char *to,
                const struct mail_value *values, size_t count)
{
    const char *recipient = trim(scope, to);
    struct mail_address address;
    struct mail_text text;
    struct rows rows;

    if (!recipient)
        return false;
    if (!mail_address_take(&scope->arena, recipient, &address))
        return address.spec
                   ? fail_field(scope, "email", "format", "No mail can be sent to this address")
                   : fail_memory(scope);
    if (strcmp(scope->config->mail_transport, "none") == 0)
        return true;
    return write_somehow(scope, kind, recipient, values, count, &text) &&
           db_query(scope, &sql_mail_queue,
                    PARAMS(kinds[kind].name, address.spec, text.subject, text.plain, text.html,
                           mail_make_id(scope)),
                    &rows) &&
           mail_order_sending(scope, 0);
}
