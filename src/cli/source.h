/* source.h - a checkout of Keel: its files as texts */
#ifndef KEEL_CLI_SOURCE_H
#define KEEL_CLI_SOURCE_H

#include "keel/http/route.h"

/* Fails with ERR_NOT_FOUND unless `folder` is a checkout. */
bool source_require(struct scope *scope, const char *folder);

/* The text of a file below the folder, in the scope's arena; *text is NULL where there is none. */
bool source_read(struct scope *scope, const char *folder, const char *path, const char **text);

/* When the file was last written, in seconds since 1970; 0 where there is none. */
int64_t source_changed_at(struct scope *scope, const char *folder, const char *path);

/* Claim: `word` stands in the text by itself, not as a part of a longer name. */
bool source_mentions(const char *text, const char *word);

/* How often a text stands in another one. */
size_t source_count(const char *text, const char *part);

/*
 * Claim: the reference (docs/API_REFERENCE.md; NULL: there is none) has the page of the endpoint,
 * below its heading of method and whole path.
 */
bool source_has_page(struct scope *scope, const char *reference, const char *base_path,
                     const struct route *route);

#endif
