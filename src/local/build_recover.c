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
#include "local/object.h"

void local_build_log_place(const json_t *build, char **bucket, char **object)
{
    const char *where = json_string_value(json_object_get(build, "logsBucket"));
    const char *id = json_string_value(json_object_get(build, "id")), *slash;

    where = where && strncmp(where, "gs://", 5) == 0 ? where + 5 : where ? where : "";
    slash = strchr(where, '/');
    *bucket = slash ? cr_strndup(where, (size_t)(slash - where)) : cr_strdup(where);
    *object = slash && slash[1] ? cr_format("%s/log-%s.txt", slash + 1, id) : cr_format("log-%s.txt", id);
}

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
        CR_AUTO_FREE char *bucket = NULL, *object = NULL;

        if (rc < 0 || (strcmp(status, "QUEUED") != 0 && strcmp(status, "WORKING") != 0))
            continue;
        json_object_set_new(build, "status", json_string("INTERNAL_ERROR"));
        json_object_set_new(build, "statusDetail",
                            json_string("the platform ended in the middle of the build; submit it again"));
        cr_time_text(cr_wall_ms(), now);
        json_object_set_new(build, "finishTime", json_string(now));
        local_build_log_place(build, &bucket, &object);
        local_object_log_end(l, bucket, object);
        rc = local_store_put(l->store, LOCAL_BUILDS, key, build, err);
    }
    json_decref(all);
    end_orphans(work_dir);
    if (rc == 0)
        rc = cr_dir_make(data, 0700, err);
    return rc == 0 ? cr_dir_remove(work_dir, err) : rc;
}
