/* user_list.c - `keelctl user list` and `keelctl user show` */
#include "user.h"

#include "arguments.h"
#include "keel/core/random.h"
#include "keel/model/list.h"
#include "keel/services/sessions.h"
#include "keel/services/users.h"
#include "report.h"
#include "table.h"
#include "words.h"

#define QUERY_MAX 8

/* What a list is asked for, as its address over HTTP would say it. */
struct asked {
    struct pair pairs[QUERY_MAX];
    size_t count;
};

static void ask(struct asked *asked, const char *name, const char *value)
{
    if (value)
        asked->pairs[asked->count++] = (struct pair){name, value};
}

static bool read_asked(struct cli *cli, struct asked *asked)
{
    const char *role;
    bool inactive = arguments_flag(cli, "--inactive");

    if (!arguments_value(cli, "--role", &role))
        return false;
    *asked = (struct asked){.count = 0};
    ask(asked, "q", arguments_next(cli));
    ask(asked, "role", role);
    ask(asked, "is_active", inactive ? "false" : NULL);
    ask(asked, "sort", "email");
    ask(asked, "per_page", "100");
    ask(asked, "count", "none");
    return arguments_end(cli);
}

/* The text of a row's column by its name. */
static const char *text_of(const struct rows *rows, int row, const char *name)
{
    return row_text(rows, row, PQfnumber(rows->result, name));
}

/* "2026-01-12 10:00:00" of what PostgreSQL writes in UTC: seconds are enough for people. */
static const char *time_of(struct scope *scope, const struct rows *rows, int row, const char *name)
{
    return scope_format(scope, "%.19s", text_of(rows, row, name));
}

static const char *yes_or_no(const char *value)
{
    return *value == 't' ? "yes" : "no";
}

static bool add_page(struct cli *cli, struct table *table, const struct list_page *page)
{
    const struct rows *rows = &page->rows;

    for (int i = 0; i < page->count; i++) {
        const char *const cells[] = {text_of(rows, i, "id"),
                                     text_of(rows, i, "email"),
                                     text_of(rows, i, "name"),
                                     words_of_names(&cli->scope, text_of(rows, i, "roles")),
                                     yes_or_no(text_of(rows, i, "is_active")),
                                     yes_or_no(text_of(rows, i, "email_verified")),
                                     time_of(&cli->scope, rows, i, "created_at")};

        if (!cells[3] || !cells[6] || !table_add(table, cells))
            return false;
    }
    return true;
}

/* Page by page, as the cursor leads: an account that is added meanwhile moves none of them. */
static bool add_all(struct cli *cli, struct asked *asked, struct table *table)
{
    struct list_query query;
    struct list_page page;
    size_t count = asked->count;

    do {
        if (!list_decode(&cli->scope, &users_model, (struct pairs){asked->pairs, asked->count},
                         &query) ||
            !list_run(&cli->scope, &query, &page) || !add_page(cli, table, &page))
            return false;
        asked->count = count;
        ask(asked, "cursor", page.next_cursor);
    } while (page.next_cursor);
    return true;
}

/* Cursors of this command end with it, so they need no key that anybody else has. */
static bool make_cursors(struct cli *cli)
{
    return random_bytes(cli->config.cursor_key, sizeof cli->config.cursor_key) ||
           fail(&cli->scope, ERR_UNAVAILABLE, "The system has no random numbers.");
}

bool user_run_list(struct cli *cli)
{
    static const char *const headings[] = {"ID",     "EMAIL",    "NAME",  "ROLES",
                                           "ACTIVE", "VERIFIED", "ADDED", NULL};
    struct table table;
    struct asked asked;

    table_begin(&table, &cli->scope, headings);
    return read_asked(cli, &asked) && make_cursors(cli) && cli_connect(cli) &&
           add_all(cli, &asked, &table) && table_print(cli, &table);
}

static bool print_account(struct cli *cli, const struct rows *user, int sessions)
{
    const char *roles = words_of_names(&cli->scope, text_of(user, 0, "roles"));
    const char *added = time_of(&cli->scope, user, 0, "created_at");
    const char *changed = time_of(&cli->scope, user, 0, "updated_at");
    struct buffer out;

    if (!roles || !added || !changed)
        return false;
    buffer_init(&out, &cli->scope.arena);
    report_line(&out, "Id", "%s", text_of(user, 0, "id"));
    report_line(&out, "Email", "%s (%s)", text_of(user, 0, "email"),
                *text_of(user, 0, "email_verified") == 't' ? "verified" : "not verified");
    report_line(&out, "Name", "%s", text_of(user, 0, "name"));
    report_line(&out, "Roles", "%s", roles);
    report_line(&out, "Active", "%s", yes_or_no(text_of(user, 0, "is_active")));
    report_line(&out, "Sessions", "%d", sessions);
    report_line(&out, "Added", "%s", added);
    report_line(&out, "Changed", "%s", changed);
    return out.failed ? fail_memory(&cli->scope) : cli_print(cli, out.data);
}

bool user_run_show(struct cli *cli)
{
    const char *email = user_next_email(cli);
    struct rows user, sessions;
    int64_t id;

    return email && arguments_end(cli) && cli_connect(cli) && users_find(&cli->scope, email, &id) &&
           store_get(&cli->scope, &users_model, id, &user) &&
           sessions_list(&cli->scope, id, 0, &sessions) &&
           print_account(cli, &user, sessions.count);
}
