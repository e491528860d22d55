#include "local/instances_set.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "local/revision_log.h"
#include "local/start_report.h"

#define IDLE_MS (15 * 60 * 1000)
#define GRACE_MS 10000
#define TICK_MS 500
#define RESTART_MS 1000

struct local_instance *local_instances_find(struct local_instances *set, const char *revision)
{
    for (struct local_instance *i = set->first; i; i = i->next)
        if (strcmp(i->name, revision) == 0)
            return i;
    return NULL;
}

static void change(struct local_instances *set, struct local_instance *i, enum local_instance_state to)
{
    i->state = to;
    i->used_ms = cr_now_ms();
    pthread_cond_broadcast(&set->changed);
    (void)!write(set->wake, &(uint64_t){1}, sizeof(uint64_t));
}

void local_instances_stop_within(struct local_instances *set, struct local_instance *i, const char *why,
                                 int64_t grace_ms)
{
    struct cr_error ignored = {0};

    change(set, i, LOCAL_INSTANCE_STOPPING);
    pthread_mutex_unlock(&set->lock);
    if (why)
        local_log_add(i->log_path, "%s", why);
    (void)set->o.rt->stop(set->o.rt, &i->c, grace_ms, &ignored);
    local_container_clear(&i->c);
    if (i->pidfd >= 0)
        close(i->pidfd);
    i->pidfd = -1;
    pthread_mutex_lock(&set->lock);
    change(set, i, LOCAL_INSTANCE_NONE);
}

/* Lock held; given up meanwhile. The instance was READY and its process is gone. */
static void bury_instance(struct local_instances *set, struct local_instance *i)
{
    change(set, i, LOCAL_INSTANCE_STOPPING);
    pthread_mutex_unlock(&set->lock);
    local_instance_end(set->o.rt, i);
    pthread_mutex_lock(&set->lock);
    local_instances_stop_within(set, i, NULL, set->o.grace_ms);
}

static struct local_instance *next_to_bury(struct local_instances *set)
{
    for (struct local_instance *i = set->first; i; i = i->next)
        if (i->state == LOCAL_INSTANCE_READY && !local_instance_alive(set->o.rt, i))
            return i;
    return NULL;
}

static struct local_instance *next_idle(struct local_instances *set)
{
    for (struct local_instance *i = set->first; i; i = i->next)
        if (i->state == LOCAL_INSTANCE_READY && !i->requests && !(i->serving && i->rev.min_instances) &&
            cr_now_ms() - i->used_ms >= set->o.idle_ms)
            return i;
    return NULL;
}

/* One that is to be kept running and does not; a moment after it ended, or one that ends at once would start all the
 * time. */
static struct local_instance *next_missing(struct local_instances *set)
{
    for (struct local_instance *i = set->first; i && !set->halted; i = i->next)
        if (i->state == LOCAL_INSTANCE_NONE && i->serving && i->rev.min_instances && !i->doomed && !i->failed.code &&
            cr_now_ms() - i->used_ms >= RESTART_MS)
            return i;
    return NULL;
}

/* Sleeps until a process ends, something changed, or a tick is over. */
static void watch(struct local_instances *set)
{
    struct pollfd p[64] = {{.fd = set->wake, .events = POLLIN}};
    nfds_t n = 1;
    uint64_t count;

    for (struct local_instance *i = set->first; i && n < CR_LEN(p); i = i->next)
        if (i->state == LOCAL_INSTANCE_READY && i->pidfd >= 0)
            p[n++] = (struct pollfd){.fd = i->pidfd, .events = POLLIN};
    pthread_mutex_unlock(&set->lock);
    poll(p, n, TICK_MS);
    if (p[0].revents)
        (void)!read(set->wake, &count, sizeof(count));
    pthread_mutex_lock(&set->lock);
}

/* Lock held; given up meanwhile. */
static int start_here(struct local_instances *set, struct local_instance *i, struct cr_error *err)
{
    unsigned serial = ++set->serial;
    struct cr_error said = {0};
    int rc;

    i->serial = serial;
    i->failed = (struct cr_error){0};
    change(set, i, LOCAL_INSTANCE_STARTING);
    pthread_mutex_unlock(&set->lock);
    rc = local_instance_start(set->o.rt, i, serial, &said);
    pthread_mutex_lock(&set->lock);
    change(set, i, rc == 0 ? LOCAL_INSTANCE_READY : LOCAL_INSTANCE_NONE);
    if (rc < 0)
        *err = i->failed = said;
    else
        local_instances_keep(set, i);
    return rc;
}

static void *watcher_main(void *arg)
{
    struct local_instances *set = arg;
    struct local_instance *i;
    struct cr_error told = {0}; /* in its log, and to the next request */

    pthread_mutex_lock(&set->lock);
    while (!set->closing) {
        while ((i = next_to_bury(set)))
            bury_instance(set, i);
        while ((i = next_idle(set)))
            local_instances_stop_within(set, i, "Stopping an idle instance.", set->o.grace_ms);
        if ((i = next_missing(set)))
            (void)!start_here(set, i, &told);
        watch(set);
    }
    pthread_mutex_unlock(&set->lock);
    return NULL;
}

int local_instances_open(const struct local_instances_opt *o, struct local_instances **out, struct cr_error *err)
{
    struct local_instances *set = cr_calloc(1, sizeof(*set));
    int code;

    set->o = *o;
    set->o.idle_ms = o->idle_ms ? o->idle_ms : IDLE_MS;
    set->o.grace_ms = o->grace_ms ? o->grace_ms : GRACE_MS;
    set->state_dir = cr_strdup(o->state_dir);
    set->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&set->lock, NULL);
    pthread_cond_init(&set->changed, NULL);
    code = set->wake < 0 ? errno : pthread_create(&set->watcher, NULL, watcher_main, set);
    if (code) {
        if (set->wake >= 0)
            close(set->wake);
        free(set->state_dir);
        free(set);
        return cr_fail(err, CR_E_IO, "cannot watch instances: %s", strerror(code));
    }
    *out = set;
    return 0;
}

int local_instances_add(struct local_instances *set, const char *service, const char *revision, const json_t *template,
                        struct cr_error *err)
{
    struct local_revision rev;
    struct local_instance *i;

    if (local_revision_read(&rev, service, revision, template, err) < 0)
        return cr_wrap(err, "revision '%s'", revision);
    pthread_mutex_lock(&set->lock);
    while ((i = local_instances_find(set, revision)) && i->state != LOCAL_INSTANCE_NONE &&
           i->state != LOCAL_INSTANCE_READY)
        pthread_cond_wait(&set->changed, &set->lock);
    if (i) {
        local_revision_clear(&i->rev);
    } else {
        i = cr_calloc(1, sizeof(*i));
        i->pidfd = -1;
        i->service = cr_strdup(service);
        i->name = cr_strdup(revision);
        i->log_path = local_log_path(set->state_dir, revision);
        i->next = set->first;
        set->first = i;
    }
    i->rev = rev;
    pthread_mutex_unlock(&set->lock);
    return 0;
}

/* Lock held. 1: look again. */
static int ensure_step(struct local_instances *set, const char *revision, int *port, bool *waited, struct cr_error *err)
{
    struct local_instance *i = local_instances_find(set, revision);

    if (!i)
        return cr_fail(err, CR_E_API, "Revision '%s' not found.", revision);
    if (set->halted || i->doomed)
        return cr_fail(err, CR_E_API, "Revision '%s' is being stopped.", i->rev.name);
    switch (i->state) {
    case LOCAL_INSTANCE_READY:
        if (!local_instance_alive(set->o.rt, i)) {
            bury_instance(set, i);
            return 1;
        }
        i->used_ms = cr_now_ms();
        *port = i->c.port;
        return 0;
    case LOCAL_INSTANCE_NONE:
        if (*waited && i->failed.code) { /* the start that this call waited for */
            *err = i->failed;
            return -1;
        }
        *waited = true;
        return start_here(set, i, err) < 0 ? -1 : 1;
    case LOCAL_INSTANCE_STARTING:
    case LOCAL_INSTANCE_STOPPING:
        break;
    }
    *waited = *waited || i->state == LOCAL_INSTANCE_STARTING;
    pthread_cond_wait(&set->changed, &set->lock);
    return 1;
}

void local_instances_serve(struct local_instances *set, const char *service, const char *const *revisions, size_t count)
{
    pthread_mutex_lock(&set->lock);
    for (struct local_instance *i = set->first; i; i = i->next) {
        if (strcmp(i->service, service) != 0)
            continue;
        i->serving = false;
        for (size_t k = 0; k < count; k++)
            i->serving = i->serving || strcmp(i->name, revisions[k]) == 0;
    }
    (void)!write(set->wake, &(uint64_t){1}, sizeof(uint64_t));
    pthread_mutex_unlock(&set->lock);
}

int local_instances_ensure(struct local_instances *set, const char *revision, int *port, bool *cold,
                           struct cr_error *err)
{
    bool waited = false;
    int rc;

    pthread_mutex_lock(&set->lock);
    do
        rc = ensure_step(set, revision, port, &waited, err);
    while (rc > 0);
    pthread_mutex_unlock(&set->lock);
    if (cold)
        *cold = waited;
    return rc;
}

int local_instances_port(struct local_instances *set, const char *revision)
{
    struct local_instance *i;
    int port = 0;

    pthread_mutex_lock(&set->lock);
    i = local_instances_find(set, revision);
    if (i && i->state == LOCAL_INSTANCE_READY && !i->doomed && local_instance_alive(set->o.rt, i))
        port = i->c.port;
    pthread_mutex_unlock(&set->lock);
    return port;
}

int local_instances_connect(struct local_instances *set, const char *revision)
{
    struct local_instance *i;
    int fd = -1;

    pthread_mutex_lock(&set->lock);
    i = local_instances_find(set, revision);
    errno = ECONNREFUSED;
    if (i && i->state == LOCAL_INSTANCE_READY)
        fd = local_container_connect(&i->c);
    pthread_mutex_unlock(&set->lock);
    return fd;
}

void local_instances_use(struct local_instances *set, const char *revision, int delta)
{
    struct local_instance *i;

    pthread_mutex_lock(&set->lock);
    i = local_instances_find(set, revision);
    if (i) {
        i->requests += delta;
        i->used_ms = cr_now_ms();
    }
    pthread_mutex_unlock(&set->lock);
}

/* Lock held; given up meanwhile. A start that goes on is called off first. */
static void settle(struct local_instances *set, const char *revision)
{
    struct local_instance *i;

    while ((i = local_instances_find(set, revision)) && i->state != LOCAL_INSTANCE_NONE) {
        i->doomed = true;
        if (i->state == LOCAL_INSTANCE_READY)
            local_instances_stop_within(set, i, "Stopping the instance.", set->o.grace_ms);
        else
            pthread_cond_wait(&set->changed, &set->lock);
    }
}

void local_instances_stop(struct local_instances *set, const char *revision)
{
    struct local_instance *i;

    pthread_mutex_lock(&set->lock);
    settle(set, revision);
    if ((i = local_instances_find(set, revision)))
        i->doomed = false;
    pthread_mutex_unlock(&set->lock);
}

static void forget(struct local_instances *set, struct local_instance *gone)
{
    struct local_instance **at = &set->first;

    while (*at && *at != gone)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = gone->next;
    local_revision_clear(&gone->rev);
    free(gone->service);
    free(gone->name);
    free(gone->log_path);
    free(gone);
}

void local_instances_remove(struct local_instances *set, const char *service, const char *revision)
{
    struct local_instance *i;

    pthread_mutex_lock(&set->lock);
    for (;;) {
        CR_AUTO_FREE char *name = NULL;

        for (i = set->first; i; i = i->next)
            if (strcmp(i->service, service) == 0 && (!revision || strcmp(i->name, revision) == 0))
                break;
        if (!i)
            break;
        name = cr_strdup(i->name);
        settle(set, name);
        if ((i = local_instances_find(set, name)))
            forget(set, i);
    }
    pthread_cond_broadcast(&set->changed);
    pthread_mutex_unlock(&set->lock);
}

json_t *local_instances_list(struct local_instances *set)
{
    json_t *list = json_array();

    pthread_mutex_lock(&set->lock);
    for (struct local_instance *i = set->first; i; i = i->next) {
        bool on = i->state == LOCAL_INSTANCE_READY;

        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:b, s:i, s:b, s:i, s:s, s:i}", "name", i->name, "service",
                                        i->rev.service, "revision", i->rev.name, "running", on, "port",
                                        on ? i->c.port : 0, "published", on && !i->c.net, "pid", on ? (int)i->c.pid : 0,
                                        "id", on ? i->c.id : "", "requests", i->requests));
    }
    pthread_mutex_unlock(&set->lock);
    return list;
}

void local_instances_halt(struct local_instances *set)
{
    pthread_mutex_lock(&set->lock);
    set->halted = true;
    for (struct local_instance *i = set->first; i; i = i->next)
        i->doomed = true;
    pthread_cond_broadcast(&set->changed);
    pthread_mutex_unlock(&set->lock);
}

void local_instances_close(struct local_instances *set)
{
    if (!set)
        return;
    local_instances_halt(set);
    cr_interrupt_clear(); /* or the commands that stop containers would be cut short by the very signal that ends us */
    pthread_mutex_lock(&set->lock);
    set->closing = true;
    (void)!write(set->wake, &(uint64_t){1}, sizeof(uint64_t));
    pthread_mutex_unlock(&set->lock);
    pthread_join(set->watcher, NULL);
    while (set->first) {
        CR_AUTO_FREE char *service = cr_strdup(set->first->service);

        local_instances_remove(set, service, NULL);
    }
    pthread_mutex_lock(&set->lock);
    while (set->keepers)
        pthread_cond_wait(&set->changed, &set->lock);
    pthread_mutex_unlock(&set->lock);
    close(set->wake);
    pthread_cond_destroy(&set->changed);
    pthread_mutex_destroy(&set->lock);
    free(set->state_dir);
    free(set);
}
