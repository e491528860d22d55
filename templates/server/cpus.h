/*
 * cpus.h - how many CPUs this container may use.
 *
 * The smaller of the processors it may be scheduled on and its control group's CPU quota, a part counted as a whole; at
 * least 1. So an image need not know with how many CPUs it will be deployed.
 * Sources: cgroups(7); cpu.max of cgroup v2, cpu.cfs_quota_us and cpu.cfs_period_us of v1.
 */
#ifndef CPUS_H
#define CPUS_H

#include <stdint.h>

int64_t cpus_available(void);

/* The quota that two texts state: v2 "MAX PERIOD" in `quota` with `period` NULL, or v1's two files. 0: none. */
int64_t cpus_quota(const char *quota, const char *period);

#endif
