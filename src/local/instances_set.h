/*
 * instances_set.h - what instances.c and instances_liveness.c share: the set of instances, and its lock.
 */
#ifndef LOCAL_INSTANCES_SET_H
#define LOCAL_INSTANCES_SET_H

#include <pthread.h>

#include "local/instance_start.h"
#include "local/instances.h"

struct local_instances {
    struct local_instances_opt o;
    char *state_dir;
    pthread_mutex_t lock; /* guards everything below, and every instance but while its state is STARTING or STOPPING */
    pthread_cond_t changed;
    struct local_instance *first;
    unsigned serial; /* makes the names of containers unique */
    bool halted, closing;
    int keepers; /* threads that ask liveness probes */
    int wake;    /* eventfd: the list of what to watch changed */
    pthread_t watcher;
};

/* All of these with the lock held. */
struct local_instance *local_instances_find(struct local_instances *set, const char *revision); /* NULL: unknown */
/* Stops a READY instance; the lock is given up meanwhile. why: for its log, or NULL. */
void local_instances_stop_within(struct local_instances *set, struct local_instance *i, const char *why,
                                 int64_t grace_ms);
/* Begins to send a READY instance its liveness probes, where it has any. */
void local_instances_keep(struct local_instances *set, const struct local_instance *i);

#endif
