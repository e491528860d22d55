#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "local/revision.h"

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

static int dial(int port, int64_t end)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), code = 0;
    socklen_t n = sizeof(code);

    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0 &&
        (errno != EINPROGRESS || !ready(fd, POLLOUT, end) || getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &n) < 0 ||
         code)) {
        close(fd);
        return -1;
    }
    return fd;
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

bool local_probe_once(const struct local_probe *p, int host_port)
{
    int64_t end = cr_now_ms() + p->timeout_ms;
    CR_AUTO_FD int fd = dial(host_port, end);
    CR_AUTO_FREE char *ask = NULL;
    char answer[64];
    size_t have = 0;
    int status = 0;

    if (fd < 0 || !p->http)
        return fd >= 0 && stays_open(fd, end);
    ask = cr_format("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: GoogleHC/1.0\r\nConnection: close\r\n\r\n",
                    p->path, p->port);
    if (send(fd, ask, strlen(ask), MSG_NOSIGNAL) != (ssize_t)strlen(ask))
        return false;
    while (have < 12 && ready(fd, POLLIN, end)) {
        ssize_t n = recv(fd, answer + have, sizeof(answer) - 1 - have, 0);

        if (n <= 0)
            break;
        have += (size_t)n;
    }
    answer[have] = '\0';
    return sscanf(answer, "HTTP/1.%*1[01] %3d", &status) == 1 && status >= 200 && status < 400;
}

int local_probe_fail(const struct local_revision *r, int exited, bool oom, struct cr_error *err)
{
    CR_AUTO_FREE char *why = NULL;

    if (oom)
        why = cr_format(" Memory limit of %lld MiB exceeded.", (long long)(r->memory_bytes >> 20));
    else if (exited >= 0)
        why = cr_format(" Container called exit(%d).", exited);
    if (r->probe.given && r->probe.http && exited < 0)
        return cr_fail(err, CR_E_BUILD,
                       "The user-provided container failed the configured startup probe checks. The startup "
                       "probe asks for '%s' on port %d.%s",
                       r->probe.path, r->probe.port, why ? why : "");
    return cr_fail(
        err, CR_E_BUILD,
        "The user-provided container failed to start and listen on the port defined provided by "
        "the PORT=%d environment variable within the allocated timeout.%s This can happen when the container "
        "port is misconfigured or if the timeout is too short.",
        r->port, why ? why : "");
}
