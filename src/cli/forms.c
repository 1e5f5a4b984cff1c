/* forms.c - commands of several forms: `keelctl user create`, `keelctl user list` ... */
#include "forms.h"

#include "arguments.h"

#include <string.h>

bool forms_run(struct cli *cli, const char *command, const struct form *forms, size_t count)
{
    const char *word = arguments_next(cli);

    for (size_t i = 0; word && i < count; i++) {
        if (strcmp(word, forms[i].name) == 0)
            return forms[i].run(cli);
    }
    return word ? cli_misuse(cli, "%s does not know %s.", command, word)
                : cli_misuse(cli, "Say what %s shall do.", command);
}
