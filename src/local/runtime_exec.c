#include "local/runtime_exec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"

void local_args_add(struct local_args *a, const char *text)
{
    if (a->len + 2 > a->cap) {
        a->cap = a->cap ? a->cap * 2 : 32;
        a->item = cr_realloc(a->item, a->cap * sizeof(*a->item));
    }
    a->item[a->len++] = cr_strdup(text);
    a->item[a->len] = NULL;
}

void local_args_addf(struct local_args *a, const char *fmt, ...)
{
    CR_AUTO_FREE char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = cr_vformat(fmt, ap);
    va_end(ap);
    local_args_add(a, text);
}

void local_args_all(struct local_args *a, const char *const *texts)
{
    for (; texts && *texts; texts++)
        local_args_add(a, *texts);
}

void local_args_clear(struct local_args *a)
{
    for (size_t i = 0; i < a->len; i++)
        free(a->item[i]);
    free(a->item);
    *a = (struct local_args){0};
}

/* What a run is made of while it goes on. A container's supervisor may keep our pipes open for as long as the container
 * lives, so the end is the child's end, not the end of its output. */
struct run {
    pid_t pid;
    int fd[2]; /* its stdout and stderr */
    struct cr_str *to[2];
    bool done;
    int status;
};

/* Takes what is there, without waiting. */
static void take(struct run *r, int which)
{
    struct cr_error full = {0};
    char part[8192];
    ssize_t n;

    while (r->fd[which] >= 0 && (n = read(r->fd[which], part, sizeof(part))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return; /* nothing more for now */
        if (r->to[which] && !full.code)
            (void)!cr_str_add(r->to[which], part, (size_t)n, &full);
    }
    if (r->fd[which] >= 0)
        close(r->fd[which]);
    r->fd[which] = -1;
}

static int follow(struct run *r, int64_t timeout_ms, struct cr_error *err)
{
    int64_t end = cr_now_ms() + timeout_ms;

    while (!r->done && cr_now_ms() < end) {
        struct pollfd p[2] = {{.fd = r->fd[0], .events = POLLIN}, {.fd = r->fd[1], .events = POLLIN}};

        poll(p, 2, 10);
        take(r, 0);
        take(r, 1);
        if (cr_proc_wait(r->pid, 0, &r->done, &r->status, err) < 0)
            return -1;
    }
    take(r, 0);
    take(r, 1);
    return 0;
}

static int begin(const struct local_args *a, struct run *r, struct cr_error *err)
{
    int out[2], errs[2], rc;

    if (pipe2(out, O_CLOEXEC) < 0)
        return cr_fail(err, CR_E_IO, "cannot run '%s': %s", a->item[0], strerror(errno));
    if (pipe2(errs, O_CLOEXEC) < 0) {
        close(out[0]);
        close(out[1]);
        return cr_fail(err, CR_E_IO, "cannot run '%s': %s", a->item[0], strerror(errno));
    }
    rc = cr_proc_start(
        &(struct cr_proc_opt){
            .argv = (const char *const *)a->item, .env = a->env, .in = -1, .out = out[1], .err = errs[1]},
        &r->pid, err);
    close(out[1]);
    close(errs[1]);
    r->fd[0] = out[0];
    r->fd[1] = errs[0];
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    fcntl(errs[0], F_SETFL, O_NONBLOCK);
    if (rc < 0) {
        close(out[0]);
        close(errs[0]);
    }
    return rc;
}

/* "podman: the last line it said", without the engine's own "Error: ". */
static int complain(const struct local_args *a, const struct run *r, char *said, struct cr_error *err)
{
    char *line, *end = said + strlen(said);

    while (end > said && (end[-1] == '\n' || end[-1] == ' '))
        *--end = '\0';
    line = strrchr(said, '\n') ? strrchr(said, '\n') + 1 : said;
    if (strncmp(line, "Error: ", 7) == 0)
        line += 7;
    if (!*line)
        return cr_fail(err, CR_E_IO, "'%s' ended with status %d", a->item[0], r->status);
    return cr_fail(err, CR_E_IO, "%s: %s", a->item[0], line);
}

int local_exec_text(const struct local_args *a, int64_t timeout_ms, struct cr_str *out, struct cr_error *err)
{
    CR_AUTO_STR struct cr_str said = CR_STR_INIT(1 << 20);
    struct run r = {.fd = {-1, -1}, .to = {out, &said}};
    int rc;

    if (begin(a, &r, err) < 0)
        return -1;
    rc = follow(&r, timeout_ms, err);
    if (r.fd[0] >= 0)
        close(r.fd[0]);
    if (r.fd[1] >= 0)
        close(r.fd[1]);
    if (rc < 0)
        return -1;
    if (!r.done) {
        cr_proc_kill(r.pid, 2000);
        return cr_fail(err, CR_E_NET, "'%s' did not end within %" PRId64 " s", a->item[0], timeout_ms / 1000);
    }
    return r.status == 0 ? 0 : complain(a, &r, said.buf, err);
}

int local_exec_log(const struct local_args *a, const char *dir, int log_fd, const char *mark_dir, _Atomic pid_t *group,
                   int *status, struct cr_error *err)
{
    struct cr_proc_opt o = {
        .argv = (const char *const *)a->item, .dir = dir, .env = a->env, .in = -1, .out = log_fd, .err = log_fd};
    bool done;
    pid_t pid;
    int rc;

    if (cr_proc_start(&o, &pid, err) < 0)
        return -1;
    local_exec_mark(mark_dir, pid);
    if (group)
        *group = pid;
    rc = cr_proc_wait(pid, -1, &done, status, err);
    if (group)
        *group = 0;
    local_exec_unmark(mark_dir, pid);
    return rc;
}

static char *mark_path(const char *dir, pid_t pid)
{
    return cr_format("%s/%d", dir, (int)pid);
}

void local_exec_mark(const char *mark_dir, pid_t pid)
{
    CR_AUTO_FREE char *path = mark_dir ? mark_path(mark_dir, pid) : NULL;
    CR_AUTO_FREE char *text = cr_format("%" PRId64 "\n", cr_proc_start_time(pid));
    struct cr_error ignored = {0};

    if (path && cr_dir_make(mark_dir, 0700, &ignored) == 0)
        (void)!cr_file_write(path, text, strlen(text), 0600, &ignored);
}

void local_exec_unmark(const char *mark_dir, pid_t pid)
{
    CR_AUTO_FREE char *path = mark_dir ? mark_path(mark_dir, pid) : NULL;

    if (path)
        unlink(path);
}

void local_exec_sweep(const char *mark_dir)
{
    DIR *d = opendir(mark_dir);
    struct dirent *e;

    while (d && (e = readdir(d))) {
        CR_AUTO_FREE char *path = cr_path_join(mark_dir, e->d_name), *text = NULL;
        struct cr_error ignored = {0};
        pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

        if (pid <= 1 || cr_file_read(path, 64, &text, NULL, &ignored) < 0)
            continue;
        if (strtoll(text, NULL, 10) == cr_proc_start_time(pid))
            kill(-pid, SIGKILL);
        unlink(path);
    }
    if (d)
        closedir(d);
}

bool local_exec_found(const char *program)
{
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(4096);
    const char *argv[] = {program, "--version", NULL};
    struct cr_error ignored = {0};
    int status = 1;

    return cr_proc_run(argv, NULL, 10000, &out, &status, &ignored) == 0 && status == 0;
}

int local_free_port(int *port, struct cr_error *err)
{
    CR_AUTO_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) < 0 || getsockname(fd, (struct sockaddr *)&at, &len) < 0)
        return cr_fail(err, CR_E_IO, "cannot find a free port: %s", strerror(errno));
    *port = ntohs(at.sin_port);
    return 0;
}
