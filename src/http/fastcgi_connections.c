/* fastcgi_connections.c - the open connections of a worker */
#include "fastcgi_connections.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static bool make_room(struct connections *connections)
{
    size_t capacity = connections->capacity ? connections->capacity * 2 : 64;

    if (connections->count < connections->capacity)
        return true;
    struct connection **list = realloc(connections->list, capacity * sizeof(struct connection *));

    if (!list)
        return false;
    connections->list = list;
    connections->capacity = capacity;
    return true;
}

struct connection *connections_add(struct connections *connections, int fd, int64_t now_us)
{
    if (!make_room(connections))
        return NULL;
    struct connection *connection = malloc(sizeof *connection);

    if (!connection)
        return NULL;
    *connection = (struct connection){.fd = fd, .index = connections->count, .active_us = now_us};
    connections->list[connections->count++] = connection;
    return connection;
}

void connections_forget(struct connections *connections, struct connection *connection)
{
    struct connection *last = connections->list[--connections->count];

    connections->list[connection->index] = last;
    last->index = connection->index;
    free(connection);
}

void connections_close(struct connections *connections, struct connection *connection)
{
    /* Leaves the epoll set by itself: nobody else holds the socket. */
    close(connection->fd);
    connections_forget(connections, connection);
}

void connections_send_away(const struct connections *connections, const struct connection *busy)
{
    for (size_t i = 0; i < connections->count; i++) {
        const struct connection *connection = connections->list[i];

        if (connection != busy && connection->served && !connection_has_data(connection))
            (void)shutdown(connection->fd, SHUT_RDWR);
    }
}

void connections_end(struct connections *connections)
{
    while (connections->count)
        connections_close(connections, connections->list[0]);
    free(connections->list);
    *connections = (struct connections){0};
}

bool connection_has_data(const struct connection *connection)
{
    char byte;

    return recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}
