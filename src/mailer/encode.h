/* encode.h - what mail can carry: quoted-printable (RFC 2045), encoded words (RFC 2047), dates */
#ifndef KEEL_MAILER_ENCODE_H
#define KEEL_MAILER_ENCODE_H

#include "keel/core/buffer.h"

/*
 * Claim: the text can go as it is: ASCII, no line over 200 characters, none that some program on
 * the way could change (a blank at its end, "From " or a lone dot at its beginning).
 */
bool encode_is_plain(const char *text);

/* Adds the text in quoted-printable; its newlines become `newline`. */
void encode_quoted_printable(struct buffer *out, const char *text, const char *newline);

/* Adds the text with its newlines as `newline`, and nothing else changed. */
void encode_lines(struct buffer *out, const char *text, const char *newline);

/*
 * Adds an unstructured header's value: as it is where it is short printable ASCII, else as encoded
 * words, each on a line of its own. Control characters are encoded and can therefore end no header.
 */
void encode_header(struct buffer *out, const char *text, const char *newline);

/* "Mon, 12 Jan 2026 10:00:00 +0000" (RFC 5322 section 3.3), of seconds since 1970. */
void encode_date(struct buffer *out, int64_t seconds);

#endif
