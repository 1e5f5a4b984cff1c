/* docs_config.c - docs/CONFIG.md, from the table of settings */
#include "docs.h"

#include "keel/core/config.h"
#include "markdown.h"

#include <string.h>

static const char introduction[] =
    "*Made by `make docs` from the program's own table of settings, `src/core/config_keys.c`;"
    " a change belongs there.*\n"
    "\n"
    "A setting is an environment variable, or a line of the file that the environment variable"
    " `KEEL_CONFIG` names (that of an installed program is `/etc/keel/keel.env` where nobody says"
    " otherwise), or else has its default: the environment counts most. The file has lines"
    " `NAME=value`, taken literally without quotes or shell evaluation, empty lines, and comments"
    " that begin with `#`. A name that begins with `KEEL_` and is no setting is an error in the"
    " file, and so is one given twice.\n"
    "\n"
    "`keelctl config` shows each setting with its value in force and where that comes from;"
    " `keelctl config get NAME` prints one. Secrets are never shown, nor logged.\n"
    "\n"
    "## When a change takes effect\n"
    "\n"
    "A process reads its settings once, when it starts. Nothing is reloaded in a running one: `HUP`"
    " makes a worker open its log anew, no more.\n"
    "\n"
    "| | |\n"
    "|---|---|\n"
    "| restart | The workers have to be replaced: one by one, without a failed request. `keelctl"
    " workers restart` does that, `make restart` for the local instance, and `make up` where the"
    " settings have changed. |\n"
    "| web server | The web server's configuration is made from it: `nginx/render` again, then"
    " reload nginx. `make up` does both. |\n"
    "| next call | The next call of `keelctl` has it; `keelctl jobs run`, which stays, is started "
    "again by `make up`. |\n"
    "\n"
    "In production a secret that is weak or missing, or no database, or no way for mail to go out, "
    "keeps the program from"
    " starting. So does a value outside of its limits, everywhere; all wrong ones are named at"
    " once.\n";

static void add_values(struct buffer *out, const struct config_key *key)
{
    switch (key->kind) {
    case CONFIG_BOOL:
        buffer_add_text(out, "`true` or `false`");
        return;
    case CONFIG_INT:
        buffer_add_format(out, "%lld to %lld", (long long)key->min, (long long)key->max);
        return;
    case CONFIG_CHOICE:
    case CONFIG_TEXT:
        break;
    }
    if (key->choices) {
        markdown_choices(out, key->choices);
        return;
    }
    buffer_add_text(out, key->secret ? "secret text" : "text");
    if (key->max > 0)
        buffer_add_format(out, ", %s%lld bytes", key->min > 0 ? "1 to " : "up to ",
                          (long long)key->max);
}

static const char *effect_of(const struct config_key *key)
{
    if (strstr(key->readers, "worker"))
        return key->web_server ? "restart, web server" : "restart";
    return key->web_server ? "web server" : "next call";
}

static void add_row(struct buffer *out, const struct config_key *key)
{
    buffer_add_format(out, "| `%s` | ", key->variable);
    if (*key->standard)
        markdown_code(out, key->standard);
    else
        buffer_add_text(out, "empty");
    buffer_add_text(out, " | ");
    add_values(out, key);
    buffer_add_format(out, " | %s | %s | ", key->readers, effect_of(key));
    markdown_text(out, key->meaning);
    buffer_add_text(out, " |\n");
}

void docs_write_config(struct buffer *out)
{
    static const char *const headings[] = {"variable",        "default", "values", "read by",
                                           "takes effect by", "meaning", NULL};

    markdown_heading(out, 1, "Settings");
    buffer_add_text(out, introduction);
    for (size_t i = 0; i < config_key_count; i++) {
        if (config_keys[i].section) {
            markdown_heading(out, 2, config_keys[i].section);
            markdown_table(out, headings);
        }
        add_row(out, &config_keys[i]);
    }
}
