#include "local/ingress.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "local/ingress_loop.h"
#include "local/peer.h"

#define TICK_MS 100
#define ACCEPTS 64
#define OTHER_FILES 512 /* descriptors for everything but the ingress: the APIs, builds, logs */

static void watch_listener(struct local_ingress *in, bool on)
{
    struct epoll_event ev = {.events = on ? EPOLLIN : 0, .data.ptr = &in->listen_end};

    in->paused = !on;
    epoll_ctl(in->epoll, EPOLL_CTL_MOD, in->listen, &ev);
}

static bool may_enter(const struct local_ingress *in, const struct sockaddr *peer)
{
    return in->count < in->shared || (in->count < in->most && local_peer_is_owner(peer, in->port));
}

/* At once, not when there is room again: connections that come after it may be the owner's. */
static void turn_away(int fd)
{
    static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
                               "Content-Length: 22\r\nConnection: close\r\n\r\nToo many connections.\n";

    (void)!send(fd, text, sizeof(text) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    close(fd);
}

/* Some at a time, so that connections that are open are served in between. */
static void accept_some(struct local_ingress *in)
{
    for (int i = 0; i < ACCEPTS; i++) {
        struct sockaddr_in peer;
        socklen_t n = sizeof(peer);
        int fd = accept4(in->listen, (struct sockaddr *)&peer, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
            watch_listener(in, false);
        if (fd < 0)
            return;
        if (may_enter(in, (struct sockaddr *)&peer))
            local_conn_open(in, fd);
        else
            turn_away(fd);
    }
}

static void take_event(struct local_ingress *in, const struct epoll_event *ev)
{
    struct local_end *e = ev->data.ptr;
    struct local_conn *c = e->conn;
    uint64_t count;

    if (e == &in->listen_end) {
        accept_some(in);
        return;
    }
    if (e == &in->event_end) {
        (void)!read(in->event, &count, sizeof(count));
        local_queue_done(in);
        return;
    }
    if (c->state == LOCAL_CONN_DEAD)
        return;
    if (e == &c->client &&
        ((ev->events & (EPOLLERR | EPOLLHUP)) ||
         ((ev->events & EPOLLRDHUP) && (c->state == LOCAL_CONN_WAIT || c->state == LOCAL_CONN_DOUBT))))
        local_conn_end(c);
    else
        local_conn_run(c);
}

static void bury(struct local_ingress *in)
{
    while (in->dead) {
        struct local_conn *c = in->dead;

        in->dead = c->next;
        local_conn_free(c);
    }
}

/* Each tick may answer, and so end, any of them; each connection is looked at by its own pointer's leave. */
static void tick(struct local_ingress *in, int64_t now)
{
    struct local_conn *next;

    if (in->paused)
        watch_listener(in, true);
    for (struct local_conn *c = in->conns; c; c = next) {
        next = c->next;
        local_conn_tick(c, now);
        if (next && next->state == LOCAL_CONN_DEAD) /* ended along with this one: the rest waits for the next tick */
            return;
    }
}

static bool closing(struct local_ingress *in)
{
    bool yes;

    pthread_mutex_lock(&in->lock);
    yes = in->closing;
    pthread_mutex_unlock(&in->lock);
    return yes;
}

static void *loop_main(void *arg)
{
    struct local_ingress *in = arg;
    int64_t ticked = 0;

    while (!closing(in)) {
        struct epoll_event ev[64];
        int n = epoll_wait(in->epoll, ev, CR_LEN(ev), in->conns || in->paused ? TICK_MS : -1);

        for (int i = 0; i < n; i++)
            take_event(in, &ev[i]);
        if (cr_now_ms() - ticked >= TICK_MS) {
            ticked = cr_now_ms();
            tick(in, ticked);
        }
        bury(in);
    }
    while (in->conns)
        local_conn_end(in->conns);
    bury(in);
    return NULL;
}

static int bind_port(struct local_ingress *in, struct cr_error *err)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)in->o.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(at);

    in->listen = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (in->listen < 0)
        return cr_fail(err, CR_E_IO, "cannot open the ingress: %s", strerror(errno));
    setsockopt(in->listen, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(in->listen, (struct sockaddr *)&at, n) < 0 || listen(in->listen, 1024) < 0 ||
        getsockname(in->listen, (struct sockaddr *)&at, &n) < 0) {
        cr_fail(err, CR_E_IO, "cannot listen on port %d of 127.0.0.1 for the services: %s", in->o.port,
                strerror(errno));
        return cr_hint(err, "choose another with --ingress-port, or --ingress-port 0 for any that is free");
    }
    in->port = ntohs(at.sin_port);
    return 0;
}

static int watch(struct local_ingress *in, int fd, struct local_end *e)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = e};

    return fd < 0 ? -1 : epoll_ctl(in->epoll, EPOLL_CTL_ADD, fd, &ev);
}

static void release(struct local_ingress *in)
{
    for (struct local_queue *q = in->queues, *next; q; q = next) {
        next = q->next;
        free(q);
    }
    for (struct local_work *w = in->todo, *next; w; w = next) {
        next = w->next;
        free(w);
    }
    for (struct local_work *w = in->done, *next; w; w = next) {
        next = w->next;
        free(w);
    }
    if (in->listen >= 0)
        close(in->listen);
    if (in->epoll >= 0)
        close(in->epoll);
    if (in->event >= 0)
        close(in->event);
    local_request_log_close(in);
    local_routes_free(in->routes);
    pthread_cond_destroy(&in->todo_changed);
    pthread_mutex_destroy(&in->lock);
    memset(in->token, 0, strlen(in->token));
    free(in->token);
    free(in);
}

static void set_ceiling(struct local_ingress *in)
{
    struct rlimit files;

    in->most = in->o.conns ? in->o.conns : LOCAL_CONNS_MAX;
    if (!in->o.conns && getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < 2 * LOCAL_CONNS_MAX + OTHER_FILES)
        in->most = files.rlim_cur > 2 * OTHER_FILES ? (int)(files.rlim_cur - OTHER_FILES) / 2 : OTHER_FILES / 2;
    in->shared = in->most / 2;
}

int local_ingress_open(const struct local_ingress_opt *o, struct local_ingress **out, struct cr_error *err)
{
    struct local_ingress *in = cr_calloc(1, sizeof(*in));
    int code;

    in->o = *o;
    in->token = cr_strdup(o->token);
    in->routes = local_routes_new();
    pthread_mutex_init(&in->lock, NULL);
    pthread_cond_init(&in->todo_changed, NULL);
    set_ceiling(in);
    in->listen = -1;
    in->epoll = epoll_create1(EPOLL_CLOEXEC);
    in->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (bind_port(in, err) < 0) {
        release(in);
        return -1;
    }
    code = watch(in, in->listen, &in->listen_end) < 0 || watch(in, in->event, &in->event_end) < 0 ? errno : 0;
    code = code ? code : pthread_create(&in->loop, NULL, loop_main, in);
    if (code) {
        release(in);
        return cr_fail(err, CR_E_IO, "cannot run the ingress: %s", strerror(code));
    }
    for (int i = 0; i < LOCAL_WORKERS; i++)
        cr_oom_check(pthread_create(&in->worker[i], NULL, local_queue_worker, in) == 0 ? in : NULL);
    *out = in;
    return 0;
}

int local_ingress_port(const struct local_ingress *in)
{
    return in->port;
}

int local_ingress_route(struct local_ingress *in, const char *service, bool open, const struct local_target *target,
                        size_t count, struct cr_error *err)
{
    return local_routes_set(in->routes, service, open, target, count, err);
}

void local_ingress_forget(struct local_ingress *in, const char *service)
{
    local_routes_forget(in->routes, service);
}

void local_ingress_close(struct local_ingress *in)
{
    if (!in)
        return;
    pthread_mutex_lock(&in->lock);
    in->closing = true;
    pthread_cond_broadcast(&in->todo_changed);
    (void)!write(in->event, &(uint64_t){1}, sizeof(uint64_t));
    pthread_mutex_unlock(&in->lock);
    pthread_join(in->loop, NULL);
    for (struct local_queue *q = in->queues; q; q = q->next)
        if (q->starting) /* or its worker would wait for a startup probe that nobody needs any more */
            local_instances_stop(in->o.instances, q->revision);
    for (int i = 0; i < LOCAL_WORKERS; i++)
        pthread_join(in->worker[i], NULL);
    release(in);
}
