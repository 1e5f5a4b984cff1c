/* password_rules.c - which passwords may be chosen */
#include "keel/services/password.h"

#include "embedded.h"
#include "keel/core/text.h"
#include "keel/model/input.h"
#include "keel/services/users.h"

#include <string.h>
#include <strings.h>

/* Claim: both are the same text; the case of ASCII letters does not count. */
static bool is_same(const char *text, size_t length, const char *password)
{
    return strlen(password) == length && strncasecmp(text, password, length) == 0;
}

/* Looks through the whole list: that costs a thousandth of what the hash does. */
static bool is_common(const char *password)
{
    const char *rest = embedded_passwords[0].text;
    const char *line;
    size_t length;

    while (text_next(&rest, '\n', &line, &length)) {
        if (*line != '#' && is_same(line, length, password))
            return true;
    }
    return false;
}

/* Claim: it is the address, or what stands before its @. */
static bool is_address(const char *email, const char *password)
{
    email += strspn(email, " ");
    return is_same(email, strcspn(email, " "), password) ||
           is_same(email, strcspn(email, "@"), password);
}

bool password_check_new(struct scope *scope, const char *field, const char *password,
                        const char *email)
{
    const struct column *column = model_find(&registration_model, "password");

    if (!input_check_text(scope, column, field, password))
        return false;
    if (is_common(password))
        return fail_field(scope, field, "too_common",
                          "This password is one of those that are guessed first; choose another");
    if (is_address(email, password))
        return fail_field(scope, field, "too_common",
                          "The address is guessed first; choose another password");
    return true;
}
