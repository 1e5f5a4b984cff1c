/* load_compare.c - what a load's clients were told, held against what the database has */
#include "load.h"

#include "unit.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char statement[] =
    "SELECT name, id, quantity, is_active FROM items WHERE name LIKE $1 || ' %'";

/* The item that a row is by its name: "RUN CLIENT NUMBER". NULL: no client has asked for it. */
static struct load_item *find(struct load *load, const char *name)
{
    char *end;
    unsigned long client = strtoul(name + strlen(load->run), &end, 10);
    unsigned long number = strtoul(end, NULL, 10);

    if (client >= LOAD_CLIENTS || number >= LOAD_ITEMS_MAX)
        return NULL;
    return &load->clients[client].items[number];
}

static void take_row(struct load *load, struct load_tally *tally, const PGresult *rows, int row)
{
    const char *name = PQgetvalue(rows, row, 0);
    struct load_item *item = find(load, name);
    bool is_active = *PQgetvalue(rows, row, 3) == 't';

    if (!item || item->asked == LOAD_NOTHING) {
        load_note(tally, "nobody has asked for \"%s\"", name);
        return;
    }
    /* Another row than the one that was acknowledged is none. */
    if (item->told != LOAD_NOTHING && strtoll(PQgetvalue(rows, row, 1), NULL, 10) != item->id)
        return;
    item->rows++;
    item->found =
        is_active ? (enum load_step)strtol(PQgetvalue(rows, row, 2), NULL, 10) : LOAD_DELETED;
}

static void judge(struct load_tally *tally, const struct load_client *client, size_t number)
{
    const struct load_item *item = &client->items[number];

    if (item->rows <= 1 && item->found >= item->told && item->found <= item->asked)
        return;
    tally->lost++;
    load_note(tally,
              "%s %d %zu (id %lld): acknowledged up to step %d of %d, found at %d, in %d rows",
              client->load->run, client->number, number, (long long)item->id, item->told,
              item->asked, item->found, item->rows);
}

void load_compare(struct load *load, struct load_tally *tally)
{
    PGconn *connection = instance_connect(&load->site->instance);
    PGresult *rows = PQexecParams(connection, statement, 1, NULL, &load->run, NULL, NULL, 0);
    bool done = PQresultStatus(rows) == PGRES_TUPLES_OK;

    for (int row = 0; done && row < PQntuples(rows); row++)
        take_row(load, tally, rows, row);
    if (!done)
        print_error("%s", PQerrorMessage(connection));
    PQclear(rows);
    PQfinish(connection);
    assert_true(done);
    for (int i = 0; i < LOAD_CLIENTS; i++) {
        for (size_t k = 0; k < load->clients[i].count; k++)
            judge(tally, &load->clients[i], k);
    }
}
