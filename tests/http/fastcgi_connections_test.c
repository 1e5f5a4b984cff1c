/* fastcgi_connections_test.c - tests of http/fastcgi_connections */
#include "../support/faults.h"
#include "../support/unit.h"

#include "http/fastcgi_connections.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Claim: each one knows its place, and none is there twice. */
static void check(const struct connections *connections, size_t count)
{
    assert_int_equal(connections->count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(connections->list[i]->index, i);
}

static void test_any_order(void **state)
{
    enum { MANY = 500 };
    struct connections connections = {0};
    struct connection *all[MANY];

    (void)state;
    for (int i = 0; i < MANY; i++) {
        all[i] = connections_add(&connections, i + 1000000, i);
        assert_non_null(all[i]);
    }
    check(&connections, MANY);
    /* 7 and 500 have no common divisor, so each is met once. */
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(all[i * 7 % MANY]->fd, i * 7 % MANY + 1000000);
        connections_forget(&connections, all[i * 7 % MANY]);
        check(&connections, (size_t)(MANY - 1 - i));
    }
    connections_end(&connections);
}

static void test_closing(void **state)
{
    struct connections connections = {0};
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct connection *one = connections_add(&connections, pair[0], 0);
    struct connection *two = connections_add(&connections, pair[1], 0);

    assert_false(connection_has_data(two));
    assert_int_equal(write(pair[0], "x", 1), 1);
    assert_true(connection_has_data(two));
    connections_close(&connections, one);
    assert_int_equal(fcntl(pair[0], F_GETFD), -1);
    /* What was sent before the end is still there. */
    assert_true(connection_has_data(two));
    assert_int_equal(read(pair[1], pair, 1), 1);
    assert_false(connection_has_data(two));
    int fd = two->fd;

    connections_end(&connections);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void test_send_away(void **state)
{
    struct connections connections = {0};
    struct connection *ours[4];
    int theirs[4];
    char byte;

    (void)state;
    for (size_t i = 0; i < COUNT(ours); i++) {
        int pair[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        ours[i] = connections_add(&connections, pair[0], 0);
        ours[i]->served = i != 3;
        theirs[i] = pair[1];
    }
    assert_int_equal(write(theirs[1], "x", 1), 1);
    connections_send_away(&connections, ours[2]);
    check(&connections, COUNT(ours));
    /* Only who was served, has sent nothing and is not the busy one reads the end. */
    for (size_t i = 0; i < COUNT(ours); i++) {
        ssize_t count = recv(theirs[i], &byte, 1, MSG_DONTWAIT);

        assert_int_equal(count, i == 0 ? 0 : -1);
        close(theirs[i]);
    }
    connections_end(&connections);
}

static void test_no_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct connections connections = {0};
        bool ok = connections_add(&connections, 1000000, 0);

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        check(&connections, ok ? 1 : 0);
        connections_end(&connections);
    }
    assert_int_equal(faults_count(), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"connections are forgotten in any order", test_any_order, NULL, NULL, NULL},
        {"what is closed is closed, and what waits to be read is seen", test_closing, NULL, NULL,
         NULL},
        {"who is idle is told to go, and nobody else", test_send_away, NULL, NULL, NULL},
        {"without memory nothing is kept", test_no_memory, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("http/fastcgi_connections", tests, NULL, NULL);
}
