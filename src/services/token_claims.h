/* token_claims.h - what a token says, read strictly */
#ifndef KEEL_SERVICES_TOKEN_CLAIMS_H
#define KEEL_SERVICES_TOKEN_CLAIMS_H

#include "keel/services/token.h"

struct json_object;

/* A token's parts: what it says, whoever wrote that. Belongs to the scope's arena. */
struct token_parts {
    struct json_object *header, *claims;
    const char *signed_text; /* the first two parts, as they came */
    size_t signed_length;
    const unsigned char *signature;
    size_t signature_size;
};

/* Records that a token is refused, and why, for the log alone; returns false. */
bool token_refuse(struct scope *scope, const char *why);

/* Reads the parts. Refuses what is no token of three parts that are base64url, two of them JSON. */
bool token_split(struct scope *scope, const char *token, struct token_parts *parts);

/* The header's kid; NULL where that is no text. */
const char *token_kid(const struct token_parts *parts);

/* Refuses a header that names another algorithm than the key's, or asks for rules unknown here. */
bool token_check_header(struct scope *scope, const struct token_parts *parts,
                        const char *algorithm);

/* Refuses claims for or from somebody else or of another time; gives the subject. */
bool token_check_claims(struct scope *scope, const struct token_parts *parts,
                        struct token_subject *subject);

#endif
