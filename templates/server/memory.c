#include "memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int64_t memory_limit(const char *text)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    return end == text || errno || value <= 0 ? 0 : value;
}

static int64_t group_limit(void)
{
    static const char *const files[] = {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    char line[64];

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        FILE *f = fopen(files[i], "re");
        int got = f && fgets(line, sizeof(line), f);

        if (f)
            fclose(f);
        if (got)
            return memory_limit(line);
    }
    return 0;
}

int64_t memory_available(void)
{
    int64_t limit = group_limit(), all = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
    int64_t least = limit && limit < all ? limit : all;

    return least > 1 << 20 ? least : 1 << 20;
}
