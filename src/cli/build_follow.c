#include "cli/build_follow.h"

#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "base/auto.h"
#include "base/mem.h"
#include "gcp/build.h"

static void on_log(void *ud, const char *bytes, size_t n)
{
    ui_text(((struct cmd *)ud)->ui, bytes, n);
}

static void on_status(void *ud, const char *status)
{
    ui_note(((struct cmd *)ud)->ui, "build: %s", status);
}

static void on_note(void *ud, const char *text)
{
    ui_warn(((struct cmd *)ud)->ui, "%s", text);
}

static void on_tail(void *ud, const char *lines)
{
    struct cmd *c = ud;

    ui_note(c->ui, "the last lines of what failed:");
    ui_text(c->ui, lines, strlen(lines));
}

/* A tag no other call has used, by which a build whose creation was not answered is found again. */
static char *unique_tag(const struct cli_job *job)
{
    uint64_t salt = 0;

    (void)!getrandom(&salt, sizeof(salt), 0);
    return cr_format("crdeploy-%.12s-%016" PRIx64, *job->sha256 ? job->sha256 : "no-source", salt);
}

/* Whether two references are one image: a tag that is not there is `latest`. */
static bool same_image(const char *a, const char *b)
{
    CR_AUTO_FREE char *x = cr_image_path(a), *y = cr_image_path(b);
    const char *s = a[strlen(x)] ? a + strlen(x) : ":latest", *t = b[strlen(y)] ? b + strlen(y) : ":latest";

    return strcmp(x, y) == 0 && strcmp(s, t) == 0;
}

/* The digest of the image that was asked for, among those of its cache; else of the first. */
static void pin_result(struct cli_job *job, const json_t *done)
{
    const json_t *images = json_object_get(json_object_get(done, "results"), "images"), *hit = NULL;
    const char *name, *digest;
    json_t *row;
    size_t i;

    json_array_foreach(images, i, row)
    {
        name = json_string_value(json_object_get(row, "name"));
        if (!hit || (name && job->image && same_image(name, job->image)))
            hit = row;
    }
    digest = json_string_value(json_object_get(hit, "digest"));
    name = json_string_value(json_object_get(hit, "name"));
    if (digest && (name || job->image))
        cli_job_pin(job, name ? name : job->image, digest);
}

/* kaniko pushes by itself and tells Cloud Build nothing: the registry knows. */
static int pin_from_registry(struct cli_job *job, const struct gcp_image *image, struct cr_error *err)
{
    CR_AUTO_FREE char *digest = NULL;

    if (job->digest || !image->host)
        return 0;
    if (gcp_registry_digest(&job->link.gcp, image, &digest, err) < 0)
        return -1;
    if (digest)
        cli_job_pin(job, job->image, digest);
    return 0;
}

static int wait_for(struct cmd *c, struct cli_job *job, const struct gcp_image *image, struct cr_error *err)
{
    CR_AUTO_FREE char *token = cr_format("crdeploy auth print-access-token --platform=%s", job->link.platform->name);
    const struct gcp_build_wait wait = {.on_log = on_log,
                                        .on_status = on_status,
                                        .on_note = on_note,
                                        .on_tail = on_tail,
                                        .ud = c,
                                        .token_command = token,
                                        .suppress_logs = job->ask.mute,
                                        .poll_ms = job->ask.poll_ms};
    json_auto_t *done = NULL;

    if (gcp_build_wait(&job->link.gcp, job->build, &wait, &done, err) < 0)
        return -1;
    pin_result(job, done);
    if (job->image && pin_from_registry(job, image, err) < 0)
        return -1;
    if (!job->digest && job->image)
        return cr_fail(err, CR_E_API, "the build of '%s' succeeded but names no image digest", job->image);
    return 0;
}

int cli_build_run(struct cmd *c, struct cli_job *job, const json_t *body, const struct gcp_image *image,
                  struct cr_error *err)
{
    const char *project = cr_plan_text(&job->plan, CR_KEY_PROJECT), *url;
    CR_AUTO_FREE char *tag = unique_tag(job);
    json_auto_t *started = NULL;

    if (gcp_build_create(&job->link.gcp, project, job->location, body, tag, &started, err) < 0)
        return -1;
    job->build = gcp_build_name(started, project, job->location);
    url = json_string_value(json_object_get(started, "logUrl"));
    job->log_url = url ? cr_strdup(url) : NULL;
    job->built = true;
    if (url)
        ui_note(c->ui, "the build's log: %s", url);
    return job->ask.async ? 0 : wait_for(c, job, image, err);
}
