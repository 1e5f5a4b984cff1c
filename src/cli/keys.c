/* keys.c - `keelctl keys`: the keys that tokens are signed with */
#include "commands.h"

#include "arguments.h"
#include "forms.h"
#include "keel/core/clock.h"
#include "keel/core/random.h"
#include "keel/services/key_folder.h"
#include "table.h"

#include <string.h>

static const char *next_kid(struct cli *cli)
{
    const char *kid = arguments_next(cli);

    if (!kid)
        cli_misuse(cli, "Say which key: its kid.");
    return kid;
}

/* "20260112-3f9a": when it was made, and a bit of chance. */
static const char *make_kid(struct cli *cli)
{
    char time[CLOCK_TEXT_SIZE], chance[5];

    clock_format(cli->scope.now, time);
    if (!random_hex(chance, 2)) {
        fail(&cli->scope, ERR_UNAVAILABLE, "The system has no random numbers.");
        return NULL;
    }
    return scope_format(&cli->scope, "%.4s%.2s%.2s-%s", time, time + 5, time + 8, chance);
}

static bool run_new(struct cli *cli)
{
    enum token_algorithm algorithm = TOKEN_ES256;
    const char *name, *kid;
    bool signs;

    if (!arguments_value(cli, "--alg", &name) || !arguments_value(cli, "--kid", &kid) ||
        !arguments_end(cli))
        return false;
    if (name && !token_algorithm_from_name(name, &algorithm))
        return cli_misuse(cli, "--alg is ES256, RS256 or HS256.");
    if (!kid)
        kid = make_kid(cli);
    if (!kid || !key_folder_add(&cli->scope, kid, algorithm, &signs))
        return false;
    if (signs)
        return cli_print_format(cli, "The key %s was made, and signs.\n", kid);
    return cli_print_format(cli,
                            "The key %s was made. It verifies; once everybody who keeps a copy of "
                            "the public keys\nhas it, let it sign: keelctl keys sign %s\n",
                            kid, kid);
}

static const char *state_of(const struct key_set *set, const struct token_key *key)
{
    if (key == set->signer)
        return "signs";
    return key->signing ? "verifies, can sign" : "verifies";
}

static bool add_key(struct cli *cli, struct table *table, const struct key_set *set,
                    const struct token_key *key)
{
    char time[CLOCK_TEXT_SIZE] = "";

    if (key->file)
        clock_format(key->changed_at, time);
    const char *const cells[] = {key->kid, token_algorithm_name(key->algorithm), state_of(set, key),
                                 scope_copy(&cli->scope, time, strlen(time)),
                                 key->file ? key->file : "KEEL_JWT_SECRET"};

    return cells[3] && table_add(table, cells);
}

static bool run_list(struct cli *cli)
{
    static const char *const headings[] = {"KID", "ALGORITHM", "STATE", "CHANGED", "FROM", NULL};
    struct table table;
    struct key_set set;

    if (!arguments_end(cli) || !key_set_read(&cli->scope, &cli->scope.arena, &set))
        return false;
    table_begin(&table, &cli->scope, headings);
    for (size_t i = 0; i < set.count; i++) {
        if (!add_key(cli, &table, &set, &set.list[i]))
            return false;
    }
    return table_print(cli, &table);
}

static bool run_sign(struct cli *cli)
{
    const char *kid = next_kid(cli);

    return kid && arguments_end(cli) && key_folder_sign(&cli->scope, kid) &&
           cli_print_format(cli, "The key %s signs from now on.\n", kid);
}

static bool run_retire(struct cli *cli)
{
    bool removes = arguments_flag(cli, "--remove");
    const char *kid = next_kid(cli);

    if (!kid || !arguments_end(cli))
        return false;
    if (removes)
        return key_folder_remove(&cli->scope, kid) &&
               cli_print_format(cli, "The key %s was removed; tokens it has signed are refused.\n",
                                kid);
    return key_folder_retire(&cli->scope, kid) &&
           cli_print_format(cli,
                            "The key %s only verifies from now on. Its last tokens end within "
                            "%lld seconds;\nthen: keelctl keys retire %s --remove\n",
                            kid, (long long)cli->config.access_token_s, kid);
}

static bool run(struct cli *cli)
{
    static const struct form forms[] = {
        {"new", run_new}, {"list", run_list}, {"sign", run_sign}, {"retire", run_retire}};

    return FORMS_RUN(cli, "keys", forms);
}

const struct command keys_command = {
    .name = "keys",
    .run = run,
    .usage = "new [--alg ES256|RS256|HS256] [--kid KID]\n"
             "list\n"
             "sign KID\n"
             "retire KID [--remove]",
    .summary =
        "Makes and lists the keys of tokens, says which one signs, and takes them out of use",
};
