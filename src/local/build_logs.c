/* Where a build's log is written. */
#include "local/build_run.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "local/object.h"

enum place { OBJECT, OBJECT_AND_ENTRIES, ENTRIES, NOWHERE };

static enum place place_of(const json_t *build)
{
    const char *mode = json_string_value(json_object_get(json_object_get(build, "options"), "logging"));

    if (!mode)
        return OBJECT_AND_ENTRIES;
    if (strcmp(mode, "CLOUD_LOGGING_ONLY") == 0 || strcmp(mode, "STACKDRIVER_ONLY") == 0)
        return ENTRIES;
    return strcmp(mode, "NONE") == 0 ? NOWHERE : strcmp(mode, "GCS_ONLY") == 0 ? OBJECT : OBJECT_AND_ENTRIES;
}

void local_build_log_place(const json_t *build, char **bucket, char **object)
{
    const char *where = json_string_value(json_object_get(build, "logsBucket"));
    const char *id = json_string_value(json_object_get(build, "id")), *slash;

    where = where && strncmp(where, "gs://", 5) == 0 ? where + 5 : where ? where : "";
    slash = strchr(where, '/');
    *bucket = slash ? cr_strndup(where, (size_t)(slash - where)) : cr_strdup(where);
    *object = slash && slash[1] ? cr_format("%s/log-%s.txt", slash + 1, id) : cr_format("log-%s.txt", id);
}

static char *entries_path(struct local *l, const json_t *build)
{
    return cr_format("%s/build-logs/%s.log", l->state, json_string_value(json_object_get(build, "id")));
}

int local_build_log_open(struct local *l, const json_t *build, int *fd, struct cr_error *err)
{
    CR_AUTO_FREE char *bucket = NULL, *object = NULL, *path = NULL, *dir = cr_format("%s/build-logs", l->state);
    enum place place = place_of(build);

    *fd = -1;
    if (place == NOWHERE)
        return 0;
    if (place != ENTRIES) {
        local_build_log_place(build, &bucket, &object);
        return local_object_log(l, bucket, object, fd, err);
    }
    if (cr_dir_make(dir, 0700, err) < 0)
        return -1;
    path = entries_path(l, build);
    *fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return *fd < 0 ? cr_fail(err, CR_E_IO, "cannot write '%s': %s", path, strerror(errno)) : 0;
}

void local_build_log_end(struct local *l, const json_t *build)
{
    CR_AUTO_FREE char *bucket = NULL, *object = NULL;

    if (place_of(build) == ENTRIES || place_of(build) == NOWHERE)
        return;
    local_build_log_place(build, &bucket, &object);
    local_object_log_end(l, bucket, object);
}

char *local_build_log_entries(struct local *l, const json_t *build)
{
    CR_AUTO_FREE char *bucket = NULL, *name = NULL;
    char *path = NULL;

    switch (place_of(build)) {
    case ENTRIES:
        return entries_path(l, build);
    case OBJECT_AND_ENTRIES:
        local_build_log_place(build, &bucket, &name);
        json_decref(local_object_find(l, bucket, name, &path));
        return path;
    case OBJECT:
    case NOWHERE:
        break;
    }
    return NULL;
}
