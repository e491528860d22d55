#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/deploy_input.h"
#include "cli/deploy_show.h"
#include "cli/gradual.h"
#include "core/sample.h"
#include "gcp/json.h"

struct deploy_args {
    struct cli_deploy_args on;
    struct cli_gradual_args gradual;
    bool rebuild;
};

static const struct opt opts[] = {
    CLI_SEND_OPTIONS(struct deploy_args, on),
    {0, "rebuild", OPT_FLAG(struct deploy_args, rebuild),
     .help = "Build the image even when nothing has changed since the last time"},
    CLI_GRADUAL_OPTIONS(struct deploy_args, gradual),
    OPT_PLAN(struct deploy_args, on.plan, CR_KEY_NAME, "name"),
    OPT_PLAN(struct deploy_args, on.plan, CR_KEY_ENV, "env"),
    OPT_PLAN(struct deploy_args, on.plan, CR_KEY_BUILD_MACHINE_TYPE, "machine-type"),
    OPT_PLAN(struct deploy_args, on.plan, CR_KEY_BUILD_TIMEOUT, "build-timeout"),
    OPT_PLAN(struct deploy_args, on.plan, CR_KEY_BUILD_TEMPLATE_DIR, "template-dir"),
    CLI_DEPLOY_OPTIONS(struct deploy_args, on),
    OPT_END,
};

static int differs(const struct cr_sample *sample, const struct cli_answer *answer, struct cr_error *err)
{
    CR_AUTO_FREE char *want = cr_oom_check(json_dumps(sample->response, JSON_ENCODE_ANY | JSON_COMPACT));

    cr_fail(err, CR_E_BUILD, "deployed, but the first sample is answered %.300s, not %.300s", answer->body, want);
    return cr_hint(err,
                   "compare with 'crdeploy predict --json', and look at 'crdeploy local logs' or the service's logs");
}

/* The first sample of the manifest, asked at the new address: what was proved in the image must hold where it runs. */
static int ask_sample(struct cmd *c, struct cli_job *job, const char *url, struct cr_error *err)
{
    const struct cr_sample *sample = job->manifest.sample;
    CLI_AUTO_ANSWER struct cli_answer answer = {0};
    CR_AUTO_FREE char *body = cr_oom_check(json_dumps(sample->request, JSON_ENCODE_ANY | JSON_COMPACT));

    ui_progress(c->ui, "asking the first sample", 0, 0, false);
    if (cli_ask(
            &job->link,
            &(struct cli_question){
                .url = url, .path = cr_plan_text(&job->plan, CR_KEY_SERVER_PATH), .body = body, .len = strlen(body)},
            &answer, err) < 0) {
        if (answer.status != 401 && answer.status != 403)
            return cr_wrap(err, "deployed, but the first sample failed");
        *err = (struct cr_error){0}; /* a private service, and no token for it */
        return 0;
    }
    if (!cr_sample_matches(sample, answer.json))
        return differs(sample, &answer, err);
    ui_done(c->ui, "the first sample is answered as expected, in %" PRId64 " ms", answer.ms);
    return 0;
}

static const char *tag_of(const struct cli_deploy *d)
{
    for (size_t i = d->flags.len; i-- > 0;)
        if (d->flags.row[i].flag == CR_FLAG_TAG)
            return d->flags.row[i].text;
    return "";
}

/* Where the new revision answers: at its tag, else where the service does, unless it has no traffic. "" for nowhere. */
static const char *url_of(const struct cli_deploy *d, const json_t *service)
{
    json_t *status;
    size_t i;

    json_array_foreach(json_object_get(service, "trafficStatuses"), i, status)
    {
        if (*tag_of(d) && strcmp(gcp_text_at(status, "tag"), tag_of(d)) == 0)
            return gcp_text_at(status, "uri");
    }
    for (i = 0; i < d->flags.len; i++)
        if (d->flags.row[i].flag == CR_FLAG_TRAFFIC && strcmp(d->flags.row[i].text, "false") == 0)
            return "";
    return gcp_text_at(service, "uri");
}

static int ask_samples(struct cmd *c, struct cli_deploy_input *in, struct cr_error *err)
{
    if (!in->d.built || !in->job.manifest.samples || in->d.args->async)
        return 0;
    for (size_t i = 0; i < in->d.len; i++) {
        const char *url = url_of(&in->d, in->d.target[i].service);

        if (!*url)
            ui_note(c->ui, "the new revision has no address in %s: its first sample is not asked",
                    in->d.target[i].region);
        else if (ask_sample(c, &in->job, url, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- --gradual ---- */

static int refuse_gradual(const char *why, struct cr_error *err)
{
    cr_fail(err, CR_E_USAGE, "--gradual %s", why);
    return cr_hint(err, "leave one of them out");
}

/* The new revision begins without traffic and behind a tag. A service that is new has nothing to be compared with. */
static int begin_gradual(struct cli_deploy *d, char **tag, struct cr_error *err)
{
    char word[4];

    if (d->len > 1)
        return refuse_gradual("goes through one region at a time", err);
    if (d->args->async || d->args->validate_only)
        return refuse_gradual("watches the revision, which --async and --validate-only do not wait for", err);
    if (cr_edits_have(&d->flags, CR_FLAG_TRAFFIC))
        return refuse_gradual("moves the traffic itself, so --no-traffic means nothing with it", err);
    if (!d->target[0].live) {
        ui_note(d->c->ui, "the service is new: nothing else could have the traffic, so it is not gradual");
        return 0;
    }
    cli_deploy_word(word);
    *tag = cli_gradual_tag(word);
    if (!cr_edits_have(&d->flags, CR_FLAG_TAG) && cr_edits_add(&d->flags, CR_FLAG_TAG, *tag, "--gradual", err) < 0)
        return -1;
    return cr_edits_add(&d->flags, CR_FLAG_TRAFFIC, "false", "--gradual", err);
}

static struct cli_gradual gradual_of(const struct cli_deploy_input *in)
{
    const struct cli_target *t = &in->d.target[0];

    return (struct cli_gradual){
        .ui = in->d.c->ui,
        .link = in->d.link,
        .service = t->name,
        .before = t->live,
        .revision = cli_short_name(gcp_text_at(t->service, "latestCreatedRevision")),
        .tag = tag_of(&in->d),
        .keep_tag = cr_edits_have(&in->d.args->edits, CR_FLAG_TAG),
        .sample = in->job.manifest.sample,
        .samples = in->job.manifest.samples,
        .path = in->manifest ? cr_plan_text(&in->job.plan, CR_KEY_SERVER_PATH) : NULL,
    };
}

/* The report goes into the document of --json, into that of a failure too. */
static int go_gradually(struct cli_deploy_input *in, const struct cli_gradual_plan *plan, json_t **report,
                        struct cr_error *err)
{
    const struct cli_gradual g = gradual_of(in);
    json_t *steps = NULL;
    int failed = cli_gradual_run(&g, plan, &steps, err);
    json_t *doc = json_pack("{s:o}", "gradual", steps ? steps : json_null());

    if (failed)
        ui_keep(in->d.c->ui, doc);
    else
        *report = doc;
    return failed;
}

/* Sends; a revision that did not come about must not leave the traffic as --gradual wanted it for a while. */
static int send_it(struct cli_deploy_input *in, const struct cli_gradual_plan *plan, bool *deployed,
                   struct cr_error *err)
{
    if (cli_deploy_go(&in->d, deployed, err) == 0)
        return 0;
    if (plan->steps && in->d.target[0].live) {
        const struct cli_gradual g = gradual_of(in);

        cli_gradual_abandon(&g, err);
    }
    return -1;
}

/* What comes after the revision is ready: the proof of it, then the result. */
static int prove(struct cli_deploy_input *in, const struct cli_gradual_plan *plan, struct cr_error *err)
{
    const struct cli_target *t = &in->d.target[0];
    json_auto_t *report = NULL;

    if (plan->steps && t->live && t->operation) {
        if (go_gradually(in, plan, &report, err) < 0)
            return -1;
    } else if (ask_samples(in->d.c, in, err) < 0) {
        return -1;
    }
    return cli_deploy_show(&in->d, CR_STEAL(report), err);
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct deploy_args *a = c->args;
    CLI_AUTO_GRADUAL struct cli_gradual_plan gradual = {0};
    CR_AUTO_FREE char *tag = NULL;
    CLI_AUTO_DEPLOY_INPUT struct cli_deploy_input in = {0};
    bool deployed;

    if (cli_gradual_read(&a->gradual, &gradual, err) < 0 || cli_deploy_input_open(c, c->pos[0], &a->on, &in, err) < 0 ||
        cli_deploy_read(&in.d, err) < 0 || cli_deploy_judge(&in.d, err) < 0 ||
        cli_deploy_input_image(&in, !a->on.dry_run && !a->on.validate_only, a->rebuild, err) < 0 ||
        (gradual.steps && begin_gradual(&in.d, &tag, err) < 0) || cli_deploy_prepare(&in.d, err) < 0 ||
        send_it(&in, &gradual, &deployed, err) < 0)
        return -1;
    return deployed ? prove(&in, &gradual, err) : 0;
}

const struct verb verb_deploy = {
    .name = "deploy",
    .args = "[DIR|NAME]",
    .summary = "Deploy a model, or an image, as a service and print its address",
    .about =
        "With a directory that has crdeploy.yaml (without a word: the working directory), checks what is said against "
        "the platform's limits, and then the service as it would be, with what is live or the defaults for what nobody "
        "says. Builds the image when it has changed, creates or updates the service by image digest, waits until the "
        "new revision is ready, and asks the manifest's first sample. The startup probe asks /ready, which the server "
        "answers only after a warm-up inference. Deploying the same again changes nothing and makes no revision.\n\n"
        "With NAME and --image, deploys that image as the service NAME, as gcloud run deploy does, whose options are "
        "taken in the same forms; no manifest is read, and a new revision is always made. Of the variables of the "
        "environment that hold settings only those of project, region and platform count then: CRDEPLOY_CPU and its "
        "like stand for lines "
        "of the manifest, and change no service that is given by its name.\n\n"
        "How settings merge: what the command line says wins over what the manifest says; what neither says stays as "
        "the live service has it; a new service gets defaults, which are said.\n\n"
        "With --gradual, the new revision is first proved behind a tag, by the manifest's samples and by load of our "
        "own, and then given its traffic step by step while its failures and its latency are watched beside those of "
        "the others; it loses it again by itself when it does worse. What nobody can promise: that no client is served "
        "by a revision which passes all that and then fails for what clients really send; it costs at most the first "
        "step's share until the log of requests shows it.\n\n"
        "'crdeploy run deploy' and 'crdeploy beta run deploy' are the same verb, for those who are used to gcloud.",
    .examples =
        (const char *const[]){"crdeploy deploy --cpu 2 --memory 3G --concurrency 1", "crdeploy deploy --platform local",
                              "crdeploy deploy scorer --image us-docker.pkg.dev/my-proj/ml/scorer:v1",
                              "crdeploy deploy --region us-central1,europe-west1",
                              "crdeploy deploy --gradual 10,50,100 --gradual-wait 5m",
                              "crdeploy deploy --dry-run --json", NULL},
    .max_args = 1,
    .arg_complete = OPT_C_DIR,
    .opts = opts,
    .args_size = sizeof(struct deploy_args),
    .run = run,
};
