/* upload.h - a body that is streamed to a file, in bounded memory */
#ifndef KEEL_HTTP_UPLOAD_H
#define KEEL_HTTP_UPLOAD_H

#include "keel/core/digest.h"
#include "keel/http/request.h"

struct media;

struct upload {
    const char *path;              /* of the file; NULL: there is none */
    const struct media *media;     /* that of the row which it is */
    int64_t bytes;                 /* never 0 where there is one */
    char digest[DIGEST_TEXT_SIZE]; /* of its bytes, where one was asked for; else "" */
    int fd;                        /* open while the request runs; < 0: not */
    bool kept;                     /* stays when the request is over */
};

/*
 * Reads the body of at most `limit` bytes into a new file below the setting upload_folder, which
 * only this user may read; with `wants_digest` it is hashed on its way. upload_end() is due whether
 * or not it succeeds. Fails as request_read_part() does, with ERR_MALFORMED for an empty body, and
 * with ERR_UNAVAILABLE where the disk is full or no folder is set.
 */
bool upload_receive(struct scope *scope, struct transport *transport, struct request *request,
                    int64_t limit, bool wants_digest, struct upload *upload);

/*
 * Lets the file stay, for whoever the handler tells of it: it is on the disk then, as what the
 * handler writes into the database is after its commit. Whoever rolls back sets `kept` to false.
 * ERR_UNAVAILABLE, ERR_INTERNAL.
 */
bool upload_keep(struct scope *scope, struct upload *upload);

/* Closes the file, and removes one that is not kept. */
void upload_end(struct upload *upload);

/* Claim: this is an absolute path of a folder that files can be made in. False with errno. */
bool upload_folder_is_usable(const char *folder);

#endif
