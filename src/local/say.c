#include "local/say.h"

#include <errno.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"

void local_vsay(int fd, const char *fmt, va_list ap)
{
    CR_AUTO_FREE char *text = cr_vformat(fmt, ap);
    size_t left = strlen(text);

    for (const char *p = text; fd >= 0 && left;) {
        ssize_t n = write(fd, p, left);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        p += n;
        left -= (size_t)n;
    }
}

void local_say(int fd, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    local_vsay(fd, fmt, ap);
    va_end(ap);
}
