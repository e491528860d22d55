#include "base/interrupt.h"

#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t presses, pending;

static void on_signal(int sig)
{
    (void)sig;
    pending = 1;
    if (++presses >= 3)
        _exit(130);
}

void cr_interrupt_catch(void)
{
    struct sigaction act = {.sa_handler = on_signal};

    presses = 0;
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    signal(SIGPIPE, SIG_IGN);
}

bool cr_interrupted(void)
{
    return pending;
}

void cr_interrupt_clear(void)
{
    pending = 0;
}

int cr_interrupt_check(struct cr_error *err)
{
    return pending ? cr_fail(err, CR_E_INTERRUPT, "interrupted") : 0;
}
