/* Liveness: a thread for each container that has a probe, as long as it is ready. */
#include <pthread.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "local/instances_set.h"
#include "local/netns.h"
#include "local/start_report.h"

struct keeper {
    struct local_instances *set;
    char *revision;
    unsigned serial;
    struct local_probe probe;
    struct local_container c;
};

static struct local_instance *kept(const struct keeper *k)
{
    struct local_instance *i = local_instances_find(k->set, k->revision);

    return i && i->state == LOCAL_INSTANCE_READY && i->serial == k->serial ? i : NULL;
}

/* Lock held; given up meanwhile. Until then, or something changes. */
static void sleep_until(struct local_instances *set, int64_t when_ms)
{
    int64_t wall = cr_wall_ms() + when_ms - cr_now_ms();
    struct timespec end = {.tv_sec = wall / 1000, .tv_nsec = wall % 1000 * 1000000};

    pthread_cond_timedwait(&set->changed, &set->lock, &end);
}

static void *keeper_main(void *arg)
{
    struct keeper *k = arg;
    struct local_instances *set = k->set;
    int64_t next = cr_now_ms() + k->probe.delay_ms;
    struct local_instance *i;
    int failures = 0;

    pthread_mutex_lock(&set->lock);
    while ((i = kept(k)) && failures < k->probe.failures) {
        if (cr_now_ms() < next) {
            sleep_until(set, next);
            continue;
        }
        next = cr_now_ms() + k->probe.period_ms;
        pthread_mutex_unlock(&set->lock);
        failures = local_probe_once(&k->probe, &k->c) == LOCAL_PROBE_FINE ? 0 : failures + 1;
        pthread_mutex_lock(&set->lock);
    }
    if (i) {
        CR_AUTO_FREE char *why = local_report_liveness(&i->rev, failures);

        local_instances_stop_within(set, i, why, 0);
    }
    set->keepers--;
    pthread_cond_broadcast(&set->changed);
    pthread_mutex_unlock(&set->lock);
    local_container_clear(&k->c);
    free(k->probe.path);
    free(k->revision);
    free(k);
    return NULL;
}

void local_instances_keep(struct local_instances *set, const struct local_instance *i)
{
    struct keeper *k;
    pthread_t thread;

    if (!i->rev.liveness.given)
        return;
    k = cr_malloc(sizeof(*k));
    *k = (struct keeper){set, cr_strdup(i->name), i->serial, i->rev.liveness, i->c};
    (void)local_netns_hold(k->c.net);
    k->probe.path = cr_strdup(i->rev.liveness.path);
    set->keepers++;
    cr_oom_check(pthread_create(&thread, NULL, keeper_main, k) == 0 ? k : NULL);
    pthread_detach(thread);
}
