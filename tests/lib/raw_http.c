#include "lib/test.h"

#include "lib/raw_http.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/str.h"

static int try_dial(int port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval wait = {.tv_sec = 20};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
        return fd;
    close(fd);
    return -1;
}

int raw_dial(int port)
{
    int fd = try_dial(port);

    assert_true(fd >= 0);
    return fd;
}

void raw_put(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

char *raw_rest(int fd)
{
    struct cr_str all = CR_STR_INIT(64 << 20);
    struct cr_error err = {0};
    char part[65536];
    ssize_t n;

    /* valgrind lets a call be interrupted by a child that ends, which the kernel does not */
    while ((n = recv(fd, part, sizeof(part), 0)) > 0 || (n < 0 && errno == EINTR))
        assert_ok(cr_str_add(&all, part, n > 0 ? (size_t)n : 0, &err), &err);
    if (n < 0 && errno != ECONNRESET)
        fail_msg("after '%s': %s", all.buf ? all.buf : "", strerror(errno));
    return cr_str_take(&all);
}

char *raw_send(int port, const char *bytes, size_t n)
{
    CR_AUTO_FD int fd = raw_dial(port);

    for (size_t sent = 0; sent < n;) {
        ssize_t k = send(fd, bytes + sent, n - sent, MSG_NOSIGNAL);

        if (k <= 0)
            break; /* the server had enough: its answer is what counts */
        sent += (size_t)k;
    }
    return raw_rest(fd);
}

bool raw_ends(int fd, int ms)
{
    int64_t end = cr_now_ms() + ms;
    char part[4096];

    for (;;) {
        int64_t left = end - cr_now_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};

        if (left <= 0 || poll(&p, 1, (int)left) < 1)
            return false;
        if (recv(fd, part, sizeof(part), 0) <= 0)
            return true;
    }
}

static void hold(int port, int count, uid_t uid, int report)
{
    int opened = 0;

    if (uid && (setgid(uid) < 0 || setuid(uid) < 0))
        _exit(1);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
    while (opened < count && try_dial(port) >= 0)
        opened++;
    if (write(report, &opened, sizeof(opened)) != sizeof(opened))
        _exit(1);
    for (;;)
        pause();
}

struct raw_idlers raw_idle(int port, int count, uid_t uid)
{
    struct raw_idlers idlers = {0};
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    idlers.pid = fork();
    if (idlers.pid == 0)
        hold(port, count, uid, ends[1]);
    close(ends[1]);
    assert_int_equal(read(ends[0], &idlers.opened, sizeof(idlers.opened)), sizeof(idlers.opened));
    close(ends[0]);
    return idlers;
}

void raw_idle_end(struct raw_idlers *idlers)
{
    kill(idlers->pid, SIGKILL);
    assert_int_equal(waitpid(idlers->pid, NULL, 0), idlers->pid);
}
