/*
 * memory.h - how much memory this container may use.
 *
 * The smaller of the machine's memory and the control group's limit; at least 1 MiB.
 * Sources: cgroups(7); memory.max of cgroup v2, memory.limit_in_bytes of v1; sysconf(3).
 */
#ifndef SERVER_MEMORY_H
#define SERVER_MEMORY_H

#include <stdint.h>

int64_t memory_available(void); /* bytes */

/* The limit in the text of one of those files; 0: none ("max", or not a number). */
int64_t memory_limit(const char *text);

#endif
