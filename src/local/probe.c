#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "local/revision.h"
#include "local/runtime.h"

int64_t local_probe_budget(const struct local_probe *p)
{
    int64_t each = p->period_ms > p->timeout_ms ? p->period_ms : p->timeout_ms;

    return p->delay_ms + each * (p->failures > 0 ? p->failures : 1);
}

/* Waits for `events` until the deadline. */
static bool ready(int fd, short events, int64_t end)
{
    int64_t left = end - cr_now_ms();
    struct pollfd p = {.fd = fd, .events = events};

    return left > 0 && poll(&p, 1, (int)left) == 1;
}

/* A connection, or -1 and why there is none. */
static int dial(const struct local_container *to, int64_t end, enum local_probe_result *why)
{
    int fd = local_container_connect(to), code = 0;
    socklen_t n = sizeof(code);

    *why = LOCAL_PROBE_REFUSED;
    if (fd < 0)
        return -1;
    if (!ready(fd, POLLOUT, end))
        *why = LOCAL_PROBE_LATE;
    else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &n) == 0 && !code)
        return fd;
    close(fd);
    return -1;
}

/* A published port may be answered by the engine's own forwarder before the container listens, so a connection that is
 * closed at once is no answer. */
static bool stays_open(int fd, int64_t end)
{
    int64_t look = cr_now_ms() + 20;
    char byte;

    if (!ready(fd, POLLIN, look < end ? look : end))
        return true;
    return recv(fd, &byte, 1, MSG_PEEK) > 0;
}

/* Of an HTTP answer on its way. */
static enum local_probe_result read_status(int fd, int64_t end)
{
    char answer[64];
    size_t have = 0;
    int status = 0;
    bool late = false;

    while (have < 12 && !late) {
        ssize_t n;

        late = !ready(fd, POLLIN, end);
        n = late ? 0 : recv(fd, answer + have, sizeof(answer) - 1 - have, 0);
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    answer[have] = '\0';
    if (sscanf(answer, "HTTP/1.%*1[01] %3d", &status) == 1)
        return status >= 200 && status < 400 ? LOCAL_PROBE_FINE : LOCAL_PROBE_STATUS;
    return late ? LOCAL_PROBE_LATE : LOCAL_PROBE_REFUSED;
}

enum local_probe_result local_probe_once(const struct local_probe *p, const struct local_container *to)
{
    int64_t end = cr_now_ms() + p->timeout_ms;
    enum local_probe_result why;
    CR_AUTO_FD int fd = dial(to, end, &why);
    CR_AUTO_FREE char *ask = NULL;

    if (fd < 0)
        return why;
    if (!p->http)
        return stays_open(fd, end) ? LOCAL_PROBE_FINE : LOCAL_PROBE_REFUSED;
    ask = cr_format("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: GoogleHC/1.0\r\nConnection: close\r\n\r\n",
                    p->path, p->port);
    if (send(fd, ask, strlen(ask), MSG_NOSIGNAL) != (ssize_t)strlen(ask))
        return LOCAL_PROBE_REFUSED;
    return read_status(fd, end);
}
