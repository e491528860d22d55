/*
 * cgroup_memory.h - how much memory a container took, and whether the kernel ended it for that, from its control group.
 *
 * Engines tell the second only where they notice it in time, and forget the first. The group is gone a moment after the
 * container's end, so it is read while the container runs and at once when it has ended.
 *
 * Units: bytes. Errors: none; what cannot be read is not known.
 * Source: the kernel's admin-guide/cgroup-v1/memory and admin-guide/cgroup-v2.
 */
#ifndef LOCAL_CGROUP_MEMORY_H
#define LOCAL_CGROUP_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct local_cgroup {
    char dir[256]; /* "": not found */
    int64_t peak;  /* bytes at most, as last read */
    bool killed;   /* the kernel ended a process of it for its memory */
};

/* Of a process that still runs. */
void local_cgroup_find(pid_t pid, struct local_cgroup *g);
/* Reads both again; false when the group is gone. */
bool local_cgroup_read(struct local_cgroup *g);

#endif
