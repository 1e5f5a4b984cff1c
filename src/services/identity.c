/* identity.c - what queries say of who asks, as the scope has it */
#include "identity.h"

#include <string.h>

bool identity_set_permissions(struct scope *scope, const char *text, struct identity *identity)
{
    char *words = scope_copy(scope, text, strlen(text));
    const char **list = scope_alloc(scope, (strlen(text) / 2 + 1) * sizeof *list);

    if (!words || !list)
        return false;
    while (*words) {
        size_t length = strcspn(words, " ");
        char *end = words + length;

        list[identity->permission_count++] = words;
        words = *end ? end + 1 : end;
        *end = '\0';
    }
    identity->permissions = list;
    return true;
}
