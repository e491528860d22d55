#include "local/build_run.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"
#include "local/build_step.h"
#include "local/object.h"
#include "local/schema.h"
#include "local/unpack.h"

#define SOURCE_MAX ((int64_t)64 << 30) /* unpacked */

struct local_build_run {
    struct local *l;
    char *key, *fail;
    json_t *build;
    _Atomic pid_t group; /* of the child that works for it, or 0 */
    _Atomic bool stop;   /* cancelled, late, or the daemon ends */
    _Atomic bool late;
    bool ended;
    int64_t deadline; /* monotonic */
    int64_t stopped_at;
    int log;
    char *dir; /* the workspace */
    struct local_build_run *next;
};

static void set_now(json_t *doc, const char *key)
{
    char now[32];

    cr_time_text(cr_wall_ms(), now);
    json_object_set_new(doc, key, json_string(now));
}

static void save(struct local_build_run *r)
{
    struct cr_error ignored = {0}; /* a full disk shows in the build's own steps */

    (void)!local_store_put(r->l->store, LOCAL_BUILDS, r->key, r->build, &ignored);
}

static void say(struct local_build_run *r, const char *fmt, ...) CR_PRINTF(2, 3);
static void say(struct local_build_run *r, const char *fmt, ...)
{
    va_list ap;

    if (r->log < 0)
        return;
    va_start(ap, fmt);
    vdprintf(r->log, fmt, ap);
    va_end(ap);
}

/* A file tells the daemon that follows a killed one which processes still work for a build nobody waits for. */
static void note_group(struct local_build_run *r, pid_t group)
{
    CR_AUTO_FREE char *path = cr_format("%s.group", r->dir), *text = NULL;
    struct cr_error ignored = {0};

    text = cr_format("%d %" PRId64 "\n", (int)group, cr_proc_start_time(group));
    if (group > 0)
        (void)!cr_file_write(path, text, strlen(text), 0600, &ignored);
    else
        unlink(path);
}

/* Ends the step's processes when it must not go on: SIGTERM, and SIGKILL a second later. A step may start several
 * children one after another, so this looks again until the build has ended. */
static void *watch(void *arg)
{
    struct local_build_run *r = arg;
    bool ended = false;
    pid_t noted = 0;

    while (!ended) {
        pid_t group = r->group;

        if (group != noted) {
            noted = group;
            note_group(r, group);
        }

        if (!r->stop && cr_now_ms() > r->deadline)
            r->stop = r->late = true;
        if (r->stop && !r->stopped_at)
            r->stopped_at = cr_now_ms();
        if (r->stop && group > 0)
            kill(-group, cr_now_ms() - r->stopped_at < 1000 ? SIGTERM : SIGKILL);
        poll(NULL, 0, 50);
        pthread_mutex_lock(&r->l->lock);
        ended = r->ended;
        pthread_mutex_unlock(&r->l->lock);
    }
    note_group(r, 0);
    return NULL;
}

static int fail_with(struct local_build_run *r, const char *type, const struct cr_error *err)
{
    json_t *detail = json_sprintf("%s%s%s", err->msg, *err->hint ? ": " : "", err->hint);

    json_object_set_new(r->build, "failureInfo", json_pack("{s:s, s:O}", "type", type, "detail", detail));
    json_object_set_new(r->build, "statusDetail", detail);
    if (!r->stop) /* else the step failed because it was ended, which conclude says */
        say(r, "ERROR: %s\n%s%s", err->msg, err->hint, *err->hint ? "\n" : "");
    return -1;
}

static int fetch(struct local_build_run *r, struct cr_error *err)
{
    const json_t *source = json_object_get(json_object_get(r->build, "source"), "storageSource");
    const char *bucket = json_string_value(json_object_get(source, "bucket"));
    const char *name = json_string_value(json_object_get(source, "object"));
    const char *want = json_string_value(json_object_get(source, "generation")), *has;
    CR_AUTO_FREE char *path = NULL, *link_name = NULL;
    json_t *object = bucket && name ? local_object_find(r->l, bucket, name, &path) : NULL;
    bool same;

    if (!source)
        return 0;
    has = json_string_value(json_object_get(object, "generation"));
    same = has && (!want || strcmp(want, "0") == 0 || strcmp(want, has) == 0);
    json_decref(object);
    if (!same)
        return cr_fail(err, CR_E_API,
                       "error fetching storage source: generic::not_found: object gs://%s/%s%s%s does not exist",
                       bucket ? bucket : "", name ? name : "", want ? "#" : "", want ? want : "");
    say(r, "FETCHSOURCE\nFetching storage object: gs://%s/%s#%s\n", bucket, name, want ? want : "");
    /* The object may be replaced while it is read; a link of its own keeps the bytes. */
    link_name = cr_format("%s.source", r->dir);
    unlink(link_name);
    if (link(path, link_name) < 0)
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", path, strerror(errno));
    if (local_unpack(link_name, r->dir, SOURCE_MAX, err) < 0) {
        unlink(link_name);
        return cr_wrap(err, "error fetching storage source");
    }
    unlink(link_name);
    return 0;
}

static int substitute_list(const json_t *list, const json_t *values, struct cr_error *err)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        CR_AUTO_FREE char *text = NULL;

        if (local_substitute(json_string_value(json_array_get(list, i)), values, &text, err) < 0)
            return -1;
        json_array_set_new((json_t *)list, i, json_string(text));
    }
    return 0;
}

static int run_step(struct local_build_run *r, size_t n, const json_t *step, struct cr_error *err)
{
    struct local_step s = {0};
    char digest[LOCAL_DIGEST];
    CR_AUTO_FREE char *dir = NULL;
    int rc = 0;

    if (local_step_read(step, &s, err) < 0)
        return -1;
    say(r, "Step #%zu: Already have image: %s\n", n, json_string_value(json_object_get(step, "name")));
    if (s.kind == LOCAL_STEP_BUILD) {
        dir = cr_format("%s/%s", r->dir, s.dir ? s.dir : ".");
        rc = r->l->rt->build(r->l->rt,
                             &(struct local_build){.dir = dir,
                                                   .dockerfile = s.dockerfile,
                                                   .tags = (const char *const *)s.tags,
                                                   .build_args = (const char *const *)s.build_args,
                                                   .target = s.target,
                                                   .no_cache = s.no_cache},
                             r->log, &r->group, digest, err);
    } else if (s.kind == LOCAL_STEP_TAG) {
        rc = r->l->rt->tag(r->l->rt, s.tags[0], s.tags[1], err);
    }
    local_step_clear(&s);
    return rc;
}

static int run_steps(struct local_build_run *r, struct cr_error *err)
{
    json_t *steps = json_object_get(r->build, "steps"), *step;
    size_t i;

    json_array_foreach(steps, i, step)
    {
        int rc = r->stop ? -1 : run_step(r, i, step, err);

        json_object_set_new(step, "status", json_string(rc == 0 ? "SUCCESS" : r->stop ? "CANCELLED" : "FAILURE"));
        if (rc < 0 && r->stop)
            return -1;
        if (rc < 0)
            return cr_wrap(err, "build step %zu \"%s\" failed", i, json_string_value(json_object_get(step, "name")));
    }
    return 0;
}

/* An image's name and digest, for the registry's API and for deploying by tag. */
static int name_image(struct local_build_run *r, const char *image, json_t *results, struct cr_error *err)
{
    char digest[LOCAL_DIGEST], now[32];
    json_t *record;
    int rc;

    if (r->l->rt->resolve(r->l->rt, image, digest, err) < 0)
        return -1;
    cr_time_text(cr_wall_ms(), now);
    record = json_pack("{s:s, s:s, s:s}", "name", image, "digest", digest, "uploadTime", now);
    rc = local_store_put(r->l->store, LOCAL_IMAGES, image, record, err);
    json_decref(record);
    json_array_append_new(results, json_pack("{s:s, s:s, s:{s:s, s:s}}", "name", image, "digest", digest, "pushTiming",
                                             "startTime", now, "endTime", now));
    say(r, "Pushing %s\n%s: digest: %s\n", image, image, digest);
    return rc;
}

static int name_images(struct local_build_run *r, struct cr_error *err)
{
    json_t *results = json_array(), *image;
    size_t i;
    int rc = 0;

    if (json_array_size(json_object_get(r->build, "images")))
        say(r, "PUSH\n");
    json_array_foreach(json_object_get(r->build, "images"), i, image) if (rc == 0) rc =
        name_image(r, json_string_value(image), results, err);
    json_object_set_new(r->build, "results", json_pack("{s:o}", "images", results));
    return rc;
}

static int substitute(struct local_build_run *r, struct cr_error *err)
{
    const json_t *values = json_object_get(r->build, "substitutions");
    json_t *step;
    size_t i;

    json_array_foreach(json_object_get(r->build, "steps"), i,
                       step) if (substitute_list(json_object_get(step, "args"), values, err) < 0) return -1;
    return substitute_list(json_object_get(r->build, "images"), values, err);
}

static int work(struct local_build_run *r)
{
    struct cr_error err = {0};

    say(r, "starting build \"%s\"\n\n", json_string_value(json_object_get(r->build, "id")));
    if (r->fail) {
        cr_fail(&err, CR_E_BUILD, "%s", r->fail);
        return fail_with(r, "USER_BUILD_STEP", &err);
    }
    if (cr_dir_make(r->dir, 0700, &err) < 0 || fetch(r, &err) < 0)
        return fail_with(r, "FETCH_SOURCE_FAILED", &err);
    if (local_containers(r->l, &err) < 0 || substitute(r, &err) < 0)
        return fail_with(r, "USER_BUILD_STEP", &err);
    say(r, "BUILD\n");
    if (run_steps(r, &err) < 0)
        return fail_with(r, "USER_BUILD_STEP", &err);
    if (name_images(r, &err) < 0)
        return fail_with(r, "PUSH_IMAGE_NOT_FOUND", &err);
    say(r, "DONE\n");
    return 0;
}

static void conclude(struct local_build_run *r, int rc)
{
    const char *status = rc == 0 ? "SUCCESS" : "FAILURE";

    if (rc < 0 && r->stop) {
        status = r->late ? "TIMEOUT" : local_stopping(r->l) ? "INTERNAL_ERROR" : "CANCELLED";
        json_object_del(r->build, "failureInfo");
        json_object_set_new(r->build, "statusDetail",
                            json_string(r->late                ? "build timed out"
                                        : local_stopping(r->l) ? "the platform was stopped while the build ran"
                                                               : "cancelled by the user"));
        say(r, "%s\n", r->late ? "TIMEOUT" : "CANCELLED");
        say(r, "ERROR: context %s\n", r->late ? "deadline exceeded" : "canceled");
    }
    json_object_set_new(r->build, "status", json_string(status));
    set_now(r->build, "finishTime");
}

/* False when it was stopped while it waited. */
static bool take_slot(struct local_build_run *r)
{
    struct local *l = r->l;
    bool got;

    pthread_mutex_lock(&l->lock);
    while (l->building >= LOCAL_BUILDS_AT_ONCE && !r->stop) {
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&l->idle, &l->lock, &until);
    }
    got = !r->stop;
    l->building += got;
    pthread_mutex_unlock(&l->lock);
    return got;
}

static void forget(struct local_build_run *r)
{
    pthread_mutex_lock(&r->l->lock);
    for (struct local_build_run **p = &r->l->builds; *p; p = &(*p)->next)
        if (*p == r) {
            *p = r->next;
            break;
        }
    r->ended = true;
    pthread_mutex_unlock(&r->l->lock);
}

static void run_watched(struct local_build_run *r, const char *bucket, const char *object)
{
    struct cr_error err = {0};
    pthread_t watcher;
    bool watched;
    int rc;

    json_object_set_new(r->build, "status", json_string("WORKING"));
    set_now(r->build, "startTime");
    save(r);
    if (local_object_log(r->l, bucket, object, &r->log, &err) < 0)
        r->log = -1;
    r->deadline = cr_now_ms() + (int64_t)(local_duration(json_object_get(r->build, "timeout"), 3600) * 1000);
    watched = pthread_create(&watcher, NULL, watch, r) == 0;
    rc = work(r);
    conclude(r, rc);
    if (r->log >= 0)
        close(r->log);
    local_object_log_end(r->l, bucket, object);
    (void)!cr_dir_remove(r->dir, &err);
    save(r); /* last: a client that sees the end finds the log whole */
    forget(r);
    if (watched)
        pthread_join(watcher, NULL);
}

static void run(struct local *l, void *arg)
{
    struct local_build_run *r = arg;
    CR_AUTO_FREE char *bucket = NULL, *object = NULL;
    bool slot = take_slot(r);

    local_build_log_place(r->build, &bucket, &object);
    if (slot) {
        run_watched(r, bucket, object);
        pthread_mutex_lock(&l->lock);
        l->building--;
        pthread_mutex_unlock(&l->lock);
    } else {
        conclude(r, -1);
        save(r);
        forget(r);
    }
    json_decref(r->build);
    free(r->key);
    free(r->fail);
    free(r->dir);
    free(r);
}

void local_build_start(struct local *l, const char *key, const char *fail)
{
    struct local_build_run *r = cr_calloc(1, sizeof(*r));

    *r = (struct local_build_run){.l = l, .key = cr_strdup(key), .fail = fail ? cr_strdup(fail) : NULL, .log = -1};
    r->build = local_store_get(l->store, LOCAL_BUILDS, key);
    r->dir = cr_format("%s/work/%s", l->state, json_string_value(json_object_get(r->build, "id")));
    pthread_mutex_lock(&l->lock);
    r->next = l->builds;
    l->builds = r;
    pthread_mutex_unlock(&l->lock);
    local_job(l, run, r);
}

bool local_build_stop(struct local *l, const char *key)
{
    bool found = false;

    pthread_mutex_lock(&l->lock);
    for (struct local_build_run *r = l->builds; r; r = r->next)
        if (strcmp(r->key, key) == 0)
            r->stop = found = true;
    pthread_cond_broadcast(&l->idle);
    pthread_mutex_unlock(&l->lock);
    return found;
}

void local_builds_stop(struct local *l)
{
    pthread_mutex_lock(&l->lock);
    for (struct local_build_run *r = l->builds; r; r = r->next)
        r->stop = true;
    pthread_cond_broadcast(&l->idle);
    pthread_mutex_unlock(&l->lock);
}
