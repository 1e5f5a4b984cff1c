/* notify.c - tells the service manager how it stands (sd_notify(3)) */
#include "keel/core/notify.h"

#include "keel/core/clock.h"
#include "keel/core/process.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * The protocol is one datagram of text, and systemd's manual invites to write it by hand. Its
 * library would be one more that each process on a shared host has to load.
 */

/* A path, or with an @ in front a name of the abstract kind, which begins with NUL. */
static void find_address(struct notify *notify)
{
    const char *name = getenv("NOTIFY_SOCKET");
    size_t length = name ? strlen(name) : 0;

    if (length < 2 || length >= sizeof notify->address.sun_path ||
        (name[0] != '/' && name[0] != '@'))
        return;
    notify->address.sun_family = AF_UNIX;
    memcpy(notify->address.sun_path, name, length);
    if (name[0] == '@')
        notify->address.sun_path[0] = '\0';
    notify->address_length = (unsigned)(offsetof(struct sockaddr_un, sun_path) + length);
}

void notify_open(struct notify *notify)
{
    const char *whose = getenv("WATCHDOG_PID");

    *notify = (struct notify){0};
    find_address(notify);
    if (notify->address_length == 0 || (whose && process_variable_int("WATCHDOG_PID") != getpid()))
        return;
    int64_t patience_us = process_variable_int("WATCHDOG_USEC");

    /* Twice as often as is asked for, as the manual advises. */
    notify->interval_us = patience_us > 0 ? patience_us / 2 : 0;
    if (notify->interval_us)
        notify->next_us = clock_monotonic_us();
}

void notify_tell(const struct notify *notify, const char *state)
{
    if (notify->address_length == 0)
        return;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return;
    /* Not waited for: a manager with a full queue must not hold up a request. */
    (void)sendto(fd, state, strlen(state), MSG_DONTWAIT | MSG_NOSIGNAL,
                 (const struct sockaddr *)&notify->address, (socklen_t)notify->address_length);
    close(fd);
}

void notify_beat(struct notify *notify, int64_t now_us)
{
    if (notify->next_us == 0 || now_us < notify->next_us)
        return;
    notify_tell(notify, "WATCHDOG=1");
    notify->next_us = now_us + notify->interval_us;
}
