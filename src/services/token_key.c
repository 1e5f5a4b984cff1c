/* token_key.c - one key: read from its file, judged, and its public half */
#include "token_key.h"

#include "keel/core/config.h"
#include "keel/core/secret.h"
#include "token_jwk.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Many times a key of 16384 bits. */
#define FILE_MAX 65536

static bool refuse(struct scope *scope, const char *path, const char *why)
{
    return fail(scope, ERR_INTERNAL, "The key %s %s", path, why);
}

static bool refuse_file(struct scope *scope, const char *path)
{
    return fail(scope, ERR_INTERNAL, "The key %s cannot be read: %s", path, strerror(errno));
}

/* Up to `length` bytes; how many there were, or -1. */
static ssize_t read_all(int fd, char *text, size_t length)
{
    size_t done = 0;

    while (done < length) {
        ssize_t got = read(fd, text + done, length - done);

        if (got < 0 && errno != EINTR)
            return -1;
        if (got == 0)
            break;
        done += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)done;
}

/* What opens every account is nobody else's business: `is_open` says that everybody may read it. */
static char *read_text(struct scope *scope, struct arena *arena, const char *path, int fd,
                       struct token_key *key, bool *is_open)
{
    struct stat found;

    if (fstat(fd, &found) != 0) {
        refuse_file(scope, path);
        return NULL;
    }
    if (!S_ISREG(found.st_mode) || found.st_size > FILE_MAX) {
        refuse(scope, path, "is no file of a key");
        return NULL;
    }
    key->changed_at = found.st_mtim.tv_sec * INT64_C(1000000) + found.st_mtim.tv_nsec / 1000;
    *is_open = found.st_mode & S_IRWXO;
    char *text = arena_alloc(arena, (size_t)found.st_size + 1);
    ssize_t length = text ? read_all(fd, text, (size_t)found.st_size) : 0;

    if (text && length >= 0 && strlen(text) == (size_t)length)
        return text;
    if (!text)
        fail_memory(scope);
    else if (length < 0)
        refuse_file(scope, path);
    else
        refuse(scope, path, "holds a zero byte");
    return NULL;
}

/* NULL: failed, recorded. */
static char *read_file(struct scope *scope, struct arena *arena, const char *path,
                       struct token_key *key, bool *is_open, bool *gone)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    *gone = fd < 0 && errno == ENOENT;
    if (fd < 0) {
        refuse_file(scope, path);
        return NULL;
    }
    char *text = read_text(scope, arena, path, fd, key, is_open);

    close(fd);
    return text;
}

static bool refuse_open(struct scope *scope, const char *path)
{
    return refuse(scope, path, "can be read by everybody on this machine: chmod o= it");
}

static bool take_secret(struct scope *scope, const char *path, char *text, struct token_key *key)
{
    size_t length = strlen(text);

    while (length && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        text[--length] = '\0';
    if (length < TOKEN_SECRET_MIN)
        return refuse(scope, path, "is shorter than 32 bytes");
    if (scope->config->environment == ENV_PRODUCTION && !secret_is_strong(text))
        return refuse(scope, path, "is weak: an example's, or a short text repeated");
    key->algorithm = TOKEN_HS256;
    key->signing = text;
    key->verifying = text;
    return true;
}

/* With a password given, if only an empty one, OpenSSL asks for none at the terminal. */
static EVP_PKEY *parse(const char *pem, bool *is_private)
{
    char password[] = "";
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, password) : NULL;

    *is_private = key != NULL;
    if (bio && !key && BIO_reset(bio) == 1)
        key = PEM_read_bio_PUBKEY(bio, NULL, NULL, password);
    BIO_free(bio);
    ERR_clear_error();
    return key;
}

static bool find_algorithm(struct scope *scope, const char *path, EVP_PKEY *key,
                           enum token_algorithm *algorithm)
{
    char curve[32] = "";

    if (EVP_PKEY_is_a(key, "RSA")) {
        *algorithm = TOKEN_RS256;
        return EVP_PKEY_get_bits(key) >= TOKEN_RSA_MIN ||
               refuse(scope, path, "is weak: RSA needs 2048 bits or more");
    }
    if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL) == 1 &&
        strcmp(curve, "prime256v1") == 0) {
        *algorithm = TOKEN_ES256;
        return true;
    }
    return refuse(scope, path, "is neither of RSA nor of the curve P-256");
}

/* The public half in PEM; NULL: failed, recorded. */
static const char *write_public(struct scope *scope, struct arena *arena, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const char *text = NULL;
    char *bytes;

    if (bio && PEM_write_bio_PUBKEY(bio, key) == 1) {
        long length = BIO_get_mem_data(bio, &bytes);

        text = arena_copy(arena, bytes, (size_t)length);
    }
    BIO_free(bio);
    if (!text)
        fail_memory(scope);
    return text;
}

static bool take_parsed(struct scope *scope, struct arena *arena, const char *path,
                        EVP_PKEY *parsed, struct token_key *key)
{
    if (!find_algorithm(scope, path, parsed, &key->algorithm))
        return false;
    key->public_key = parsed;
    key->verifying = write_public(scope, arena, parsed);
    key->jwk = token_jwk_write(scope, arena, key, parsed);
    return key->verifying && key->jwk;
}

static void dispose(void *parsed)
{
    EVP_PKEY_free(parsed);
}

static bool take_pem(struct scope *scope, struct arena *arena, const char *path, const char *text,
                     bool is_open, struct token_key *key)
{
    bool is_private;
    EVP_PKEY *parsed = parse(text, &is_private);

    if (!parsed)
        return refuse(scope, path, "is no key in PEM, or one with a password");
    if (!arena_defer(arena, dispose, parsed))
        return fail_memory(scope);
    if (is_private && is_open)
        return refuse_open(scope, path);
    key->signing = is_private ? text : NULL;
    return take_parsed(scope, arena, path, parsed, key);
}

bool token_key_read(struct scope *scope, struct arena *arena, const char *path, bool is_secret,
                    struct token_key *key, bool *gone)
{
    bool is_open;
    char *text = read_file(scope, arena, path, key, &is_open, gone);

    if (!text)
        return false;
    key->file = path;
    if (!is_secret)
        return take_pem(scope, arena, path, text, is_open, key);
    return is_open ? refuse_open(scope, path) : take_secret(scope, path, text, key);
}
