/* copy.c - many rows into a table by COPY, as PostgreSQL's text format writes them */
#include "keel/db/copy.h"

#include "connection.h"
#include "keel/core/clock.h"
#include "keel/core/config.h"

/* What libpq is given at once: it holds that much until the socket takes it. */
#define SLICE_SIZE ((size_t)64 * 1024)

/* The letter behind the backslash; 0: the byte stands for itself. */
static char escape_of(char c)
{
    switch (c) {
    case '\\':
        return '\\';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return '\0';
    }
}

void copy_add_text(struct buffer *buffer, const char *text, size_t length)
{
    const char *end = text + length, *plain = text;

    for (; text < end; text++) {
        char letter = escape_of(*text);

        if (!letter)
            continue;
        buffer_add(buffer, plain, (size_t)(text - plain));
        buffer_add_char(buffer, '\\');
        buffer_add_char(buffer, letter);
        plain = text + 1;
    }
    buffer_add(buffer, plain, (size_t)(end - plain));
}

void copy_add_null(struct buffer *buffer)
{
    buffer_add(buffer, "\\N", 2);
}

/* Has the server ask for rows; false where it said no, recorded. */
static bool open_copy(struct scope *scope, const struct sql *sql, int64_t deadline)
{
    PGconn *connection = scope->db->connection;

    if (!PQsendQuery(connection, sql->text))
        return connection_fail_send(scope, sql->name);
    if (!connection_wait_result(scope, sql->name, deadline))
        return false;
    PGresult *result = PQgetResult(connection);
    bool open = PQresultStatus(result) == PGRES_COPY_IN;

    if (!open)
        connection_fail(scope, sql->name, result);
    PQclear(result);
    return open;
}

/*
 * A server that refuses a row says so and throws away what follows, so all is sent in any case and
 * the answer read at the end.
 */
static bool send_rows(struct scope *scope, const char *name, const char *rows, size_t length,
                      int64_t deadline)
{
    PGconn *connection = scope->db->connection;

    while (length) {
        size_t size = length < SLICE_SIZE ? length : SLICE_SIZE;

        if (PQputCopyData(connection, rows, (int)size) != 1)
            return connection_fail_send(scope, name);
        if (!connection_wait_result(scope, name, deadline))
            return false;
        rows += size;
        length -= size;
    }
    return PQputCopyEnd(connection, NULL) == 1 || connection_fail_send(scope, name);
}

bool db_copy(struct scope *scope, const struct sql *sql, const char *rows, size_t length)
{
    int64_t start = clock_monotonic_us();
    int64_t deadline = start + scope->config->db_deadline_ms * 1000;

    if (!connection_begin(scope, sql->name))
        return false;
    scope->queries++;
    bool sent =
        open_copy(scope, sql, deadline) && send_rows(scope, sql->name, rows, length, deadline);

    scope->database_us += clock_monotonic_us() - start;
    if (sent)
        return connection_finish(scope, sql->name);
    /* What is left of a command that was refused at its beginning. */
    if (!scope->db->lost)
        PQclear(connection_wait(scope, sql->name));
    return false;
}
