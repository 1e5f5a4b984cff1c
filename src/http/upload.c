/* upload.c - a body that is streamed to a file, in bounded memory */
#include "keel/http/upload.h"

#include "keel/core/config.h"
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_SIZE ((size_t)16 * 1024)

/* `digest` is NULL where nobody asks for one. */
static bool copy(struct scope *scope, struct transport *transport, struct request *request,
                 int64_t limit, struct digest *digest, struct upload *upload)
{
    char bytes[PART_SIZE];
    size_t count;

    do {
        if (!request_read_part(scope, transport, request, limit, bytes, sizeof bytes, &count) ||
            !spool_write(scope, upload->fd, bytes, count))
            return false;
        if (digest && !digest_add(digest, bytes, count))
            return fail_memory(scope);
        upload->bytes += (int64_t)count;
    } while (count);
    return upload->bytes > 0 || fail(scope, ERR_MALFORMED, "This address needs a body");
}

static bool copy_hashed(struct scope *scope, struct transport *transport, struct request *request,
                        int64_t limit, struct upload *upload)
{
    struct digest digest;
    bool begun = digest_begin(&digest);
    bool copied = begun && copy(scope, transport, request, limit, &digest, upload);
    bool ended = digest_end(&digest, upload->digest);

    if (!begun || (copied && !ended))
        return fail_memory(scope);
    return copied;
}

bool upload_receive(struct scope *scope, struct transport *transport, struct request *request,
                    int64_t limit, bool wants_digest, struct upload *upload)
{
    upload->path = NULL;
    upload->bytes = 0;
    upload->digest[0] = '\0';
    upload->kept = false;
    if (!spool_create(scope, &upload->path, &upload->fd)) {
        upload->path = NULL;
        return false;
    }
    return wants_digest ? copy_hashed(scope, transport, request, limit, upload)
                        : copy(scope, transport, request, limit, NULL, upload);
}

/* The name of a new file is on the disk when its folder is. */
static bool sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return false;
    bool done = fsync(fd) == 0;
    int error = errno;

    close(fd);
    errno = error;
    return done;
}

bool upload_keep(struct scope *scope, struct upload *upload)
{
    if (fsync(upload->fd) != 0 || !sync_folder(scope->config->upload_folder))
        return spool_fail(scope, "sync");
    upload->kept = true;
    return true;
}

void upload_end(struct upload *upload)
{
    if (!upload->path)
        return;
    close(upload->fd);
    if (!upload->kept)
        (void)unlink(upload->path);
    upload->path = NULL;
    upload->fd = -1;
}

bool upload_folder_is_usable(const char *folder)
{
    struct stat status;

    /* Those who work on the files run elsewhere. */
    if (folder[0] != '/') {
        errno = EINVAL;
        return false;
    }
    if (stat(folder, &status) != 0)
        return false;
    if (!S_ISDIR(status.st_mode)) {
        errno = ENOTDIR;
        return false;
    }
    return access(folder, W_OK | X_OK) == 0;
}
