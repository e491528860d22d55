#include "quiet.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int quiet_begin(void)
{
    int saved, null;

    fflush(stderr);
    null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    saved = null < 0 ? -1 : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (saved >= 0)
        dup2(null, STDERR_FILENO);
    if (null >= 0)
        close(null);
    return saved;
}

void quiet_end(int token)
{
    if (token < 0)
        return;
    fflush(stderr);
    dup2(token, STDERR_FILENO);
    close(token);
}
