#include "cpus.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

int64_t cpus_quota(const char *quota, const char *period)
{
    char *end;
    long long most = strtoll(quota, &end, 10), each = strtoll(period ? period : end, NULL, 10);

    /* "max" and -1 say that there is none */
    return end == quota || most <= 0 || each <= 0 ? 0 : (most + each - 1) / each;
}

/* The first line of a file, or 0. */
static int read_line(const char *path, char *line, int size)
{
    FILE *f = fopen(path, "re");
    int got = f && fgets(line, size, f);

    if (f)
        fclose(f);
    return got;
}

static int64_t quota(void)
{
    char max[64], period[64];

    if (read_line("/sys/fs/cgroup/cpu.max", max, sizeof(max)))
        return cpus_quota(max, NULL);
    if (read_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", max, sizeof(max)) &&
        read_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us", period, sizeof(period)))
        return cpus_quota(max, period);
    return 0;
}

int64_t cpus_available(void)
{
    cpu_set_t set;
    int64_t limit = quota(), n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

    return limit && limit < n ? limit : n;
}
