#include "cli/data.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"

/* Does this very program stand in a build tree? Test programs stand a few directories below its root. */
static bool in_build_tree(void)
{
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

    if (n <= 0)
        return false;
    exe[n] = '\0';
    for (int up = 0; up < 3; up++) {
        CR_AUTO_FREE char *mark = NULL;
        char *slash = strrchr(exe, '/');

        if (!slash || slash == exe)
            return false;
        *slash = '\0';
        mark = cr_format("%s/config.status", exe);
        if (access(mark, F_OK) == 0)
            return true;
    }
    return false;
}

static const char *data_dir(void)
{
    const char *set = getenv("CRDEPLOY_DATADIR");

    if (set && *set)
        return set;
    return in_build_tree() && access(CR_SRCDIR "/templates", F_OK) == 0 ? CR_SRCDIR : CR_PKGDATADIR;
}

int cli_data_path(const char *name, char **path, struct cr_error *err)
{
    CR_AUTO_FREE char *found = cr_path_join(data_dir(), name);

    if (access(found, F_OK) < 0) {
        cr_fail(err, CR_E_IO, "'%s' is missing", found);
        return cr_hint(err, "install crdeploy again, or set CRDEPLOY_DATADIR to where its %s are", name);
    }
    *path = CR_STEAL(found);
    return 0;
}
