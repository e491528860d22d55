#include "cli/image.h"

#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/data.h"
#include "cli/record.h"
#include "cli/settings.h"
#include "cli/stage.h"
#include "core/body.h"
#include "core/body_build.h"
#include "core/check.h"
#include "core/hash_cache.h"
#include "core/render.h"
#include "gcp/build.h"
#include "gcp/registry.h"
#include "gcp/storage.h"

void cli_job_clear(struct cli_job *job)
{
    cli_connection_clear(&job->link);
    cr_context_clear(&job->context);
    cr_lock_clear(&job->lock);
    cr_plan_clear(&job->plan);
    cr_manifest_clear(&job->manifest);
    free(job->image);
    free(job->digest);
    free(job->pinned);
    *job = (struct cli_job){0};
}

int cli_job_load(struct cmd *c, const char *dir, const struct cr_layer *options, struct cli_job *job,
                 struct cr_error *err)
{
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};

    if (cli_plan_load(dir, options, true, &job->manifest, &job->plan, &problems, err) < 0 ||
        cr_check(&job->plan, CR_PROFILE_CURRENT, true, &problems, err) < 0)
        return -1;
    return cmd_problems(c, &problems, job->manifest.path, err);
}

int cli_image_render(struct cmd *c, struct cli_job *job, struct cr_error *err)
{
    CR_AUTO_FREE char *templates = NULL, *dir = NULL, *path = NULL;
    struct cr_hash_cache *cache = NULL;
    struct cr_error ignored = {0};
    int failed;

    if (cli_data_path("templates", &templates, err) < 0)
        return -1;
    if (cr_xdg_dir(CR_XDG_CACHE, "", &dir, &ignored) == 0) {
        path = cr_path_join(dir, "hashes.json");
        if (cr_hash_cache_open(path, &cache, &ignored) < 0)
            cache = NULL; /* slower, no more */
    }
    ui_progress(c->ui, "preparing the build context", 0, 0, false);
    failed = cr_render_context(&job->plan, templates, cache, &job->context, &job->lock, err);
    if (cr_hash_cache_close(cache, &ignored) < 0)
        cr_log("pack", "%s", ignored.msg);
    ui_done(c->ui, NULL);
    return failed;
}

static void pin(struct cli_job *job, const char *digest)
{
    const char *slash = strrchr(job->image, '/'), *colon = strrchr(slash ? slash : job->image, ':');

    job->digest = cr_strdup(digest);
    job->pinned = cr_format("%.*s@%s", colon ? (int)(colon - job->image) : (int)strlen(job->image), job->image, digest);
}

static struct cli_record_key record_key(const struct cli_job *job)
{
    return (struct cli_record_key){job->link.platform->name, cr_plan_text(&job->plan, CR_KEY_PROJECT), job->image,
                                   job->context.sha256};
}

/* Whether the last build of this very context is recorded here and its digest is what the tag still points to. */
static int recall(struct cli_job *job, const struct gcp_image *image, bool *known, struct cr_error *err)
{
    CR_AUTO_FREE char *digest = NULL, *there = NULL;
    struct cli_record_key key = record_key(job);
    struct cr_error unread = {0};

    *known = false;
    if (cli_record_get(&key, &digest, &unread) < 0 || !digest)
        return 0;
    if (gcp_registry_digest(&job->link.gcp, image, &there, err) < 0)
        return -1;
    *known = there && strcmp(there, digest) == 0;
    if (*known)
        pin(job, digest);
    return 0;
}

/* The last lines of the build's log, to name the cause when it fails. */
struct tail {
    struct cmd *c;
    char line[40][400];
    size_t lines, len;
};

static void on_log(void *ud, const char *bytes, size_t n)
{
    struct tail *t = ud;

    ui_text(t->c->ui, bytes, n);
    for (size_t i = 0; i < n; i++) {
        char *line = t->line[t->lines % CR_LEN(t->line)];

        if (bytes[i] != '\n') {
            if (t->len + 1 < sizeof(t->line[0]))
                line[t->len++] = bytes[i];
            continue;
        }
        line[t->len] = '\0';
        t->lines += t->len > 0;
        t->len = 0;
    }
}

static void on_status(void *ud, const char *status)
{
    struct tail *t = ud;

    ui_note(t->c->ui, "build: %s", status);
}

/* The newest line that names a fault in so many words; else NULL. */
static const char *cause(const struct tail *t)
{
    static const char *const marks[] = {"prove: ", "prepare: ", "error: ", "Failed to fetch ", "E: "};

    for (size_t m = 0; m < CR_LEN(marks); m++)
        for (size_t i = t->lines; i > 0 && t->lines - i < CR_LEN(t->line); i--) {
            const char *line = t->line[(i - 1) % CR_LEN(t->line)];

            if (strstr(line, marks[m]))
                return line;
        }
    return NULL;
}

/* A tag no other call has used, by which a build whose creation was not answered is found again. */
static char *unique_tag(const struct cli_job *job)
{
    uint64_t salt = 0;

    (void)!getrandom(&salt, sizeof(salt), 0);
    return cr_format("crdeploy-%.12s-%016" PRIx64, job->context.sha256, salt);
}

static int build(struct cmd *c, struct cli_job *job, const json_t *source, struct cr_error *err)
{
    const char *project = cr_plan_text(&job->plan, CR_KEY_PROJECT), *location = "global", *said;
    struct tail tail = {.c = c};
    const struct gcp_build_wait wait = {.on_log = on_log, .on_status = on_status, .ud = &tail};
    json_auto_t *body = cr_body_build(
        &(struct cr_build_want){.plan = &job->plan, .image = job->image, .source = source, .own = true});
    json_auto_t *started = NULL, *done = NULL;
    CR_AUTO_FREE char *tag = unique_tag(job), *name = NULL;

    if (gcp_build_create(&job->link.gcp, project, location, body, tag, &started, err) < 0)
        return -1;
    name = gcp_build_name(started, project, location);
    job->built = true;
    if (gcp_build_wait(&job->link.gcp, name, &wait, &done, err) < 0) {
        said = err->code == CR_E_BUILD ? cause(&tail) : NULL;
        return said ? cr_hint(err, "the build said: %s", said) : -1;
    }
    said = gcp_build_digest(done);
    if (!said)
        return cr_fail(err, CR_E_API, "the build of '%s' succeeded but names no image digest", job->image);
    pin(job, said);
    return 0;
}

static int upload_and_build(struct cmd *c, struct cli_job *job, const struct gcp_image *image, struct cr_error *err)
{
    const char *project = cr_plan_text(&job->plan, CR_KEY_PROJECT);
    CR_AUTO_FREE char *bucket = gcp_bucket_default(project), *object = cr_context_object(&job->context);
    const struct cli_stage_spec spec = {
        .bucket = bucket, .object = object, .context = &job->context, .check_owner = true};
    CLI_AUTO_STAGED struct cli_staged staged = {0};
    struct cli_record_key key = record_key(job);
    struct cr_error unwritten = {0};

    if (cli_stage(c, &job->link.gcp, project, &spec, &staged, err) < 0)
        return -1;
    job->uploaded = staged.uploaded;
    job->sent = staged.sent;
    if (gcp_registry_ensure(&job->link.gcp, image->project, image->location, image->repository, NULL, err) < 0 ||
        build(c, job, &(struct cr_body_source){bucket, object, staged.generation}, err) < 0)
        return -1;
    if (cli_record_put(&key, job->digest, &unwritten) < 0)
        ui_warn(c->ui, "the next build will not know of this one: %s", unwritten.msg);
    return 0;
}

/* Keeps crdeploy.lock beside the manifest up to date, and says what is no longer as it was: what this image was made
 * of, for whoever commits it. The context has its own, so a directory that cannot be written to is no reason to fail.
 */
static void keep_lock(struct cmd *c, const struct cli_job *job)
{
    CR_AUTO_FREE char *path = cr_path_join(job->manifest.dir, CR_LOCK_NAME);
    CR_AUTO_PROBLEMS struct cr_problems changes = {0};
    CR_AUTO_LOCK struct cr_lock was = {0};
    struct cr_error unread = {0}, unwritten = {0};

    if (cr_lock_read(path, &was, &unread) == 0) {
        cr_lock_compare(&was, &job->lock, path, &changes);
        if (!changes.len)
            return;
    }
    for (size_t i = 0; i < changes.len; i++)
        ui_note(c->ui, "%s: %s; it is written anew", path, changes.row[i].msg);
    if (cr_lock_write(path, &job->lock, &unwritten) < 0)
        ui_warn(c->ui, "the lock is only in the image: %s", unwritten.msg);
}

int cli_image_ensure(struct cmd *c, struct cli_job *job, bool again, struct cr_error *err)
{
    GCP_AUTO_IMAGE struct gcp_image image = {0};
    bool known = false;

    if (cli_image_render(c, job, err) < 0)
        return -1;
    keep_lock(c, job);
    job->image = cr_body_image(&job->plan, job->context.sha256);
    if (gcp_image_parse(job->image, &image, err) < 0 || (!again && recall(job, &image, &known, err) < 0))
        return -1;
    if (known) {
        ui_note(c->ui, "nothing has changed: nothing to upload, nothing to build");
        return 0;
    }
    return upload_and_build(c, job, &image, err);
}
