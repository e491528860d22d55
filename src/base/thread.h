/*
 * thread.h - threads that compute or carry for one function, and are joined before it returns.
 *
 * Signals stay with the thread that starts them: Ctrl-C must wake whoever waits, never a worker.
 */
#ifndef CR_THREAD_H
#define CR_THREAD_H

#include <pthread.h>

#include "base/error.h"

/* CPUs this process may run on, between 1 and max. */
int cr_thread_cpus(int max);
/* CR_E_IO when the system has no thread left. Join it with pthread_join(). */
int cr_thread_start(pthread_t *thread, void *(*run)(void *ud), void *ud, struct cr_error *err) CR_CHECKED;

#endif
