/* arguments.c - reads a command's words */
#include "arguments.h"

#include "keel/core/text.h"

#include <inttypes.h>
#include <string.h>

static void take_out(struct arguments *arguments, int index)
{
    arguments->count--;
    for (int i = index; i < arguments->count; i++)
        arguments->list[i] = arguments->list[i + 1];
}

static bool ends_options(const char *word)
{
    return strcmp(word, "--") == 0;
}

/* A lone "-" is a name, by custom stdin's, and "-5" a number. */
static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && !(word[1] >= '0' && word[1] <= '9');
}

bool arguments_flag(struct cli *cli, const char *option)
{
    struct arguments *arguments = &cli->arguments;

    for (int i = 0; i < arguments->count && !ends_options(arguments->list[i]); i++) {
        if (strcmp(arguments->list[i], option) == 0) {
            take_out(arguments, i);
            return true;
        }
    }
    return false;
}

/* Where the option stands; -1: nowhere. */
static int find_option(const struct arguments *arguments, const char *option)
{
    size_t length = strlen(option);

    for (int i = 0; i < arguments->count && !ends_options(arguments->list[i]); i++) {
        const char *word = arguments->list[i];

        if (strncmp(word, option, length) == 0 && (word[length] == '\0' || word[length] == '='))
            return i;
    }
    return -1;
}

bool arguments_value(struct cli *cli, const char *option, const char **value)
{
    struct arguments *arguments = &cli->arguments;
    int index = find_option(arguments, option);

    *value = NULL;
    if (index < 0)
        return true;
    const char *inside = strchr(arguments->list[index], '=');

    if (inside) {
        *value = inside + 1;
    } else if (index + 1 < arguments->count && !is_option(arguments->list[index + 1])) {
        *value = arguments->list[index + 1];
        take_out(arguments, index + 1);
    } else {
        return cli_misuse(cli, "%s needs a value.", option);
    }
    take_out(arguments, index);
    return true;
}

bool arguments_number(struct cli *cli, const char *option, int64_t min, int64_t max,
                      int64_t *number)
{
    const char *text;
    int64_t read;

    if (!arguments_value(cli, option, &text))
        return false;
    if (!text)
        return true;
    if (!text_to_int(text, strlen(text), &read) || read < min || read > max)
        return cli_misuse(cli, "%s needs a number from %" PRId64 " to %" PRId64 ".", option, min,
                          max);
    *number = read;
    return true;
}

const char *arguments_next(struct cli *cli)
{
    struct arguments *arguments = &cli->arguments;
    bool only_words = false;

    for (int i = 0; i < arguments->count; i++) {
        char *word = arguments->list[i];

        if (!only_words && ends_options(word)) {
            only_words = true;
        } else if (only_words || !is_option(word)) {
            take_out(arguments, i);
            return word;
        }
    }
    return NULL;
}

bool arguments_end(struct cli *cli)
{
    const struct arguments *arguments = &cli->arguments;

    for (int i = 0; i < arguments->count; i++) {
        if (i + 1 == arguments->count && ends_options(arguments->list[i]))
            return true;
        if (!ends_options(arguments->list[i]))
            return cli_misuse(cli, "%s is not expected here.", arguments->list[i]);
    }
    return true;
}
