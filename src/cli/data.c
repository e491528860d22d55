#include "cli/data.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"

/* The directory `up` levels above this very program; new, or NULL. */
static char *above(int up)
{
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

    if (n <= 0)
        return NULL;
    exe[n] = '\0';
    for (; up >= 0; up--) {
        char *slash = strrchr(exe, '/');

        if (!slash || slash == exe)
            return NULL;
        *slash = '\0';
    }
    return cr_strdup(exe);
}

/* Does this very program stand in a build tree? Test programs stand a few directories below its root. */
static bool in_build_tree(void)
{
    for (int up = 0; up < 3; up++) {
        CR_AUTO_FREE char *dir = above(up), *mark = dir ? cr_format("%s/config.status", dir) : NULL;

        if (mark && access(mark, F_OK) == 0)
            return true;
    }
    return false;
}

/* What is set, the tree it was built from, share beside the bin it stands in, where it was configured to be. New. */
static char *data_dir(void)
{
    const char *set = getenv("CRDEPLOY_DATADIR");
    CR_AUTO_FREE char *prefix = above(1), *beside = NULL;

    if (set && *set)
        return cr_strdup(set);
    if (in_build_tree() && access(CR_SRCDIR "/templates", F_OK) == 0)
        return cr_strdup(CR_SRCDIR);
    beside = prefix ? cr_format("%s/share/crdeploy", prefix) : NULL;
    return beside && access(beside, F_OK) == 0 ? CR_STEAL(beside) : cr_strdup(CR_PKGDATADIR);
}

int cli_data_path(const char *name, char **path, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = data_dir(), *found = cr_path_join(dir, name);

    if (access(found, F_OK) < 0) {
        cr_fail(err, CR_E_IO, "'%s' is missing", found);
        return cr_hint(err, "install crdeploy again, or set CRDEPLOY_DATADIR to where its %s are", name);
    }
    *path = CR_STEAL(found);
    return 0;
}
