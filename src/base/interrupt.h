/*
 * interrupt.h - Ctrl-C as a flag.
 *
 * main() calls cr_interrupt_catch(); whatever waits or transfers looks at cr_interrupted() and ends with
 * CR_E_INTERRUPT after stopping what it started remotely. A third signal kills the program at once.
 */
#ifndef CR_INTERRUPT_H
#define CR_INTERRUPT_H

#include <stdbool.h>

#include "base/error.h"

void cr_interrupt_catch(void); /* SIGINT and SIGTERM; also ignores SIGPIPE */
bool cr_interrupted(void);
void cr_interrupt_clear(void);                           /* so that the call which cancels is itself not cut short */
int cr_interrupt_check(struct cr_error *err) CR_CHECKED; /* -1 and CR_E_INTERRUPT when it was pressed */

#endif
