/* manager.h - a service manager's end of NOTIFY_SOCKET */
#ifndef KEEL_TESTS_SUPPORT_MANAGER_H
#define KEEL_TESTS_SUPPORT_MANAGER_H

#include "folder.h"

#include <stdbool.h>

struct manager {
    char folder[FOLDER_PATH_SIZE];
    int fd;
};

/*
 * Listens, and sets NOTIFY_SOCKET for this process and its children; `is_abstract` as systemd does
 * in containers. The test fails where it cannot.
 */
void manager_begin(struct manager *manager, bool is_abstract);

/* Stops, and unsets all that a manager sets. */
void manager_end(struct manager *manager);

/* Waits up to `timeout_ms` for the next message; "" when there is none. */
const char *manager_hear(const struct manager *manager, int timeout_ms);

#endif
