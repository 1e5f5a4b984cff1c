/* password.c - argon2id (RFC 9106) with the parameters of the settings */
#include "keel/services/password.h"

#include "keel/core/config.h"
#include "keel/core/random.h"
#include "keel/core/slots.h"
#include "keel/core/text.h"

#include <argon2.h>
#include <errno.h>
#include <string.h>

#define SALT_SIZE 16
#define HASH_SIZE 32

/* What a caller is told to wait when all places stayed taken. */
#define BUSY_RETRY_S 5

struct parameters {
    int64_t memory_kib, passes, lanes;
};

/* Takes `lead` and the number behind it off the front of `*at`. */
static bool take_number(const char **at, const char *lead, int64_t *number)
{
    size_t length = strlen(lead);

    if (strncmp(*at, lead, length) != 0)
        return false;
    *at += length;
    length = strspn(*at, "0123456789");
    bool taken = text_to_int(*at, length, number);

    *at += length;
    return taken;
}

/* The front of the encoded form: $argon2id$v=19$m=19456,t=2,p=1$ */
static bool read_parameters(const char *hash, struct parameters *parameters)
{
    int64_t version;

    return take_number(&hash, "$argon2id$v=", &version) &&
           take_number(&hash, "$m=", &parameters->memory_kib) &&
           take_number(&hash, ",t=", &parameters->passes) &&
           take_number(&hash, ",p=", &parameters->lanes) && *hash == '$';
}

static bool fail_argon2(struct scope *scope, int code)
{
    if (code == ARGON2_MEMORY_ALLOCATION_ERROR)
        return fail_memory(scope);
    fail(scope, ERR_INTERNAL, "Something went wrong on our side");
    return fail_detail(scope, "argon2: %s", argon2_error_message(code));
}

static bool fail_slot(struct scope *scope, int error)
{
    if (error != EAGAIN) {
        fail(scope, ERR_INTERNAL, "Something went wrong on our side");
        return fail_detail(scope, "hash_file %s: %s", scope->config->hash_file, strerror(error));
    }
    fail(scope, ERR_UNAVAILABLE, "Too many are signing in right now; try again shortly");
    scope->error.retry_after = BUSY_RETRY_S;
    return fail_detail(scope, "no turn to hash a password within hash_wait_ms");
}

/*
 * Each hash takes the memory and the core of its parameters, so the processes of a node take turns.
 * Without a file there is no bound.
 */
static bool take_slot(struct scope *scope, struct slot *slot)
{
    const struct config *config = scope->config;
    int64_t count = config->hash_slots > 0 ? config->hash_slots : slots_per_core();

    slot->fd = -1;
    if (!config->hash_file || !*config->hash_file)
        return true;
    return slot_take(config->hash_file, count, config->hash_wait_ms, slot) ||
           fail_slot(scope, errno);
}

bool password_hash(struct scope *scope, const char *password, const char **hash)
{
    const struct config *config = scope->config;
    uint32_t memory = (uint32_t)config->argon2_memory_kib;
    uint32_t passes = (uint32_t)config->argon2_passes;
    uint32_t lanes = (uint32_t)config->argon2_lanes;
    size_t size = argon2_encodedlen(passes, memory, lanes, SALT_SIZE, HASH_SIZE, Argon2_id);
    unsigned char salt[SALT_SIZE];
    char *encoded = scope_alloc(scope, size);
    struct slot slot;

    if (!encoded)
        return false;
    if (!random_bytes(salt, sizeof salt))
        return fail(scope, ERR_UNAVAILABLE, "The server has no random numbers");
    if (!take_slot(scope, &slot))
        return false;
    int code = argon2id_hash_encoded(passes, memory, lanes, password, strlen(password), salt,
                                     sizeof salt, HASH_SIZE, encoded, size);

    slot_give(&slot);
    if (code != ARGON2_OK)
        return fail_argon2(scope, code);
    *hash = encoded;
    return true;
}

bool password_verify(struct scope *scope, const char *hash, const char *password, bool *matches)
{
    struct parameters parameters;
    struct slot slot;

    *matches = false;
    if (!read_parameters(hash, &parameters) || parameters.memory_kib > ARGON2_MEMORY_KIB_MAX ||
        parameters.passes > ARGON2_PASSES_MAX || parameters.lanes > ARGON2_LANES_MAX) {
        fail(scope, ERR_INTERNAL, "Something went wrong on our side");
        return fail_detail(scope, "a stored password hash has unusable parameters");
    }
    if (!take_slot(scope, &slot))
        return false;
    int code = argon2id_verify(hash, password, strlen(password));

    slot_give(&slot);
    *matches = code == ARGON2_OK;
    return code == ARGON2_OK || code == ARGON2_VERIFY_MISMATCH || fail_argon2(scope, code);
}

bool password_is_outdated(const struct config *config, const char *hash)
{
    struct parameters parameters;

    return !read_parameters(hash, &parameters) ||
           parameters.memory_kib != config->argon2_memory_kib ||
           parameters.passes != config->argon2_passes || parameters.lanes != config->argon2_lanes;
}
