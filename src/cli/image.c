#include "cli/image.h"

#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/build_follow.h"
#include "cli/build_input.h"
#include "cli/data.h"
#include "cli/lock_file.h"
#include "cli/record.h"
#include "cli/settings.h"
#include "cli/stage.h"
#include "core/check.h"
#include "core/forecast.h"
#include "core/hash_cache.h"
#include "core/render.h"
#include "gcp/object_copy.h"
#include "gcp/registry.h"
#include "gcp/storage.h"

void cli_job_clear(struct cli_job *job)
{
    cli_connection_clear(&job->link);
    cr_context_clear(&job->context);
    cr_lock_clear(&job->lock);
    cr_lock_clear(&job->locked);
    cr_plan_clear(&job->plan);
    cr_manifest_clear(&job->manifest);
    cr_drops_clear(&job->drops);
    cr_pack_clear(&job->pack);
    json_decref(job->config);
    free(job->location);
    free(job->bucket);
    free(job->object);
    free(job->image);
    free(job->digest);
    free(job->pinned);
    free(job->build);
    free(job->log_url);
    *job = (struct cli_job){0};
}

int cli_job_load(struct cmd *c, const char *dir, const struct cr_layer *options, struct cli_job *job,
                 struct cr_error *err)
{
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};

    if (cli_plan_load(dir, options, true, &job->manifest, &job->plan, &problems, err) < 0)
        return -1;
    cr_forecast_concurrency(&job->plan);
    if (cr_check(&job->plan, job->limits, true, job->live, &problems, err) < 0)
        return -1;
    return cmd_problems(c, &problems, job->manifest.path, err);
}

/* Digests of files that have not changed; NULL when it cannot be had: slower, no more. */
static struct cr_hash_cache *open_cache(void)
{
    CR_AUTO_FREE char *dir = NULL, *path = NULL;
    struct cr_hash_cache *cache = NULL;
    struct cr_error ignored = {0};

    if (cr_xdg_dir(CR_XDG_CACHE, "", &dir, &ignored) < 0)
        return NULL;
    path = cr_path_join(dir, "hashes");
    return cr_hash_cache_open(path, &cache, &ignored) < 0 ? NULL : cache;
}

static void close_cache(struct cmd *c, struct cr_hash_cache *cache)
{
    struct cr_error ignored = {0};

    if (cr_hash_cache_close(cache, &ignored) < 0)
        cr_log("pack", "%s", ignored.msg);
    ui_done(c->ui, NULL);
}

int cli_image_render(struct cmd *c, struct cli_job *job, struct cr_error *err)
{
    CR_AUTO_FREE char *templates = NULL, *base = NULL;
    struct cr_hash_cache *cache;
    int failed;

    cli_lock_load(c, job);
    if (cli_data_path("templates", &templates, err) < 0 || cli_lock_base(c, job, &base, err) < 0)
        return -1;
    cache = open_cache();
    ui_progress(c->ui, "preparing the build context", 0, 0, false);
    failed = cr_render_context(&job->plan, templates, base, cache, &job->context, &job->lock, err);
    close_cache(c, cache);
    return failed;
}

int cli_context_name(struct cmd *c, struct cli_job *job, struct cr_error *err)
{
    struct cr_hash_cache *cache = open_cache();
    char sha256[CR_SHA256_HEX];
    int failed;

    ui_progress(c->ui, "preparing the build context", 0, 0, false);
    failed = cr_context_name(&job->context, cache, sha256, err);
    close_cache(c, cache);
    return failed;
}

void cli_job_pin(struct cli_job *job, const char *image, const char *digest)
{
    CR_AUTO_FREE char *path = cr_image_path(image);

    job->digest = cr_strdup(digest);
    job->pinned = cr_format("%s@%s", path, digest);
}

static struct cli_record_key record_key(const struct cli_job *job)
{
    return (struct cli_record_key){job->link.platform->name, cr_plan_text(&job->plan, CR_KEY_PROJECT), job->image,
                                   job->sha256};
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
        cli_job_pin(job, job->image, digest);
    return 0;
}

/* ---- staging ---- */

/* An object in the cloud is copied to where builds read from, as it is now: its generation is part of the copy's name,
 * so that one that is there is this one. */
static int stage_object(struct cmd *c, struct cli_job *job, char **generation, struct cr_error *err)
{
    CR_AUTO_FREE char *bucket = NULL, *object = NULL, *name = NULL, *from = NULL;
    json_auto_t *meta = NULL, *copy = NULL;
    struct gcp *g = &job->link.gcp;
    const char *text, *slash;
    char sha256[CR_SHA256_HEX];

    if (cr_gs_parse(job->ask.source, &bucket, &object, err) < 0 || gcp_object_get(g, bucket, object, &meta, err) < 0)
        return -1;
    if (!meta) {
        cr_fail(err, CR_E_CONFIG, "there is no object '%s'", job->ask.source);
        return cr_hint(err, "look with: gcloud storage ls %s", job->ask.source);
    }
    from = cr_strdup(json_string_value(json_object_get(meta, "generation")) ?: "");
    name = cr_format("%s#%s", job->ask.source, from);
    cr_sha256(name, strlen(name), sha256);
    slash = strrchr(job->object, '/');
    free(name);
    name = cr_format("%.*s/%s%s", (int)(slash - job->object), job->object, sha256,
                     cr_source_suffix(job->ask.source, job->kind));
    if (gcp_bucket_ensure(g, cr_plan_text(&job->plan, CR_KEY_PROJECT), job->bucket,
                          job->regional ? job->location : NULL, job->own_bucket, err) < 0 ||
        gcp_object_get(g, job->bucket, name, &copy, err) < 0 ||
        (!copy && gcp_object_copy(g, bucket, object, *from ? from : NULL, job->bucket, name, &copy, err) < 0))
        return -1;
    free(job->object);
    job->object = CR_STEAL(name);
    text = json_string_value(json_object_get(copy, "generation"));
    *generation = text ? cr_strdup(text) : NULL;
    ui_done(c->ui, "copied %s to gs://%s/%s", job->ask.source, job->bucket, job->object);
    return 0;
}

static int stage(struct cmd *c, struct cli_job *job, char **generation, struct cr_error *err)
{
    bool zip = job->object && strcmp(cr_source_suffix(job->object, CR_SOURCE_ARCHIVE), ".zip") == 0;
    const struct cli_stage_spec spec = {.bucket = job->bucket,
                                        .object = job->object,
                                        .context = job->kind == CR_SOURCE_ARCHIVE ? NULL : &job->context,
                                        .archive_path = job->ask.source,
                                        .content_type = zip ? "application/zip" : NULL,
                                        .owner =
                                            job->kind == CR_SOURCE_MODEL ? cr_plan_text(&job->plan, CR_KEY_NAME) : NULL,
                                        .location = job->regional ? job->location : NULL,
                                        .check_owner = job->own_bucket};
    CLI_AUTO_STAGED struct cli_staged staged = {0};

    if (!job->object)
        return 0;
    if (job->kind == CR_SOURCE_OBJECT)
        return stage_object(c, job, generation, err);
    if (cli_stage(c, &job->link.gcp, cr_plan_text(&job->plan, CR_KEY_PROJECT), &spec, &staged, err) < 0)
        return -1;
    job->uploaded = staged.uploaded;
    job->sent = staged.sent;
    *generation = CR_STEAL(staged.generation);
    return 0;
}

/* ---- building ---- */

/* The repository of a model is ours to make. Another's may be one that only the build may write to. */
static int ensure_repository(struct cmd *c, const struct cli_job *job, const struct gcp_image *image,
                             struct cr_error *err)
{
    struct gcp *g = &((struct cli_job *)job)->link.gcp;
    struct cr_error refused = {0};

    if (!image->repository)
        return 0;
    if (job->kind == CR_SOURCE_MODEL)
        return gcp_registry_ensure(g, image->project, image->location, image->repository, NULL, err);
    if (gcp_registry_ensure(g, image->project, image->location, image->repository, NULL, &refused) == 0)
        return 0;
    if (refused.code == CR_E_INTERRUPT || refused.code == CR_E_NET) {
        *err = refused;
        return -1;
    }
    ui_warn(c->ui, "the repository '%s' may not be there: %s", image->repository, refused.msg);
    return 0;
}

static int upload_and_build(struct cmd *c, struct cli_job *job, const struct gcp_image *image, struct cr_error *err)
{
    CR_AUTO_FREE char *generation = NULL;
    struct cli_record_key key = record_key(job);
    struct cr_error unwritten = {0};
    json_auto_t *body = NULL;

    if (stage(c, job, &generation, err) < 0 || ensure_repository(c, job, image, err) < 0)
        return -1;
    body = cli_build_body(job, generation);
    if (cli_build_run(c, job, body, image, err) < 0)
        return -1;
    if (job->digest && job->image && cli_record_put(&key, job->digest, job->kind == CR_SOURCE_MODEL, &unwritten) < 0)
        ui_warn(c->ui, "the next build will not know of this one: %s", unwritten.msg);
    return 0;
}

/* A name with a substitution in it, or in a registry of somebody else's, is Cloud Build's business. */
static int parse_image(const struct cli_job *job, struct gcp_image *image, struct cr_error *err)
{
    struct cr_error foreign = {0};

    if (job->kind == CR_SOURCE_MODEL && job->plan.number[CR_KEY_BUILD_CHECK_TAG])
        return gcp_image_parse(job->image, image, err);
    if (job->image && gcp_image_parse(job->image, image, &foreign) < 0)
        cr_log("http", "%s", foreign.msg);
    return 0;
}

int cli_image_known(struct cmd *c, struct cli_job *job, bool *known, struct cr_error *err)
{
    GCP_AUTO_IMAGE struct gcp_image image = {0};

    *known = false;
    if (cli_build_prepare(c, job, true, err) < 0 || parse_image(job, &image, err) < 0)
        return -1;
    return image.host ? recall(job, &image, known, err) : 0;
}

int cli_image_ensure(struct cmd *c, struct cli_job *job, struct cr_error *err)
{
    GCP_AUTO_IMAGE struct gcp_image image = {0};
    bool model = job->kind == CR_SOURCE_MODEL, known = false;
    bool again = job->ask.again || job->ask.async || !job->plan.number[CR_KEY_BUILD_CACHE];

    job->base = CLI_BASE_FIND;
    if (cli_build_prepare(c, job, true, err) < 0)
        return -1;
    if (model)
        cli_lock_keep(c, job);
    if (parse_image(job, &image, err) < 0 || (model && !again && image.host && recall(job, &image, &known, err) < 0))
        return -1;
    if (known) {
        ui_note(c->ui, "nothing has changed: nothing to upload, nothing to build");
        return 0;
    }
    return upload_and_build(c, job, &image, err);
}
