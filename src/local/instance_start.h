/*
 * instance_start.h - one container of a revision, from nothing to ready.
 *
 * Used by instances.c alone, which guards the struct with its lock; while the state is STARTING the starting thread
 * owns `c` and `pidfd`, and only `doomed` is written by others.
 */
#ifndef LOCAL_INSTANCE_START_H
#define LOCAL_INSTANCE_START_H

#include <stdatomic.h>

#include "local/cgroup_memory.h"
#include "local/revision.h"
#include "local/runtime.h"

enum local_instance_state {
    LOCAL_INSTANCE_NONE,
    LOCAL_INSTANCE_STARTING,
    LOCAL_INSTANCE_READY,
    LOCAL_INSTANCE_STOPPING
};

struct local_instance {
    struct local_instance *next;
    char *service, *name; /* full */
    struct local_revision rev;
    enum local_instance_state state;
    struct local_container c;
    int pidfd;          /* readable when the process ended; -1 where the kernel has none: the runtime is asked */
    atomic_bool doomed; /* somebody waits for it to stop */
    bool serving;       /* it gets traffic */
    int requests;
    unsigned serial; /* of its last start: tells one container of it from the next */
    int64_t used_ms;
    char *log_path;
    struct local_cgroup memory; /* where the runtime limits it */
    struct cr_error failed;     /* what the last start failed with */
};

/* Starts, and waits for the startup probe. On failure nothing is left running, and err has Cloud Run's words. */
int local_instance_start(struct local_runtime *rt, struct local_instance *i, unsigned serial,
                         struct cr_error *err) CR_CHECKED;
/* False also tells what its control group says at that moment, in `memory`. */
bool local_instance_alive(struct local_runtime *rt, struct local_instance *i);
/* How it ended, with the end for its memory told from that by another SIGKILL; into its log as well. */
void local_instance_end(struct local_runtime *rt, struct local_instance *i);

#endif
