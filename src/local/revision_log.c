#include "local/revision_log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define LINE_MAX_BYTES 16384 /* as container engines split */

char *local_log_path(const char *state_dir, const char *revision)
{
    return cr_format("%s/logs/%s.log", state_dir, revision);
}

char *local_log_requests_path(const char *state_dir, const char *revision)
{
    return cr_format("%s/logs/%s.requests.log", state_dir, revision);
}

static int open_log(const char *path)
{
    CR_AUTO_FREE char *dir = cr_strdup(path);
    struct cr_error ignored = {0};
    char *slash = strrchr(dir, '/');

    if (slash && slash != dir) {
        *slash = '\0';
        (void)!cr_dir_make(dir, 0700, &ignored);
    }
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* One write call a line, so that writers of the same file do not mix within one. */
static void add(int fd, const char *stream, bool whole, const char *text, size_t n)
{
    CR_AUTO_FREE char *line = NULL;
    char now[32];

    cr_time_text(cr_wall_ms(), now);
    line = cr_format("%s %s %c %.*s\n", now, stream, whole ? 'F' : 'P', (int)n, text);
    (void)!write(fd, line, strlen(line));
}

void local_log_add(const char *path, const char *fmt, ...)
{
    CR_AUTO_FREE char *text = NULL;
    CR_AUTO_FD int fd = open_log(path);
    va_list ap;

    va_start(ap, fmt);
    text = cr_vformat(fmt, ap);
    va_end(ap);
    if (fd >= 0)
        add(fd, "system", true, text, strcspn(text, "\n"));
}

bool local_log_split(char *line, struct local_log_line *l)
{
    char *stream = strchr(line, ' '), *flag = stream ? strchr(stream + 1, ' ') : NULL;

    if (!flag || (flag[1] != 'F' && flag[1] != 'P') || (flag[2] != ' ' && flag[2] != '\0'))
        return false;
    *l = (struct local_log_line){
        .time = line, .stream = stream + 1, .text = flag[2] ? flag + 3 : flag + 2, .partial = flag[1] == 'P'};
    *stream = *flag = '\0';
    return true;
}

void local_log_time(const char *time, char utc[32])
{
    struct tm tm = {0};
    const char *rest = strptime(time, "%Y-%m-%dT%H:%M:%S", &tm);
    int hours = 0, minutes = 0, micro = 0;
    time_t seconds;

    snprintf(utc, 32, "%.31s", time);
    if (!rest)
        return;
    if (*rest == '.') {
        size_t digits = strspn(rest + 1, "0123456789");

        for (size_t i = 0; i < 6; i++)
            micro = 10 * micro + (i < digits ? rest[1 + i] - '0' : 0);
        rest += 1 + digits;
    }
    if ((*rest == '+' || *rest == '-') && sscanf(rest + 1, "%2d:%2d", &hours, &minutes) != 2)
        return;
    seconds = timegm(&tm) + (*rest == '-' ? 1 : -1) * (hours * 3600 + minutes * 60);
    if (!gmtime_r(&seconds, &tm))
        return;
    strftime(utc, 32, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(utc + strlen(utc), 32 - strlen(utc), ".%06dZ", micro);
}

/* The last part of the file that holds at least the lines asked for, unless they are longer than any sane log's. */
static int read_end(const char *path, char **text, struct cr_error *err)
{
    CR_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    const off_t most = 1 << 20;
    struct stat st;
    ssize_t n;

    if (fd < 0 && errno == ENOENT) {
        *text = cr_strdup("");
        return 0;
    }
    if (fd < 0 || fstat(fd, &st) < 0)
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", path, strerror(errno));
    *text = cr_malloc((size_t)most + 1);
    n = pread(fd, *text, (size_t)most, st.st_size > most ? st.st_size - most : 0);
    (*text)[n > 0 ? n : 0] = '\0';
    return 0;
}

int local_log_tail(const char *path, int lines, struct cr_str *out, struct cr_error *err)
{
    CR_AUTO_FREE char *text = NULL;
    char *p, *next;

    if (read_end(path, &text, err) < 0)
        return -1;
    p = text + strlen(text);
    if (p > text && p[-1] == '\n')
        p--;
    while (p > text && lines > 0) {
        if (*--p == '\n' && --lines == 0)
            p++;
    }
    for (; *p; p = next) {
        struct local_log_line l;

        next = p + strcspn(p, "\n");
        if (*next)
            *next++ = '\0';
        if (!local_log_split(p, &l))
            l = (struct local_log_line){.text = p};
        if (cr_str_addf(out, err, "%s%s", l.text, l.partial ? "" : "\n") < 0)
            return -1;
    }
    return 0;
}

struct pump {
    int to, fd[2];
    char buf[2][LINE_MAX_BYTES];
    size_t have[2];
};

static void emit(struct pump *p, int i, bool at_end)
{
    static const char *const stream[2] = {"stdout", "stderr"};
    char *start = p->buf[i], *nl;

    while ((nl = memchr(start, '\n', p->have[i]))) {
        add(p->to, stream[i], true, start, (size_t)(nl - start));
        p->have[i] -= (size_t)(nl + 1 - start);
        start = nl + 1;
    }
    if (p->have[i] && (at_end || p->have[i] == LINE_MAX_BYTES)) {
        add(p->to, stream[i], at_end, start, p->have[i]);
        p->have[i] = 0;
    }
    memmove(p->buf[i], start, p->have[i]);
}

static void *pump_main(void *arg)
{
    struct pump *p = arg;

    while (p->fd[0] >= 0 || p->fd[1] >= 0) {
        struct pollfd w[2] = {{.fd = p->fd[0], .events = POLLIN}, {.fd = p->fd[1], .events = POLLIN}};

        if (poll(w, 2, -1) < 0)
            continue;
        for (int i = 0; i < 2; i++) {
            ssize_t n;

            if (p->fd[i] < 0 || !w[i].revents)
                continue;
            n = read(p->fd[i], p->buf[i] + p->have[i], LINE_MAX_BYTES - p->have[i]);
            if (n > 0)
                p->have[i] += (size_t)n;
            emit(p, i, n <= 0);
            if (n <= 0) {
                close(p->fd[i]);
                p->fd[i] = -1;
            }
        }
    }
    close(p->to);
    free(p);
    return NULL;
}

int local_log_pump(const char *path, int out_fd, int err_fd, struct cr_error *err)
{
    struct pump *p = cr_calloc(1, sizeof(*p));
    pthread_t thread;
    int code;

    p->to = open_log(path);
    p->fd[0] = out_fd;
    p->fd[1] = err_fd;
    code = p->to < 0 ? errno : pthread_create(&thread, NULL, pump_main, p);
    if (code) {
        if (p->to >= 0)
            close(p->to);
        free(p);
        return cr_fail(err, CR_E_IO, "cannot write '%s': %s", path, strerror(code));
    }
    pthread_detach(thread);
    return 0;
}
