/* recovery_codes.c - codes on paper, for when the authenticator app is lost */
#include "recovery_codes.h"

#include "keel/core/base32.h"
#include "keel/core/json.h"
#include "keel/core/random.h"
#include "keel/db/db.h"
#include "keel/model/array.h"
#include "keel/services/opaque.h"
#include "sql.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define COUNT 10

/* 80 bits: too many to be tried, even by who has the table. */
#define SIZE   10
#define LENGTH 16

/* Bound to the account, so that nobody can try one guess against all accounts' codes. */
static const char *hash(struct scope *scope, int64_t user_id, const char *code)
{
    const char *text = scope_format(scope, "recovery:%" PRId64 ":%s", user_id, code);

    return text ? opaque_hash(scope, text) : NULL;
}

static const char *make_code(struct scope *scope)
{
    unsigned char bytes[SIZE];

    if (!random_bytes(bytes, sizeof bytes)) {
        fail(scope, ERR_UNAVAILABLE, "The server has no random numbers");
        return NULL;
    }
    const char *code = base32_write(&scope->arena, BASE32_CROCKFORD, bytes, sizeof bytes);

    if (!code)
        fail_memory(scope);
    return code;
}

static void show(struct buffer *list, const char *code)
{
    char shown[LENGTH + LENGTH / 4];
    size_t length = 0;

    for (size_t i = 0; i < LENGTH; i++) {
        if (i > 0 && i % 4 == 0)
            shown[length++] = '-';
        shown[length++] = code[i];
    }
    buffer_add_char(list, list->length ? ',' : '[');
    json_add_string(list, shown, length);
}

bool recovery_codes_make(struct scope *scope, int64_t user_id, const char **json)
{
    const char *user = param_int(scope, user_id);
    struct array hashes;
    struct buffer list;
    struct rows rows;

    array_begin(&hashes, &scope->arena);
    buffer_init(&list, &scope->arena);
    for (int i = 0; i < COUNT; i++) {
        const char *code = make_code(scope);
        const char *hashed = code ? hash(scope, user_id, code) : NULL;

        if (!hashed)
            return false;
        array_add(&hashes, hashed);
        show(&list, code);
    }
    buffer_add_char(&list, ']');
    const char *all = array_end(&hashes);

    if (!all || list.failed)
        return fail_memory(scope);
    *json = list.data;
    return db_query(scope, &sql_recovery_codes_forget, PARAMS(user), &rows) &&
           db_query(scope, &sql_recovery_codes_insert, PARAMS(user, all), &rows);
}

static char canonical(char c)
{
    if (c == 'o' || c == 'O')
        return '0';
    if (strchr("iIlL", c))
        return '1';
    return (char)tolower((unsigned char)c);
}

/* The code as it was hashed; false when it cannot be one. */
static bool read_code(const char *text, char code[LENGTH + 1])
{
    size_t length = 0;

    for (; *text; text++) {
        if (*text == '-' || *text == ' ')
            continue;
        char c = canonical(*text);

        if (length == LENGTH || !strchr(BASE32_CROCKFORD, c))
            return false;
        code[length++] = c;
    }
    code[length] = '\0';
    return length == LENGTH;
}

bool recovery_code_use(struct scope *scope, int64_t user_id, const char *code, bool *right)
{
    char canonical_code[LENGTH + 1];
    struct rows rows;

    *right = false;
    if (!read_code(code, canonical_code))
        return true;
    if (!db_query(scope, &sql_recovery_codes_use,
                  PARAMS(param_int(scope, user_id), hash(scope, user_id, canonical_code)), &rows))
        return false;
    *right = rows.affected > 0;
    return true;
}
