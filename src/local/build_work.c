/* What a build does: fetches its source, runs its steps, pushes its images. */
#include "local/build_job.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "local/beneath.h"
#include "local/build_check.h"
#include "local/build_prefix.h"
#include "local/build_step.h"
#include "local/json_text.h"
#include "local/object.h"
#include "local/pushed.h"
#include "local/say.h"
#include "local/schema.h"
#include "local/unpack.h"

#define SOURCE_MAX ((int64_t)64 << 30) /* unpacked */

/* What Google's API has of a message; a hint of the runtime's is joined to it as a sentence goes on. */
static int fail_with(struct local_build_run *r, const char *type, const struct cr_error *err)
{
    size_t n = strlen(err->msg);
    json_t *detail;

    while (n && err->msg[n - 1] == '.')
        n--;
    detail = json_sprintf("%.*s%s%s", (int)n, err->msg, *err->hint ? "; " : "", err->hint);
    json_object_set_new(r->build, "failureInfo", json_pack("{s:s, s:O}", "type", type, "detail", detail));
    json_object_set_new(r->build, "statusDetail", detail);
    if (!r->stop) /* else the step failed because it was ended, which the end says */
        local_build_say(r, "ERROR\nERROR: %s\n%s%s", err->msg, err->hint, *err->hint ? "\n" : "");
    return -1;
}

/* The time from `start_ms` to now as a TimeSpan. New. */
static json_t *span(int64_t start_ms)
{
    char from[32], to[32];

    cr_time_text(start_ms, from);
    cr_time_text(cr_wall_ms(), to);
    return json_pack("{s:s, s:s}", "startTime", from, "endTime", to);
}

static void set_timing(struct local_build_run *r, const char *name, int64_t start_ms)
{
    json_t *timing = json_object_get(r->build, "timing");

    if (!timing) {
        timing = json_object();
        json_object_set_new(r->build, "timing", timing);
    }
    json_object_set_new(timing, name, span(start_ms));
}

static void warn(struct local_build_run *r, json_t *text)
{
    json_t *all = json_object_get(r->build, "warnings");

    if (!all) {
        all = json_array();
        json_object_set_new(r->build, "warnings", all);
    }
    json_array_append_new(all, json_pack("{s:o, s:s}", "text", text, "priority", "WARNING"));
}

static int fetch(struct local_build_run *r, struct cr_error *err)
{
    const json_t *source = json_object_get(json_object_get(r->build, "source"), "storageSource");
    const char *bucket = local_text_at(source, "bucket"), *name = local_text_at(source, "object");
    const char *want = json_string_value(json_object_get(source, "generation")), *has;
    CR_AUTO_FREE char *path = NULL, *link_name = NULL;
    json_t *object = source ? local_object_find(r->l, bucket, name, &path) : NULL;
    bool same;
    int rc;

    if (json_object_size(json_object_get(r->build, "source")) && !source)
        return cr_fail(err, CR_E_API, "the local platform fetches sources only from storageSource");
    if (!source)
        return 0;
    has = json_string_value(json_object_get(object, "generation"));
    same = has && (!want || strcmp(want, "0") == 0 || strcmp(want, has) == 0);
    json_decref(object);
    if (!same)
        return cr_fail(err, CR_E_API,
                       "error fetching storage source: generic::not_found: object gs://%s/%s%s%s does not exist",
                       bucket, name, want ? "#" : "", want ? want : "");
    local_build_say(r, "FETCHSOURCE\nFetching storage object: gs://%s/%s#%s\n", bucket, name, want ? want : "");
    /* The object may be replaced while it is read; a link of its own keeps the bytes. */
    link_name = cr_format("%s.source", r->dir);
    unlink(link_name);
    if (link(path, link_name) < 0)
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", path, strerror(errno));
    rc = local_unpack(link_name, r->dir, SOURCE_MAX, err);
    unlink(link_name);
    return rc < 0 ? cr_wrap(err, "error fetching storage source") : 0;
}

/* ---- substitutions ---- */

struct replacing {
    const json_t *values;
    struct cr_error *err;
};

static char *replace(void *ud, const char *text)
{
    struct replacing *r = ud;
    char *out = NULL;

    return local_substitute(text, r->values, &out, r->err) < 0 ? NULL : out;
}

/* What was not refused when the build was created has a value, if an empty one. */
static int substitute(struct local_build_run *r, struct cr_error *err)
{
    json_auto_t *values = json_object(), *names = local_build_names(r->build);
    bool dynamic = json_is_true(json_object_get(json_object_get(r->build, "options"), "dynamicSubstitutions"));
    const char *key;
    json_t *value;

    json_object_foreach(names, key, value) json_object_set_new(values, key, json_string(""));
    json_object_update(values, json_object_get(r->build, "substitutions"));
    json_object_foreach(values, key, value)
    {
        CR_AUTO_FREE char *text = NULL;

        if (!dynamic || !strchr(json_string_value(value), '$'))
            continue;
        if (local_substitute(json_string_value(value), values, &text, err) < 0)
            return -1;
        json_object_set_new(values, key, json_string(text));
    }
    return local_build_texts(r->build, replace, &(struct replacing){values, err});
}

/* ---- images ---- */

/* As docker says it, since that is what stands in Google's logs. */
static int push(struct local_build_run *r, const char *image, char digest[LOCAL_DIGEST], struct cr_error *err)
{
    CR_AUTO_FREE char *tagged = local_image_tagged(image);
    json_auto_t *config = NULL;
    struct cr_error why = {0};
    char now[32];

    if (r->l->rt->resolve(r->l->rt, tagged, digest, &why) < 0) {
        if (why.code == CR_E_API)
            return cr_fail(err, CR_E_API, "An image does not exist locally with the tag: %s", image);
        *err = why;
        return -1;
    }
    cr_time_text(cr_wall_ms(), now);
    local_build_say(r, "Pushing %s\n%s: digest: %s\n", image, image, digest);
    config = r->l->rt->config(r->l->rt, digest);
    return local_image_pushed(r->l, image,
                              &(struct local_pushed){digest, now, r->l->rt->size(r->l->rt, digest), config}, err);
}

static int push_all(struct local_build_run *r, char **images, struct cr_error *err)
{
    char digest[LOCAL_DIGEST];

    for (; images && *images; images++)
        if (push(r, *images, digest, err) < 0)
            return -1;
    return 0;
}

static int push_images(struct local_build_run *r, struct cr_error *err)
{
    json_t *results = json_array(), *image;
    int64_t start_ms = cr_wall_ms();
    char digest[LOCAL_DIGEST];
    size_t i;
    int rc = 0;

    if (json_array_size(json_object_get(r->build, "images")))
        local_build_say(r, "PUSH\n");
    json_array_foreach(json_object_get(r->build, "images"), i, image)
    {
        int64_t from_ms = cr_wall_ms();

        rc = push(r, json_string_value(image), digest, err);
        if (rc < 0)
            break;
        json_array_append_new(
            results, json_pack("{s:O, s:s, s:o}", "name", image, "digest", digest, "pushTiming", span(from_ms)));
    }
    json_object_set_new(r->build, "results", json_pack("{s:o}", "images", results));
    if (i)
        set_timing(r, "PUSH", start_ms);
    return rc;
}

/* ---- steps ---- */

/* The directory that a step's --output names, made; *path is new, or NULL without one. */
static int make_output(const struct local_build_run *r, const char *name, char **path, struct cr_error *err)
{
    struct stat st;

    *path = name ? cr_path_join(r->dir, name) : NULL;
    if (!name || mkdir(*path, 0700) == 0 || (errno == EEXIST && lstat(*path, &st) == 0 && S_ISDIR(st.st_mode)))
        return 0;
    cr_fail(err, CR_E_BUILD, "the output '%s' is not a directory", name);
    free(*path);
    *path = NULL;
    return -1;
}

/* A name below the workspace, told from the directory `dir` below it; neither has links or "..". New. */
static char *seen_from(const char *dir, const char *name)
{
    char *all = cr_strdup(name);

    for (const char *p = strcmp(dir, ".") == 0 ? "" : dir; *p; p += strcspn(p, "/"), p += *p == '/') {
        char *more = cr_format("../%s", all);

        free(all);
        all = more;
    }
    return all;
}

/* The context and the Dockerfile of a step, with every link resolved, since an archive, or a step before this one, may
 * have made links. */
static int find_context(const struct local_build_run *r, const struct local_step *s, char **dir, char **dockerfile,
                        struct cr_error *err)
{
    CR_AUTO_FREE char *context = NULL, *named = NULL, *file = NULL, *path = NULL;
    const char *name = s->dockerfile ? s->dockerfile : "Dockerfile";

    if (local_beneath_links(r->dir, err) < 0 || local_beneath(r->dir, s->dir ? s->dir : ".", &context, err) < 0)
        return -1;
    named = cr_format("%s/%s", context, name);
    if (local_beneath(r->dir, named, &file, err) < 0)
        return -1;
    path = cr_format("%s/%s", r->dir, file);
    if (!cr_file_exists(path))
        return cr_fail(err, CR_E_BUILD,
                       "unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat "
                       "/workspace/%s: no such file or directory",
                       file);
    *dir = cr_format("%s/%s", r->dir, context);
    *dockerfile = seen_from(context, file);
    return 0;
}

static int build(struct local_build_run *r, const struct local_step *s, int log, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = NULL, *dockerfile = NULL, *output = NULL;
    char digest[LOCAL_DIGEST];

    if (find_context(r, s, &dir, &dockerfile, err) < 0 || make_output(r, s->output, &output, err) < 0)
        return -1;
    return r->l->rt->build(r->l->rt,
                           &(struct local_build){.dir = dir,
                                                 .dockerfile = dockerfile,
                                                 .tags = (const char *const *)s->tags,
                                                 .build_args = (const char *const *)s->build_args,
                                                 .target = s->target,
                                                 .output = output,
                                                 .no_cache = s->no_cache},
                           log, &r->group, digest, err);
}

static int pull(struct local_build_run *r, const struct local_step *s, struct cr_error *err)
{
    char digest[LOCAL_DIGEST];
    struct cr_error why = {0};

    for (char **image = s->tags; image && *image; image++)
        if (r->l->rt->resolve(r->l->rt, *image, digest, &why) < 0)
            return cr_fail(err, CR_E_API, "manifest for %s not found: manifest unknown", *image);
    return 0;
}

static int run_step(struct local_build_run *r, const struct local_step *s, int log, struct cr_error *err)
{
    switch (s->kind) {
    case LOCAL_STEP_BUILD:
        return build(r, s, log, err);
    case LOCAL_STEP_BUILD_AND_PUSH:
        return build(r, s, log, err) < 0 ? -1 : push_all(r, s->tags, err);
    case LOCAL_STEP_TAG:
        return r->l->rt->tag(r->l->rt, s->tags[0], s->tags[1], err);
    case LOCAL_STEP_PUSH:
        return push_all(r, s->tags, err);
    case LOCAL_STEP_PULL:
        return pull(r, s, err);
    }
    return 0;
}

/* One step with everything around it: its deadline, its prefix in the log, its times. */
static int frame_step(struct local_build_run *r, size_t n, json_t *step, struct cr_error *err)
{
    double limit = local_duration(json_object_get(step, "timeout"), 0);
    bool several = json_array_size(json_object_get(r->build, "steps")) > 1;
    struct local_prefix prefix;
    struct local_step s = {0};
    int64_t start_ms = cr_wall_ms();
    int rc, log;

    if (several)
        local_build_say(r, "Starting Step #%zu%s%s%s\n", n, *local_text_at(step, "id") ? " - \"" : "",
                        local_text_at(step, "id"), *local_text_at(step, "id") ? "\"" : "");
    if (local_step_read(step, &s, err) < 0)
        return -1;
    local_prefix_begin(&prefix, several ? r->log : -1, n, local_text_at(step, "id"));
    log = prefix.to >= 0 ? prefix.to : r->log;
    local_say(log, "Already have image (with digest): %s\n", local_text_at(step, "name"));
    r->step_late = false;
    r->step_deadline = limit > 0 ? cr_now_ms() + (int64_t)(limit * 1000) : 0;
    rc = run_step(r, &s, log, err);
    r->step_deadline = 0;
    local_prefix_end(&prefix);
    local_step_clear(&s);
    json_object_set_new(step, "timing", span(start_ms));
    if (several)
        local_build_say(r, "Finished Step #%zu%s%s%s\n", n, *local_text_at(step, "id") ? " - \"" : "",
                        local_text_at(step, "id"), *local_text_at(step, "id") ? "\"" : "");
    return rc;
}

/* The status a step's program ended with; 1 when it did not get that far. */
static int exit_code(const struct cr_error *err)
{
    static const char mark[] = "non-zero status: ";
    const char *at = strstr(err->msg, mark);
    int code = at ? (int)strtol(at + strlen(mark), NULL, 10) : 1;

    return code > 0 ? code : 1;
}

static bool may_fail(const json_t *step, int code)
{
    const json_t *row;
    size_t i;

    if (json_is_true(json_object_get(step, "allowFailure")))
        return true;
    json_array_foreach(json_object_get(step, "allowExitCodes"), i,
                       row) if (json_integer_value(row) == code) return true;
    return false;
}

static int run_one(struct local_build_run *r, size_t n, json_t *step, struct cr_error *err)
{
    struct cr_error why = {0};
    int rc = r->stop ? -1 : frame_step(r, n, step, &why), code = rc < 0 ? exit_code(&why) : 0;
    bool late = rc < 0 && r->step_late;

    if (late)
        cr_fail(&why, CR_E_BUILD, "step exceeded its timeout of %s", local_text_at(step, "timeout"));
    r->step_late = false;
    json_object_set_new(step, "status",
                        json_string(rc == 0   ? "SUCCESS"
                                    : r->stop ? "CANCELLED"
                                    : late    ? "TIMEOUT"
                                              : "FAILURE"));
    if (rc < 0 && !r->stop)
        json_object_set_new(step, "exitCode", json_integer(code));
    if (rc < 0 && !r->stop && !late && may_fail(step, code)) {
        warn(r, json_sprintf("Step #%zu failed with status %d, which it is allowed to", n, code));
        local_build_say(r, "WARNING: build step %zu failed and is allowed to: %s\n", n, why.msg);
        return 0;
    }
    if (rc < 0)
        *err = why;
    if (rc < 0 && !r->stop)
        cr_wrap(err, "build step %zu \"%s\" failed", n, local_text_at(step, "name"));
    return rc;
}

static int run_steps(struct local_build_run *r, struct cr_error *err)
{
    json_t *steps = json_object_get(r->build, "steps"), *step;
    int64_t start_ms = cr_wall_ms();
    int rc = 0;
    size_t i;

    local_build_say(r, "BUILD\n");
    json_array_foreach(steps, i, step)
    {
        rc = run_one(r, i, step, err);
        if (rc < 0)
            break;
    }
    set_timing(r, "BUILD", start_ms);
    return rc;
}

int local_build_work(struct local_build_run *r)
{
    int64_t start_ms = cr_wall_ms();
    struct cr_error err = {0};

    local_build_say(r, "starting build \"%s\"\n\n", local_text_at(r->build, "id"));
    if (r->fail) {
        cr_fail(&err, CR_E_BUILD, "%s", r->fail);
        return fail_with(r, "USER_BUILD_STEP", &err);
    }
    if (cr_dir_make(r->dir, 0700, &err) < 0 || fetch(r, &err) < 0)
        return fail_with(r, "FETCH_SOURCE_FAILED", &err);
    set_timing(r, "FETCHSOURCE", start_ms);
    if (local_containers(r->l, &err) < 0 || substitute(r, &err) < 0 || run_steps(r, &err) < 0)
        return fail_with(r, "USER_BUILD_STEP", &err);
    if (push_images(r, &err) < 0)
        return fail_with(r, "PUSH_IMAGE_NOT_FOUND", &err);
    local_build_say(r, "DONE\n");
    return 0;
}
