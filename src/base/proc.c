#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/interrupt.h"
#include "base/file.h"
#include "base/mem.h"

void cr_proc_hide(void)
{
    prctl(PR_SET_DUMPABLE, 0); /* only a value that it does not know makes it fail */
}

/* Only 0, 1 and 2 are for the program that is started. What this process was itself given (a test runner's pipe, a
 * shell's log) would else stay open for as long as a daemon lives, and whoever waits for its end with it. */
static void close_others(void)
{
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return;
    for (int fd = 3; fd < 1024; fd++) /* a kernel before 5.11 */
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* In the child, after fork: only calls that are safe there. Errors travel to the parent through `report`. */
static void become(const struct cr_proc_opt *o, char **env, int report)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), fds[3] = {o->in, o->out, o->err};
    sigset_t none;
    int code;

    setpgid(0, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    for (int i = 0; i < 3; i++) {
        int fd = fds[i] >= 0 ? fds[i] : null;

        if (fd < 3 && fd != i) /* out of the way of the dup2 calls that follow */
            fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        fds[i] = fd;
    }
    for (int i = 0; i < 3; i++) {
        if (fds[i] == i)
            fcntl(i, F_SETFD, 0);
        else
            dup2(fds[i], i);
    }
    close_others();
    if (env)
        environ = env;
    for (const char *const *e = o->env; e && *e; e++)
        putenv((char *)*e);
    if (!o->dir || chdir(o->dir) == 0)
        execvp(o->argv[0], (char *const *)o->argv);
    code = errno;
    (void)!write(report, &code, sizeof(code));
    _exit(127);
}

int cr_proc_start(const struct cr_proc_opt *o, pid_t *pid, struct cr_error *err)
{
    CR_AUTO_FREE char **env = o->small_env ? cr_env_kept() : NULL;
    int report[2], code = 0;
    ssize_t n;
    pid_t child;

    if (pipe2(report, O_CLOEXEC) < 0)
        return cr_fail(err, CR_E_IO, "cannot run '%s': %s", o->argv[0], strerror(errno));
    child = fork();
    if (child == 0)
        become(o, env, report[1]);
    close(report[1]);
    if (child > 0)
        setpgid(child, child); /* in both, whoever comes first */
    do
        n = child < 0 ? -1 : read(report[0], &code, sizeof(code));
    while (n < 0 && child > 0 && errno == EINTR);
    close(report[0]);
    if (child < 0)
        return cr_fail(err, CR_E_IO, "cannot run '%s': %s", o->argv[0], strerror(errno));
    if (n == sizeof(code)) {
        waitpid(child, NULL, 0);
        return cr_fail(err, CR_E_IO, "cannot run '%s': %s", o->argv[0], strerror(code));
    }
    *pid = child;
    return 0;
}

int cr_proc_wait(pid_t pid, int64_t timeout_ms, bool *done, int *status, struct cr_error *err)
{
    int64_t end = cr_now_ms() + timeout_ms, nap = 1;

    for (;;) {
        int how, flags = timeout_ms < 0 ? 0 : WNOHANG;
        pid_t got = waitpid(pid, &how, flags);

        if (got == pid) {
            *done = true;
            *status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
            return 0;
        }
        if (got < 0 && errno != EINTR)
            return cr_fail(err, CR_E_IO, "cannot wait for process %d: %s", (int)pid, strerror(errno));
        if (got < 0)
            continue;
        if (cr_now_ms() >= end) {
            *done = false;
            return 0;
        }
        poll(NULL, 0, (int)nap);
        nap = nap < 50 ? nap * 2 : 50;
    }
}

void cr_proc_kill(pid_t pid, int64_t grace_ms)
{
    struct cr_error ignored = {0};
    bool done = false;
    int status;

    if (pid <= 1) /* kill() would take it for our own group, or for everybody */
        return;
    kill(-pid, SIGTERM);
    if (cr_proc_wait(pid, grace_ms, &done, &status, &ignored) < 0)
        done = true;     /* somebody else reaped it */
    kill(-pid, SIGKILL); /* stragglers of the group, and the leader when it did not listen */
    if (!done)
        (void)!cr_proc_wait(pid, -1, &done, &status, &ignored);
}

/* Reads what the child says until it closes its end, the deadline, or Ctrl-C. Returns whether the deadline came first.
 */
static bool drain(int fd, int64_t end, struct cr_str *out)
{
    struct cr_error full = {0};
    char part[8192];

    for (;;) {
        int64_t left = end - cr_now_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n;

        if (left <= 0 || cr_interrupted())
            return true;
        if (poll(&p, 1, left > 1000 ? 1000 : (int)left) <= 0)
            continue;
        n = read(fd, part, sizeof(part));
        if (n <= 0)
            return false;
        if (out && !full.code)
            (void)!cr_str_add(out, part, (size_t)n, &full);
    }
}

int cr_proc_run(const char *const *argv, const char *dir, int64_t timeout_ms, struct cr_str *out, int *status,
                struct cr_error *err)
{
    int64_t end = timeout_ms < 0 ? INT64_MAX : cr_now_ms() + timeout_ms;
    int talk[2];
    bool done = false, late;
    pid_t pid;

    if (pipe2(talk, O_CLOEXEC) < 0)
        return cr_fail(err, CR_E_IO, "cannot run '%s': %s", argv[0], strerror(errno));
    if (cr_proc_start(&(struct cr_proc_opt){.argv = argv, .dir = dir, .in = -1, .out = talk[1], .err = talk[1]}, &pid,
                      err) < 0) {
        close(talk[0]);
        close(talk[1]);
        return -1;
    }
    close(talk[1]);
    late = drain(talk[0], end, out);
    close(talk[0]);
    if (!late && cr_proc_wait(pid, timeout_ms < 0 ? -1 : end - cr_now_ms(), &done, status, err) < 0)
        return -1;
    if (done)
        return 0;
    cr_proc_kill(pid, 2000);
    if (cr_interrupt_check(err) < 0)
        return -1;
    return cr_fail(err, CR_E_NET, "'%s' did not end within %" PRId64 " s", argv[0], timeout_ms / 1000);
}

/* /proc/PID/stat from its third field on; the second is in parentheses and may itself hold blanks and parentheses. New.
 */
static char *stat_fields(pid_t pid)
{
    CR_AUTO_FREE char *path = cr_format("/proc/%d/stat", (int)pid), *text = NULL;
    struct cr_error ignored = {0};
    const char *p;

    if (cr_file_read(path, 4096, &text, NULL, &ignored) < 0 || !(p = strrchr(text, ')')))
        return NULL;
    return cr_strdup(p);
}

/* One that ended and that nobody has reaped yet still takes signals, but does nothing any more. */
static bool is_zombie(pid_t pid)
{
    CR_AUTO_FREE char *fields = stat_fields(pid);

    return fields && strncmp(fields, ") Z", 3) == 0;
}

bool cr_proc_alive(pid_t pid)
{
    return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM) && !is_zombie(pid);
}

/* The 22nd field. */
int64_t cr_proc_start_time(pid_t pid)
{
    CR_AUTO_FREE char *fields = stat_fields(pid);
    long long ticks = -1;
    const char *p = fields;

    if (!p)
        return -1;
    for (int field = 2; *p && field < 22; p++)
        field += *p == ' ';
    return sscanf(p, "%lld", &ticks) == 1 ? ticks : -1;
}
