#include "http.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include "call.h"
#include "listen.h"
#include "log.h"
#include "mem.h"

/* Of libmicrohttpd, for each connection: the head of a request, the head of its reply, and the part of a body that was
 * just received. A connection that has made a request keeps it, so it is what ten thousand idle ones cost. */
#define CONNECTION_MEMORY ((size_t)16 << 10)

/* Connections over the limit, so that their requests are refused with a reply. Those after them wait in the kernel. */
#define EXTRA_CONNECTIONS 32

/* Descriptors that are not connections. */
#define OTHER_FILES 64

/* So many connections that ended, and at least half of those there were, give memory back. */
#define MANY_CONNECTIONS 256

static void count_connection(void *cls, struct MHD_Connection *c, void **slot, enum MHD_ConnectionNotificationCode what)
{
    struct http *h = cls;

    (void)c;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        h->connections--;
        return;
    }
    h->connections++;
    *slot = h->connections > h->limit ? h : NULL;
    if (h->connections > h->peak)
        h->peak = h->connections;
}

static size_t room(void *cls)
{
    const struct http *h = cls;

    return h->limit + EXTRA_CONNECTIONS - h->connections;
}

/* The earliest deadline of a list after those that have passed; 0: none. */
static int64_t expire(struct calls *list, int64_t now_us)
{
    struct call *call;

    while ((call = TAILQ_FIRST(list)) && call->deadline_us <= now_us)
        call_cut(call);
    return call ? call->deadline_us : 0;
}

static int64_t tick(void *cls, int64_t now_us)
{
    struct http *h = cls;
    int64_t a = expire(&h->receiving, now_us), b = expire(&h->sending, now_us);

    if (h->peak > h->connections + MANY_CONNECTIONS && h->peak / 2 > h->connections) {
        malloc_trim(0);
        h->peak = h->connections;
    }
    return a && (!b || a < b) ? a : b;
}

/* As many connections as the settings say and descriptors allow. */
static size_t connection_limit(const struct settings *set)
{
    struct rlimit files;
    size_t most = (size_t)set->connections, other = OTHER_FILES + EXTRA_CONNECTIONS;

    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return most;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur >= most + other)
        return most;
    most = files.rlim_cur > 2 * other ? files.rlim_cur - other : 1 + files.rlim_cur / 2;
    log_event("INFO", "%zu connections at most: the limit of descriptors is %llu", most,
              (unsigned long long)files.rlim_cur);
    return most;
}

static struct MHD_Daemon *start_daemon(struct http *h)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
                            call_handle, h, MHD_OPTION_URI_LOG_CALLBACK, call_begin, h, MHD_OPTION_NOTIFY_COMPLETED,
                            call_completed, h, MHD_OPTION_NOTIFY_CONNECTION, count_connection, h,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned)(h->limit + EXTRA_CONNECTIONS), MHD_OPTION_STRICT_FOR_CLIENT, 1,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)h->service->settings->idle_s, MHD_OPTION_END);
}

int http_start(struct service *service, struct worker *worker, struct http **out, struct error *err)
{
    const struct settings *set = service->settings;
    struct http *h = mem_zero(sizeof(*h));
    struct loop_owner owner = {.cls = h, .room = room, .tick = tick};
    int fd;

    h->service = service;
    h->worker = worker;
    h->limit = connection_limit(set);
    h->budget.max = settings_request_bytes(set);
    TAILQ_INIT(&h->receiving);
    TAILQ_INIT(&h->sending);
    routes_make(&h->routes, set);
    fd = listen_on(set, &h->port, err);
    if (fd >= 0) {
        h->daemon = start_daemon(h);
        if (h->daemon && loop_start(h->daemon, fd, &owner, &h->loop) == 0) {
            *out = h;
            return 0;
        }
        close(fd);
        error_set(err, 500, "the HTTP server on %s:%lld does not start", set->listen, (long long)set->port);
    }
    if (h->daemon)
        MHD_stop_daemon(h->daemon);
    free(h);
    return -1;
}

int http_port(const struct http *h)
{
    return h->port;
}

size_t http_active(struct http *h)
{
    return atomic_load(&h->active);
}

void http_drain(struct http *h)
{
    atomic_store(&h->draining, true);
    loop_drain(h->loop);
}

void http_close(struct http *h)
{
    atomic_store(&h->closed, true);
}

void http_stop(struct http *h)
{
    loop_stop(h->loop);
    MHD_stop_daemon(h->daemon);
    free(h);
}
