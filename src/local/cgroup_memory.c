#include "local/cgroup_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"

/* A line of /proc/PID/cgroup: "4:memory:/path" for the first version, "0::/path" for the second. */
static bool read_line(char *line, struct local_cgroup *g)
{
    char *names = strchr(line, ':'), *path = names ? strchr(names + 1, ':') : NULL;
    const char *root;

    if (!path)
        return false;
    *path++ = '\0';
    path[strcspn(path, "\n")] = '\0';
    names++;
    root = strcmp(names, "memory") == 0 ? "/sys/fs/cgroup/memory" : !*names ? "/sys/fs/cgroup" : NULL;
    if (!root || strcmp(path, "/") == 0 ||
        snprintf(g->dir, sizeof(g->dir), "%s%s", root, path) >= (int)sizeof(g->dir)) {
        *g->dir = '\0';
        return false;
    }
    return strcmp(names, "memory") == 0; /* where both are, this one counts */
}

void local_cgroup_find(pid_t pid, struct local_cgroup *g)
{
    CR_AUTO_FREE char *path = cr_format("/proc/%d/cgroup", (int)pid), *line = NULL;
    CR_AUTO_FILE FILE *file = fopen(path, "re");
    size_t cap = 0;

    *g = (struct local_cgroup){.peak = 0};
    while (file && getline(&line, &cap, file) > 0)
        if (read_line(line, g))
            break;
}

/* The number behind `word`, or (NULL) the first one of a file of the group. */
static bool read_number(const struct local_cgroup *g, const char *name, const char *word, int64_t *number)
{
    CR_AUTO_FREE char *path = cr_format("%s/%s", g->dir, name), *text = NULL;
    struct cr_error ignored = {0};
    const char *at;

    if (cr_file_read(path, 65536, &text, NULL, &ignored) < 0 || !*text)
        return false;
    at = word ? strstr(text, word) : text;
    if (!at)
        return false;
    *number = strtoll(at + (word ? strlen(word) : 0), NULL, 10);
    return true;
}

bool local_cgroup_read(struct local_cgroup *g)
{
    static const char *const peaks[] = {"memory.max_usage_in_bytes", "memory.peak", "memory.current"};
    static const char *const kills[] = {"memory.oom_control", "memory.events"};
    int64_t n;
    bool there = false;

    for (size_t i = 0; *g->dir && i < CR_LEN(peaks); i++)
        if (read_number(g, peaks[i], NULL, &n)) {
            g->peak = n > g->peak ? n : g->peak;
            there = true;
            break;
        }
    for (size_t i = 0; *g->dir && i < CR_LEN(kills); i++)
        if (read_number(g, kills[i], "oom_kill ", &n))
            g->killed = g->killed || n > 0;
    return there;
}
