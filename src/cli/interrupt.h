/* interrupt.h - Ctrl-C that waits for a good moment */
#ifndef KEEL_CLI_INTERRUPT_H
#define KEEL_CLI_INTERRUPT_H

#include <stdbool.h>

/* From now on SIGINT and SIGTERM end nothing by themselves. */
void interrupt_hold(void);

/* Claim: one of them came meanwhile. */
bool interrupt_came(void);

#endif
