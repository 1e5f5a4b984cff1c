/* migrate_parse.h - what one migration file says besides its statements */
#ifndef KEEL_DB_MIGRATE_PARSE_H
#define KEEL_DB_MIGRATE_PARSE_H

#include "keel/core/scope.h"

/* SHA-256 in hexadecimal, with its NUL. */
#define CHECKSUM_SIZE 65

struct migration_text {
    const char *text;    /* UTF-8 without a byte order mark, its lines ending in LF */
    const char *purpose; /* the first comment, joined to one line; "" when there is none */
    bool in_transaction; /* false after `-- migrate: no-transaction` */
};

/*
 * Reads a file's bytes. Fails with ERR_VALIDATION naming file and line: not UTF-8, no statement, an
 * unknown `-- migrate:` word. What it gives belongs to the scope's arena.
 */
bool migration_parse(struct scope *scope, const char *file, const char *bytes, size_t length,
                     struct migration_text *parsed);

/* Claim: the checksum was made; else the scope has failed. */
bool migration_checksum(struct scope *scope, const char *text, char *checksum);

#endif
