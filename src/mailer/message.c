/* message.c - one mail as it goes over the wire: headers, a plain part and an HTML part */
#include "message.h"

#include "encode.h"
#include "keel/core/config.h"
#include "keel/core/mail_address.h"

#include <string.h>

/* Of the random part of a mail's id. */
#define HEX_DIGITS "0123456789abcdef"

struct writer {
    struct buffer *out;
    const char *newline;
    const char *boundary;
};

/* Claim: nothing in it ends a header, or is none of its characters. */
static bool is_one_line(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            return false;
    }
    return true;
}

static void add_header(const struct writer *writer, const char *name, const char *value)
{
    buffer_add_format(writer->out, "%s: %s%s", name, value, writer->newline);
}

/* Claim: atoms and spaces only, which need no quotes in front of an address. */
static bool is_phrase(const char *name)
{
    return name[strspn(
               name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_")] == '\0';
}

static void add_quoted(struct buffer *out, const char *text)
{
    buffer_add_char(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buffer_add_char(out, '\\');
        buffer_add_char(out, *text);
    }
    buffer_add_char(out, '"');
}

static bool is_ascii(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text >= 0x80)
            return false;
    }
    return true;
}

static void add_sender(const struct writer *writer, const struct mail_address *from)
{
    struct buffer *out = writer->out;

    buffer_add_text(out, "From: ");
    if (*from->name && is_ascii(from->name) && !is_phrase(from->name))
        add_quoted(out, from->name);
    else if (*from->name)
        encode_header(out, from->name, writer->newline);
    buffer_add_format(out, *from->name ? " <%s>%s" : "%s%s", from->spec, writer->newline);
}

static void add_headers(const struct writer *writer, const struct message *message,
                        const struct mail_address *from)
{
    struct buffer *out = writer->out;

    buffer_add_text(out, "Date: ");
    encode_date(out, message->created_s);
    buffer_add_text(out, writer->newline);
    add_sender(writer, from);
    add_header(writer, "To", message->to);
    buffer_add_text(out, "Subject: ");
    encode_header(out, message->text.subject, writer->newline);
    buffer_add_text(out, writer->newline);
    add_header(writer, "Message-ID", message->mail_id);
    add_header(writer, "MIME-Version", "1.0");
    /* So that nobody's vacation answers it (RFC 3834; the second is for Exchange). */
    add_header(writer, "Auto-Submitted", "auto-generated");
    add_header(writer, "X-Auto-Response-Suppress", "All");
    buffer_add_format(out, "Content-Type: multipart/alternative; boundary=\"%s\"%s%s",
                      writer->boundary, writer->newline, writer->newline);
}

static void add_part(const struct writer *writer, const char *type, const char *text)
{
    bool is_plain = encode_is_plain(text);

    buffer_add_format(writer->out, "--%s%s", writer->boundary, writer->newline);
    buffer_add_format(writer->out, "Content-Type: %s; charset=utf-8%s", type, writer->newline);
    add_header(writer, "Content-Transfer-Encoding", is_plain ? "7bit" : "quoted-printable");
    buffer_add_text(writer->out, writer->newline);
    if (is_plain)
        encode_lines(writer->out, text, writer->newline);
    else
        encode_quoted_printable(writer->out, text, writer->newline);
    buffer_add_text(writer->out, writer->newline);
}

/*
 * "=_" cannot stand in quoted-printable, and nobody knew the random digits of the mail's id when
 * its texts were written.
 */
static const char *make_boundary(struct scope *scope, const char *mail_id)
{
    return scope_format(scope, "=_%.*s", (int)strspn(mail_id + 1, HEX_DIGITS), mail_id + 1);
}

bool message_write(struct scope *scope, const struct message *message, const char *newline,
                   struct buffer *out)
{
    struct mail_address from;

    if (!is_one_line(message->to) || !is_one_line(message->mail_id) ||
        !is_one_line(message->text.subject))
        return fail(scope, ERR_INTERNAL, "A header of a mail has more than one line");
    if (!mail_address_read(&scope->arena, scope->config->mail_from, &from))
        return from.spec ? fail(scope, ERR_INTERNAL, "KEEL_MAIL_FROM is no address")
                         : fail_memory(scope);
    const struct writer writer = {out, newline, make_boundary(scope, message->mail_id)};

    if (!writer.boundary)
        return false;
    add_headers(&writer, message, &from);
    add_part(&writer, "text/plain", message->text.plain);
    add_part(&writer, "text/html", message->text.html);
    buffer_add_format(out, "--%s--%s", writer.boundary, newline);
    return !out->failed || fail_memory(scope);
}
