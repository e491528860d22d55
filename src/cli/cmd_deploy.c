#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/cmd.h"
#include "cli/image.h"
#include "cli/image_given.h"
#include "cli/plan_opts.h"
#include "core/check.h"
#include "core/body.h"
#include "core/sample.h"
#include "gcp/run.h"
#include "cli/service.h"

struct deploy_args {
    struct cr_layer plan;
    struct cli_credential_args cred;
    bool rebuild;
};

static const struct opt opts[] = {
    CLI_PLAN_OPTIONS(struct deploy_args, plan),
    CLI_CREDENTIAL_OPTIONS(struct deploy_args, cred),
    {0, "rebuild", OPT_FLAG(struct deploy_args, rebuild),
     .help = "Build the image even when nothing has changed since the last time"},
    OPT_END,
};

/* What came of it. */
struct deployed {
    json_t *service;
    bool created, is_public;
};

/* The image given by --image or deploy.image as it is, otherwise the digest of this very context. */
static int image_of(struct cmd *c, struct cli_job *job, bool rebuild, struct cr_error *err)
{
    const char *given = cr_plan_text(&job->plan, CR_KEY_IMAGE);

    job->ask.again = rebuild;
    if (!*given)
        return cli_image_ensure(c, job, err);
    job->pinned = cr_strdup(given);
    return cli_image_given(c, job, given, err);
}

static const char *revision_of(const json_t *service)
{
    const char *name = json_string_value(json_object_get(service, "latestCreatedRevision")), *slash;

    slash = name ? strrchr(name, '/') : NULL;
    return slash ? slash + 1 : name ? name : "";
}

/* One try: the body against what is live now; the service itself checks it first, and changes nothing then. */
static int put(struct cmd *c, struct cli_job *job, const char *name, const char *parent, struct deployed *d,
               struct cr_error *err)
{
    const struct gcp_run_patch check = {cr_body_service_mask, false, true},
                               patch = {cr_body_service_mask, false, false};
    json_auto_t *live = NULL, *body = NULL, *checked = NULL, *operation = NULL;
    struct gcp *g = &job->link.gcp;
    const char *id = cr_plan_text(&job->plan, CR_KEY_NAME);

    if (gcp_run_get(g, name, &live, err) < 0)
        return -1;
    d->created = !live;
    body = cr_body_service(&job->plan, job->pinned, live);
    if (live ? gcp_run_patch(g, name, body, &check, &checked, err) < 0
             : gcp_run_create(g, parent, id, body, true, &checked, err) < 0)
        return -1;
    ui_note(c->ui, "%s service '%s' in %s: %s CPU, %s memory, concurrency %" PRId64, live ? "updating" : "creating", id,
            cr_plan_text(&job->plan, CR_KEY_REGION), cr_plan_text(&job->plan, CR_KEY_CPU),
            cr_plan_text(&job->plan, CR_KEY_MEMORY), job->plan.number[CR_KEY_CONCURRENCY]);
    if (job->plan.value[CR_KEY_CONCURRENCY].origin == CR_FROM_DEFAULT)
        ui_note(c->ui, "concurrency %s is the %s; --concurrency sets another",
                cr_plan_text(&job->plan, CR_KEY_CONCURRENCY), job->plan.value[CR_KEY_CONCURRENCY].where);
    if (live ? gcp_run_patch(g, name, body, &patch, &operation, err) < 0
             : gcp_run_create(g, parent, id, body, false, &operation, err) < 0)
        return -1;
    if (cli_run_wait(c->ui, g, operation, "deploying", "deploy the service", &d->service, err) < 0)
        return -1;
    ui_done(c->ui, "revision '%s' is ready", revision_of(d->service));
    return 0;
}

/* Somebody else wrote the service between our reading and our writing: once more, on what it is now. */
static int put_twice(struct cmd *c, struct cli_job *job, struct deployed *d, struct cr_error *err)
{
    CR_AUTO_FREE char *name = cli_service_name(&job->plan);
    CR_AUTO_FREE char *parent = cr_strndup(name, (size_t)(strstr(name, "/services/") - name));

    if (put(c, job, name, parent, d, err) == 0)
        return 0;
    if (err->code != CR_E_API || !strstr(err->msg, "HTTP 409"))
        return -1;
    ui_warn(c->ui, "the service changed meanwhile; trying again on what it is now");
    *err = (struct cr_error){0};
    return put(c, job, name, parent, d, err);
}

/* Public or private where it is said, or where the platform's new services are public. A refusal does not undo the
 * deploy. */
static int set_access(struct cmd *c, struct cli_job *job, struct deployed *d, struct cr_error *err)
{
    CR_AUTO_FREE char *name = cli_service_name(&job->plan);
    bool said = cr_plan_has(&job->plan, CR_KEY_ALLOW_UNAUTHENTICATED) &&
                job->plan.value[CR_KEY_ALLOW_UNAUTHENTICATED].origin != CR_FROM_DEFAULT;
    struct cr_error refused = {0};

    d->is_public = said ? job->plan.number[CR_KEY_ALLOW_UNAUTHENTICATED] : d->created && job->link.platform->is_public;
    if (!said && !d->is_public)
        return 0;
    if (gcp_run_set_public(&job->link.gcp, name, d->is_public, NULL, &refused) == 0)
        return 0;
    if (refused.code == CR_E_INTERRUPT)
        return cr_fail(err, refused.code, "%s", refused.msg);
    ui_warn(c->ui, "the service runs, but its access could not be set: %s", refused.msg);
    if (refused.hint[0])
        ui_hint(c->ui, "%s", refused.hint);
    return 0;
}

/* The first sample of the manifest, asked at the new address: what was proved in the image must hold where it runs. */
static int ask_sample(struct cmd *c, struct cli_job *job, const char *url, struct cr_error *err)
{
    const struct cr_sample *sample = job->manifest.sample;
    CLI_AUTO_ANSWER struct cli_answer answer = {0};
    CR_AUTO_FREE char *body = NULL, *want = NULL;

    if (!job->manifest.samples || cr_plan_has(&job->plan, CR_KEY_IMAGE))
        return 0;
    body = cr_oom_check(json_dumps(sample->request, JSON_ENCODE_ANY | JSON_COMPACT));
    ui_progress(c->ui, "asking the first sample", 0, 0, false);
    if (cli_ask(&job->link,
                &(struct cli_question){url, cr_plan_text(&job->plan, CR_KEY_SERVER_PATH), body, strlen(body), 0},
                &answer, err) < 0)
        return answer.status == 401 || answer.status == 403 ? (*err = (struct cr_error){0}, 0)
                                                            : cr_wrap(err, "deployed, but the first sample failed");
    if (cr_sample_matches(sample, answer.json)) {
        ui_done(c->ui, "the first sample is answered as expected, in %" PRId64 " ms", answer.ms);
        return 0;
    }
    want = cr_oom_check(json_dumps(sample->response, JSON_ENCODE_ANY | JSON_COMPACT));
    cr_fail(err, CR_E_BUILD, "deployed, but the first sample is answered %.300s, not %.300s", answer.body, want);
    return cr_hint(err,
                   "compare with 'crdeploy predict --json', and look at 'crdeploy local logs' or the service's logs");
}

static int show(struct cmd *c, const struct cli_job *job, const struct deployed *d, const char *url,
                struct cr_error *err)
{
    if (c->json)
        return cmd_json(c,
                        json_pack("{s:s, s:s, s:s, s:s, s:b}", "service", cr_plan_text(&job->plan, CR_KEY_NAME),
                                  "revision", revision_of(d->service), "url", url, "image", job->pinned, "created",
                                  d->created),
                        err);
    fprintf(c->out, "%s\n", url);
    return 0;
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct deploy_args *a = c->args;
    CLI_AUTO_JOB struct cli_job job = {0};
    struct deployed d = {0};
    json_auto_t *service = NULL;
    const char *url;

    if (cli_job_load(c, c->pos[0], &a->plan, &job, err) < 0 || cr_check_target(&job.plan, err) < 0 ||
        cli_connect(&job.plan, &a->cred, c->ui, &job.link, err) < 0 || image_of(c, &job, a->rebuild, err) < 0 ||
        put_twice(c, &job, &d, err) < 0)
        return -1;
    service = d.service;
    url = json_string_value(json_object_get(service, "uri"));
    if (!url)
        return cr_fail(err, CR_E_API, "the service is deployed but has no address");
    if (set_access(c, &job, &d, err) < 0 || ask_sample(c, &job, url, err) < 0)
        return -1;
    return show(c, &job, &d, url, err);
}

const struct verb verb_deploy = {
    .name = "deploy",
    .args = "[DIR]",
    .summary = "Deploy a model as a service and print its address",
    .about =
        "Builds the image when it has changed, checks the service's settings against the platform's limits before "
        "anything "
        "is sent, creates or updates the service by image digest, waits until the new revision is ready, and asks the "
        "manifest's first sample.\n\nThe startup probe asks /ready, which the server answers only after a warm-up "
        "inference.",
    .examples = (const char *const[]){"crdeploy deploy --cpu 2 --memory 3G --concurrency 1",
                                      "crdeploy deploy --platform local", NULL},
    .max_args = 1,
    .arg_complete = OPT_C_DIR,
    .opts = opts,
    .args_size = sizeof(struct deploy_args),
    .run = run,
};
