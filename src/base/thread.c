#include "base/thread.h"

#include <sched.h>
#include <signal.h>
#include <string.h>

int cr_thread_cpus(int max)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

    return n < 1 ? 1 : n > max ? max : n;
}

int cr_thread_start(pthread_t *thread, void *(*run)(void *ud), void *ud, struct cr_error *err)
{
    sigset_t all, old;
    int why;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    why = pthread_create(thread, NULL, run, ud);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return why ? cr_fail(err, CR_E_IO, "cannot start a thread: %s", strerror(why)) : 0;
}
