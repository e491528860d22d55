/* The log of requests, a file a revision beside the one of its containers; what Cloud Logging calls
 * run.googleapis.com/requests. An entry is begun when the request is let in and written when it has ended. */
#include <fcntl.h>
#include <jansson.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "local/ingress_loop.h"
#include "local/revision_log.h"

#define FILE_MAX (32 << 20) /* then it is set aside, and the one before it forgotten */
#define URL_MAX 2048
#define OPEN_MAX 32 /* files that are held open; the one that was not written to for longest is closed */
#define GONE 499    /* the client left before it had an answer */

struct local_request_log {
    struct local_request_log *next;
    char *revision, *path;
    int fd;
};

static void close_log(struct local_request_log *log)
{
    if (log->fd >= 0)
        close(log->fd);
    free(log->revision);
    free(log->path);
    free(log);
}

/* Out of the list, if it is in there. */
static struct local_request_log *take_out(struct local_ingress *in, const char *revision)
{
    struct local_request_log **at = &in->logs, *log;

    while (*at && strcmp((*at)->revision, revision) != 0)
        at = &(*at)->next;
    log = *at;
    if (log)
        *at = log->next;
    return log;
}

/* Revisions come and go as long as the platform runs: those at the end of the list go. */
static void close_oldest(struct local_ingress *in)
{
    struct local_request_log **at = &in->logs;

    for (int i = 0; *at && i < OPEN_MAX; i++)
        at = &(*at)->next;
    if (*at)
        close_log(CR_STEAL(*at)); /* only ever one: one came */
}

/* The list is by use, the last one first. */
static struct local_request_log *log_of(struct local_ingress *in, const struct local_choice *choice)
{
    struct local_request_log *log = take_out(in, choice->revision);

    if (!log) {
        log = cr_calloc(1, sizeof(*log));
        log->revision = cr_strdup(choice->revision);
        log->path = local_log_requests_path(in->o.state_dir, choice->revision);
        log->fd = -1;
    }
    log->next = in->logs;
    in->logs = log;
    close_oldest(in);
    return log;
}

static void reopen(struct local_request_log *log, bool aside)
{
    CR_AUTO_FREE char *old = cr_format("%s.old", log->path), *dir = cr_strdup(log->path);
    struct cr_error ignored = {0}; /* a log that cannot be written must not end what it tells about */

    if (log->fd >= 0)
        close(log->fd);
    if (aside)
        (void)!rename(log->path, old);
    *strrchr(dir, '/') = '\0';
    (void)!cr_dir_make(dir, 0700, &ignored);
    log->fd = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The file may have been removed, or grown too large. */
static int fd_of(struct local_request_log *log)
{
    struct stat st;

    if (log->fd < 0 || fstat(log->fd, &st) < 0 || !st.st_nlink)
        reopen(log, false);
    else if (st.st_size > FILE_MAX)
        reopen(log, true);
    return log->fd;
}

static json_t *text(const char *at, size_t n)
{
    json_t *made = json_stringn(at, n);

    return made ? made : json_string("(not UTF-8)");
}

void local_request_log_begin(struct local_conn *c, const struct local_head *h)
{
    const struct local_field *agent = local_head_get(h, "user-agent");
    CR_AUTO_FREE char *url = NULL;
    struct sockaddr_in from;
    socklen_t n = sizeof(from);
    char address[INET_ADDRSTRLEN] = "127.0.0.1";

    if (!c->in->o.state_dir)
        return;
    if (getpeername(c->client.fd, (struct sockaddr *)&from, &n) == 0 && from.sin_family == AF_INET)
        inet_ntop(AF_INET, &from.sin_addr, address, sizeof(address));
    url = cr_format("http://%.*s%.*s", (int)h->host.len, h->host.at, (int)h->target.len, h->target.at);
    json_decref(c->entry);
    c->entry = json_pack("{s:o, s:o, s:s, s:s}", "requestMethod", text(h->method.at, h->method.len), "requestUrl",
                         text(url, strnlen(url, URL_MAX)), "remoteIp", address, "protocol", "HTTP/1.1");
    if (agent)
        json_object_set_new(c->entry, "userAgent", text(agent->value.at, agent->value.len));
    c->let_in_ms = cr_now_ms();
    c->let_in_wall = cr_wall_ms();
    c->status = 0;
}

void local_request_log_end(struct local_conn *c, int status)
{
    json_t *entry = CR_STEAL(c->entry), *whole;
    int64_t took = cr_now_ms() - c->let_in_ms;
    CR_AUTO_FREE char *line = NULL, *dumped = NULL;
    char time[32];
    int fd;

    if (!entry)
        return;
    json_object_set_new(entry, "status", json_integer(status ? status : c->status ? c->status : GONE));
    json_object_set_new(entry, "latency", json_sprintf("%lld.%03llds", (long long)took / 1000, (long long)took % 1000));
    whole = json_pack("{s:o, s:o}", "httpRequest", entry, "trace", text(c->trace, strlen(c->trace)));
    dumped = cr_oom_check(json_dumps(whole, JSON_COMPACT));
    json_decref(whole);
    cr_time_text(c->let_in_wall, time);
    line = cr_format("%s requests F %s\n", time, dumped);
    fd = fd_of(log_of(c->in, &c->choice));
    if (fd >= 0)
        (void)!write(fd, line, strlen(line));
}

void local_request_log_close(struct local_ingress *in)
{
    for (struct local_request_log *log = in->logs, *next; log; log = next) {
        next = log->next;
        close_log(log);
    }
    in->logs = NULL;
}
