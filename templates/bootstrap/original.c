#include "original.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "graph.h"
#include "lock.h"

static bool leads_out(const char *name)
{
    const char *up = name;

    while ((up = strstr(up, "..")) != NULL) {
        if ((up == name || up[-1] == '/') && (!up[2] || up[2] == '/'))
            return true;
        up += 2;
    }
    return name[0] == '/';
}

/* The directory a path is in, with its slash; empty for a name alone. */
static int parent_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (int)(slash - path + 1) : 0;
}

static int take(const char *from, const char *dir, const char *as, json_t *digests, struct error *err)
{
    char to[8192], parent[8192];

    snprintf(to, sizeof(to), "%s/%s", dir, as);
    snprintf(parent, sizeof(parent), "%.*s", parent_length(to) - 1, to);
    if (access(to, F_OK) == 0)
        return error_set(err, 500, "the file '%s' of the weights has the name of another file", as);
    if (files_mkdir(parent, err) < 0 || files_copy(from, to, err) < 0)
        return -1;
    return file_record(digests, dir, as, err);
}

int original_take(const char *from, const struct onnx_facts *facts, const char *dir, json_t *digests, struct error *err)
{
    static const char *const prepared[] = {GRAPH_FILE, GRAPH_WEIGHTS};
    char path[8192];

    for (size_t i = 0; i < sizeof(prepared) / sizeof(prepared[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, prepared[i]);
        unlink(path);
        json_object_del(digests, prepared[i]);
    }
    if (take(from, dir, GRAPH_FILE, digests, err) < 0)
        return -1;
    for (size_t i = 0; i < facts->n_files; i++) {
        if (leads_out(facts->files[i]))
            return error_set(err, 500, "the file '%s' of the weights is not beside the graph", facts->files[i]);
        snprintf(path, sizeof(path), "%.*s%s", parent_length(from), from, facts->files[i]);
        if (take(path, dir, facts->files[i], digests, err) < 0)
            return -1;
    }
    return 0;
}
