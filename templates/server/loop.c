#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "mem.h"
#include "service.h"

/* How long nothing is accepted after the system refused: without a pause the loop would spin, since the connection that
 * waits keeps the socket readable. */
#define PAUSE_US 100000

struct loop {
    struct MHD_Daemon *daemon;
    struct loop_owner owner;
    pthread_t thread;
    int listening, wake, epoll; /* listening: -1 once closed */
    _Atomic bool draining, stopping;
    struct loop_node *_Atomic resumed;
    bool refused;      /* said so in the log */
    int64_t accept_us; /* not before */
};

/* Of one connection; -1: none waits, or none can be had now. */
static int accept_one(struct loop *l)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof(peer);
    int fd = accept4(l->listening, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0) {
        l->refused = false;
        MHD_add_connection(l->daemon, fd, (struct sockaddr *)&peer, size); /* closes it when it fails */
        return 0;
    }
    if (errno == EINTR || errno == ECONNABORTED)
        return 0;
    if (errno != EAGAIN) {
        if (!l->refused)
            log_event("ERROR", "no connection can be accepted: %s", strerror(errno));
        l->refused = true;
        l->accept_us = service_now_us() + PAUSE_US;
    }
    return -1;
}

static void accept_all(struct loop *l)
{
    size_t room = l->owner.room(l->owner.cls);

    while (room-- > 0 && accept_one(l) == 0)
        continue;
}

/* Milliseconds until the earlier of libmicrohttpd's time and ours; -1: neither has one. */
static int wait_ms(const struct loop *l, int64_t next_us, int64_t now_us)
{
    MHD_UNSIGNED_LONG_LONG theirs;
    int64_t ms = -1, own = next_us > now_us ? (next_us - now_us + 999) / 1000 : 0;

    if (MHD_get_timeout(l->daemon, &theirs) == MHD_YES)
        ms = theirs < 3600000 ? (int64_t)theirs : 3600000;
    if (next_us && (ms < 0 || own < ms))
        ms = own < 3600000 ? own : 3600000;
    return (int)ms;
}

/* A connection that waits when there is no room for it stays in the kernel's queue. */
static bool accepting(const struct loop *l, int64_t now_us)
{
    return l->listening >= 0 && now_us >= l->accept_us && l->owner.room(l->owner.cls) > 0;
}

static void wait_for_events(struct loop *l, int64_t next_us)
{
    int64_t now_us = service_now_us();
    bool paused = l->listening >= 0 && now_us < l->accept_us;
    struct pollfd fds[] = {
        {l->wake, POLLIN, 0}, {l->epoll, POLLIN, 0}, {accepting(l, now_us) ? l->listening : -1, POLLIN, 0}};
    uint64_t count;

    if (paused && (!next_us || l->accept_us < next_us))
        next_us = l->accept_us;
    if (poll(fds, 3, wait_ms(l, next_us, now_us)) <= 0)
        return;
    if (fds[0].revents && read(l->wake, &count, sizeof(count)) < 0)
        return; /* woken for nothing */
    if (fds[2].revents)
        accept_all(l);
}

/* Once more where it has work at once, as it does after each reply: that saves looking for events in between. */
static void run(struct MHD_Daemon *daemon)
{
    MHD_UNSIGNED_LONG_LONG ms;

    MHD_run(daemon);
    if (MHD_get_timeout(daemon, &ms) == MHD_YES && ms == 0)
        MHD_run(daemon);
}

static void resume_all(struct loop *l)
{
    struct loop_node *node = atomic_exchange(&l->resumed, NULL);

    while (node) {
        struct loop_node *next = node->next;

        MHD_resume_connection(node->connection);
        node = next;
    }
}

static void close_listening(struct loop *l)
{
    accept_all(l);
    close(l->listening);
    l->listening = -1;
}

static void wake(struct loop *l)
{
    uint64_t one = 1;

    if (write(l->wake, &one, sizeof(one)) < 0)
        return; /* an eventfd refuses only when it would overflow: it is awake then */
}

static void *main_loop(void *arg)
{
    struct loop *l = arg;
    int64_t next_us = 0;

    while (!atomic_load(&l->stopping)) {
        wait_for_events(l, next_us);
        if (atomic_load(&l->draining) && l->listening >= 0)
            close_listening(l);
        resume_all(l);
        run(l->daemon);
        next_us = l->owner.tick(l->owner.cls, service_now_us());
    }
    return NULL;
}

int loop_start(struct MHD_Daemon *daemon, int listening, const struct loop_owner *owner, struct loop **out)
{
    struct loop *l = mem_zero(sizeof(*l));

    l->daemon = daemon;
    l->owner = *owner;
    l->listening = listening;
    l->epoll = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    *out = l; /* the thread's callers may need it at once */
    if (l->wake >= 0 && pthread_create(&l->thread, NULL, main_loop, l) == 0)
        return 0;
    if (l->wake >= 0)
        close(l->wake);
    free(l);
    *out = NULL;
    return -1;
}

void loop_resume(struct loop *l, struct loop_node *node)
{
    struct loop_node *before = atomic_load(&l->resumed);

    do {
        node->next = before;
    } while (!atomic_compare_exchange_weak(&l->resumed, &before, node));
    if (!before) /* the first of a round wakes for all; the node may be gone by now */
        wake(l);
}

void loop_drain(struct loop *l)
{
    atomic_store(&l->draining, true);
    wake(l);
}

void loop_stop(struct loop *l)
{
    atomic_store(&l->stopping, true);
    wake(l);
    pthread_join(l->thread, NULL);
    if (l->listening >= 0)
        close(l->listening);
    close(l->wake);
    free(l);
}
