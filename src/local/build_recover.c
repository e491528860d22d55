/* What an earlier daemon left behind when it was killed in the middle of a build. */
#include "local/build_run.h"

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"

static void end_orphans(const char *work_dir)
{
    DIR *d = opendir(work_dir);
    struct dirent *e;

    while (d && (e = readdir(d))) {
        CR_AUTO_FREE char *path = cr_format("%s/%s", work_dir, e->d_name), *text = NULL;
        const char *dot = strrchr(e->d_name, '.');
        struct cr_error ignored = {0};
        int64_t started;
        int group;

        if (dot && strcmp(dot, ".group") == 0 && cr_file_read(path, 256, &text, NULL, &ignored) == 0 &&
            sscanf(text, "%d %" SCNd64, &group, &started) == 2 && group > 1 && cr_proc_start_time(group) == started)
            kill(-group, SIGKILL);
    }
    if (d)
        closedir(d);
}

int local_builds_recover(struct local *l, struct cr_error *err)
{
    CR_AUTO_FREE char *work_dir = cr_format("%s/work", l->state), *data = cr_format("%s/data", l->state);
    json_t *all = local_store_list(l->store, LOCAL_BUILDS, ""), *build;
    const char *key;
    char now[32];
    int rc = 0;

    json_object_foreach(all, key, build)
    {
        const char *status = json_string_value(json_object_get(build, "status"));

        if (rc < 0 || (strcmp(status, "QUEUED") != 0 && strcmp(status, "WORKING") != 0))
            continue;
        json_object_set_new(build, "status", json_string("INTERNAL_ERROR"));
        json_object_set_new(build, "statusDetail",
                            json_string("the platform ended in the middle of the build; submit it again"));
        cr_time_text(cr_wall_ms(), now);
        json_object_set_new(build, "finishTime", json_string(now));
        local_build_log_end(l, build);
        rc = local_store_put(l->store, LOCAL_BUILDS, key, build, err);
    }
    json_decref(all);
    end_orphans(work_dir);
    if (rc == 0)
        rc = cr_dir_make(data, 0700, err);
    return rc == 0 ? cr_dir_remove(work_dir, err) : rc;
}
