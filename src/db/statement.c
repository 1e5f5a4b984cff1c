/* statement.c - named prepared statements: made on first use, remembered per connection */
#include "connection.h"

#include "keel/core/scope.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * FNV-1a of 64 bits, by eight bytes at a time: each statement of each request is looked up by it.
 * A collision costs nothing: the texts are compared too.
 */
static uint64_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037), word = 0;
    size_t length = strlen(text), i = 0;

    for (; i + sizeof word <= length; i += sizeof word) {
        memcpy(&word, text + i, sizeof word);
        hash = (hash ^ word) * UINT64_C(1099511628211);
        hash ^= hash >> 32;
    }
    for (; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    return hash;
}

static struct statement *find(struct db *db, uint64_t hash, const char *text)
{
    for (int i = 0; i < db->statement_count; i++) {
        if (db->statements[i].hash == hash && strcmp(db->statements[i].text, text) == 0)
            return &db->statements[i];
    }
    return NULL;
}

void statement_forget_all(struct db *db)
{
    for (int i = 0; i < db->statement_count; i++)
        free(db->statements[i].text);
    db->statement_count = 0;
}

/* Frees the place of the statement that was not used for longest. */
static bool make_room(struct scope *scope)
{
    struct db *db = scope->db;
    struct statement *oldest = &db->statements[0];
    char command[48];

    for (int i = 1; i < db->statement_count; i++) {
        if (db->statements[i].last_use < oldest->last_use)
            oldest = &db->statements[i];
    }
    snprintf(command, sizeof command, "DEALLOCATE %s", oldest->name);
    if (!PQsendQuery(db->connection, command))
        return connection_fail_send(scope, "deallocate");
    if (!connection_finish(scope, "deallocate"))
        return false;
    free(oldest->text);
    *oldest = db->statements[--db->statement_count];
    return true;
}

const char *statement_prepare(struct scope *scope, const struct sql *sql)
{
    struct db *db = scope->db;
    uint64_t hash = hash_text(sql->text);
    struct statement *statement = find(db, hash, sql->text);

    if (!statement) {
        if (db->statement_count == STATEMENT_LIMIT && !make_room(scope))
            return NULL;
        statement = &db->statements[db->statement_count];
        *statement = (struct statement){.hash = hash};
        snprintf(statement->name, sizeof statement->name, "k%" PRIu64, ++db->serial);
        if (!PQsendPrepare(db->connection, statement->name, sql->text, 0, NULL)) {
            connection_fail_send(scope, sql->name);
            return NULL;
        }
        if (!connection_finish(scope, sql->name))
            return NULL;
        statement->text = strdup(sql->text);
        if (!statement->text) {
            fail_memory(scope);
            return NULL;
        }
        db->statement_count++;
    }
    statement->last_use = ++db->uses;
    return statement->name;
}
