/* manager.c - a service manager's end of NOTIFY_SOCKET */
#include "manager.h"

#include "unit.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void manager_begin(struct manager *manager, bool is_abstract)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[sizeof address.sun_path];

    folder_make(manager->folder);
    int length =
        snprintf(name, sizeof name, "%s%s/notify", is_abstract ? "@" : "", manager->folder);

    assert_true(length > 0 && (size_t)length < sizeof name);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    memcpy(address.sun_path, name, (size_t)length);
    if (is_abstract)
        address.sun_path[0] = '\0';
    manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(manager->fd >= 0);
    assert_int_equal(bind(manager->fd, (const struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length)),
                     0);
}

void manager_end(struct manager *manager)
{
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    close(manager->fd);
    folder_remove(manager->folder);
}

const char *manager_hear(const struct manager *manager, int timeout_ms)
{
    static char message[256];
    struct pollfd wait = {.fd = manager->fd, .events = POLLIN};

    message[0] = '\0';
    if (poll(&wait, 1, timeout_ms) == 1) {
        ssize_t length = recv(manager->fd, message, sizeof message - 1, 0);

        assert_true(length >= 0);
        message[length] = '\0';
    }
    return message;
}
