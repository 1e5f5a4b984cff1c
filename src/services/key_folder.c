/* key_folder.c - keys made, put in charge and taken out of use, by operators */
#include "keel/services/key_folder.h"

#include "keel/core/config.h"
#include "keel/core/random.h"
#include "keel/core/text.h"
#include "key_file.h"
#include "key_set.h"
#include "token_key.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#define SECRET_SIZE 48

/* A key on its way into the folder or out of it. */
struct work {
    struct scope *scope;
    struct key_folder folder;
    const char *kid;
    const char *signing; /* the kid of the folder's key that signs; NULL: none */
    const char *name;    /* of the kid's file; NULL: there is none */
    bool is_secret;
};

static bool find_file(struct work *work)
{
    static const char *const ends[] = {KEY_PEM_END, KEY_SECRET_END};

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const char *name = scope_format(work->scope, "%s%s", work->kid, ends[i]);

        if (!name)
            return false;
        if (!key_file_exists(&work->folder, name))
            continue;
        work->name = name;
        work->is_secret = i == 1;
    }
    return true;
}

static bool begin(struct scope *scope, const char *kid, struct work *work)
{
    *work = (struct work){.scope = scope, .kid = kid};
    if (!token_kid_is_valid(kid))
        return fail_field(scope, "kid", "not_allowed",
                          "A key's name has at most 64 of A-Z, a-z, 0-9, _ and -");
    if (!key_folder_open(scope, &work->folder))
        return false;
    if (key_folder_read_signing(scope, &scope->arena, work->folder.path, &work->signing) &&
        find_file(work))
        return true;
    key_folder_close(&work->folder);
    return false;
}

static bool end(struct work *work, bool done)
{
    key_folder_close(&work->folder);
    return done;
}

static bool is_setting(const struct scope *scope, const char *kid)
{
    return *scope->config->jwt_secret && strcmp(scope->config->jwt_kid, kid) == 0;
}

static bool set_signing(struct work *work)
{
    const char *text = scope_format(work->scope, "%s\n", work->kid);

    return text && key_file_write(work->scope, &work->folder, KEY_SIGNING_FILE, text, true);
}

static const char *write_private(struct scope *scope, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const char *text = NULL;
    char *bytes;

    if (key && bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1) {
        long length = BIO_get_mem_data(bio, &bytes);

        text = scope_copy(scope, bytes, (size_t)length);
    }
    BIO_free(bio);
    if (!text)
        fail(scope, ERR_INTERNAL, "No key could be made");
    return text;
}

static const char *make_secret(struct scope *scope)
{
    unsigned char bytes[SECRET_SIZE];
    const char *text = NULL;

    if (random_bytes(bytes, sizeof bytes))
        text = text_to_base64url(&scope->arena, bytes, sizeof bytes);
    if (text)
        return scope_format(scope, "%s\n", text);
    fail(scope, ERR_INTERNAL, "No key could be made");
    return NULL;
}

/* The text of a new key's file. NULL: failed, recorded. */
static const char *make_text(struct scope *scope, enum token_algorithm algorithm)
{
    if (algorithm == TOKEN_HS256)
        return make_secret(scope);
    EVP_PKEY *key = algorithm == TOKEN_RS256 ? EVP_RSA_gen(TOKEN_RSA_MIN) : EVP_EC_gen("P-256");
    const char *text = write_private(scope, key);

    EVP_PKEY_free(key);
    return text;
}

static bool add(struct work *work, enum token_algorithm algorithm, const char *text, bool *signs)
{
    struct scope *scope = work->scope;
    const char *name = scope_format(scope, "%s%s", work->kid,
                                    algorithm == TOKEN_HS256 ? KEY_SECRET_END : KEY_PEM_END);

    if (work->name || is_setting(scope, work->kid))
        return fail(scope, ERR_CONFLICT, "There is a key %s already", work->kid);
    *signs = !work->signing && !*scope->config->jwt_secret;
    return name && key_file_write(scope, &work->folder, name, text, false) &&
           (!*signs || set_signing(work));
}

/* The key is made before the folder is locked: RSA takes its time. */
bool key_folder_add(struct scope *scope, const char *kid, enum token_algorithm algorithm,
                    bool *signs)
{
    const char *text = make_text(scope, algorithm);
    struct work work;

    return text && begin(scope, kid, &work) && end(&work, add(&work, algorithm, text, signs));
}

/* The kid's key as it is in the folder. */
static bool read_key(struct work *work, struct token_key *key)
{
    struct scope *scope = work->scope;
    bool gone;

    if (!work->name)
        return fail(scope, ERR_NOT_FOUND, "There is no key %s in %s", work->kid, work->folder.path);
    const char *path = scope_format(scope, "%s/%s", work->folder.path, work->name);

    *key = (struct token_key){.kid = work->kid};
    return path && token_key_read(scope, &scope->arena, path, work->is_secret, key, &gone);
}

static bool put_in_charge(struct work *work)
{
    struct token_key key = {0};

    if (!work->name && is_setting(work->scope, work->kid))
        return key_file_remove(work->scope, &work->folder, KEY_SIGNING_FILE);
    if (!read_key(work, &key))
        return false;
    return key.signing ? set_signing(work)
                       : fail(work->scope, ERR_CONFLICT, "The key %s only verifies", work->kid);
}

bool key_folder_sign(struct scope *scope, const char *kid)
{
    struct work work;

    return begin(scope, kid, &work) && end(&work, put_in_charge(&work));
}

static bool require_idle(const struct work *work)
{
    return !work->signing || strcmp(work->signing, work->kid) != 0 ||
           fail(work->scope, ERR_CONFLICT,
                "The key %s signs: let another one do that first (keelctl keys sign)", work->kid);
}

static bool retire(struct work *work)
{
    struct token_key key = {0};

    if (!require_idle(work) || !read_key(work, &key))
        return false;
    if (work->is_secret)
        return fail(work->scope, ERR_CONFLICT,
                    "The key %s is a shared secret: it verifies until it is removed (--remove)",
                    work->kid);
    return !key.signing ||
           key_file_write(work->scope, &work->folder, work->name, key.verifying, true);
}

bool key_folder_retire(struct scope *scope, const char *kid)
{
    struct work work;

    return begin(scope, kid, &work) && end(&work, retire(&work));
}

static bool take_out(struct work *work)
{
    if (!work->name)
        return fail(work->scope, ERR_NOT_FOUND, "There is no key %s in %s", work->kid,
                    work->folder.path);
    return require_idle(work) && key_file_remove(work->scope, &work->folder, work->name);
}

bool key_folder_remove(struct scope *scope, const char *kid)
{
    struct work work;

    return begin(scope, kid, &work) && end(&work, take_out(&work));
}
