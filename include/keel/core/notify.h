/* notify.h - tells the service manager how it stands (sd_notify(3)) */
#ifndef KEEL_CORE_NOTIFY_H
#define KEEL_CORE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

#define NOTIFY_READY    "READY=1"
#define NOTIFY_STOPPING "STOPPING=1"

/* Zeroed, it has nobody to tell. It holds no file and needs no end. */
struct notify {
    struct sockaddr_un address;
    unsigned address_length; /* 0: nobody is told */
    int64_t interval_us;     /* between two signs of life; 0: nobody waits for any */
    int64_t next_us;         /* when the next one is due, on the monotonic clock; 0: never */
};

/*
 * Whom to tell, out of NOTIFY_SOCKET, and how often, out of WATCHDOG_USEC and WATCHDOG_PID. Where
 * they are not there, or mean another process, the calls below do nothing.
 */
void notify_open(struct notify *notify);

/* Sends a state. A service manager that does not listen is none of our troubles. */
void notify_tell(const struct notify *notify, const char *state);

/* Sends a sign of life where one is due; costs a comparison where none is. */
void notify_beat(struct notify *notify, int64_t now_us);

#endif
