#include "base/mem.h"
#include "cli/build_input.h"
#include "cli/build_show.h"
#include "cli/cmd.h"
#include "cli/image.h"
#include "cli/limits_opts.h"
#include "cli/plan_opts.h"

struct build_args {
    struct cr_layer plan;
    struct cli_credential_args cred;
    struct cli_limits_args limits;
    const char *config, *pack, *ignore_file, *revision, *dir, *git_revision, *git_dir;
    int64_t polling_interval;
    bool rebuild, no_source, async, suppress_logs, allow_secrets, show, dry_run;
};

#define A struct build_args
static const struct opt opts[] = {
    {'t', "tag", OPT_PLAN_AT(A, plan, CR_KEY_BUILD_IMAGE)},
    {0, "config", OPT_STR(A, config), .arg = "FILE", .complete = OPT_C_FILE,
     .help = "Build by the steps of this file, cloudbuild.yaml or the same as JSON; crdeploy.yaml is not read then"},
    {0, "pack", OPT_STR(A, pack), .arg = "image=IMAGE[,builder=BUILDER][,env=K=V]",
     .help = "Build with a buildpack, without a Dockerfile; crdeploy.yaml is not read then"},
    OPT_PLAN(A, plan, CR_KEY_PROJECT, "project"),
    OPT_PLAN(A, plan, CR_KEY_BUILD_REGION, "region"),
    OPT_PLAN(A, plan, CR_KEY_BUILD_WORKER_POOL, "worker-pool"),
    OPT_PLAN(A, plan, CR_KEY_BUILD_MACHINE_TYPE, "machine-type"),
    OPT_PLAN(A, plan, CR_KEY_BUILD_DISK_SIZE, "disk-size"),
    OPT_PLAN(A, plan, CR_KEY_BUILD_TIMEOUT, "timeout"),
    OPT_PLAN(A, plan, CR_KEY_BUILD_TIMEOUT, "build-timeout"),
    OPT_PLAN(A, plan, CR_KEY_BUILD_SERVICE_ACCOUNT, "service-account"),
    OPT_PLAN(A, plan, CR_KEY_BUILD_SUBSTITUTIONS, "substitutions"),
    OPT_PLAN(A, plan, CR_KEY_BUILD_CACHE, "cache"),
    OPT_PLAN(A, plan, CR_KEY_BUILD_KANIKO, "kaniko"),
    OPT_PLAN(A, plan, CR_KEY_BUILD_KANIKO_TTL, "kaniko-cache-ttl"),
    OPT_PLAN(A, plan, CR_KEY_BUILD_STAGING_DIR, "gcs-source-staging-dir"),
    OPT_PLAN(A, plan, CR_KEY_BUILD_LOG_DIR, "gcs-log-dir"),
    OPT_PLAN(A, plan, CR_KEY_BUILD_BUCKETS, "default-buckets-behavior"),
    {0, "ignore-file", OPT_STR(A, ignore_file), .arg = "FILE", .complete = OPT_C_FILE,
     .help = "File of the directory to read in place of .gcloudignore"},
    {0, "no-source", OPT_FLAG(A, no_source), .help = "Build from nothing: the steps fetch what they need"},
    {0, "revision", OPT_STR(A, revision), .arg = "REVISION", .help = "Branch, tag or commit of a connected repository"},
    {0, "dir", OPT_STR(A, dir), .arg = "DIR", .help = "Directory of a connected repository in which steps run"},
    {0, "git-source-revision", OPT_STR(A, git_revision), .arg = "REVISION",
     .help = "Branch, tag or commit of a repository that is given by its URL"},
    {0, "git-source-dir", OPT_STR(A, git_dir), .arg = "DIR",
     .help = "Directory of a repository that is given by its URL in which steps run"},
    {0, "async", OPT_FLAG(A, async), .help = "Start the build, print its name, and do not wait for it"},
    {0, "suppress-logs", OPT_FLAG(A, suppress_logs), .help = "Do not show the build's log"},
    {0, "polling-interval", OPT_INT(A, polling_interval), .arg = "SECONDS",
     .help = "Time between two looks at the build; unset: 1"},
    {0, "plan", OPT_FLAG(A, show),
     .help = "Show what would be sent, what ignore rules leave behind, and what looks like a secret; send nothing"},
    {0, "dry-run", OPT_FLAG(A, dry_run), .help = "Show the requests that would be sent, and send none"},
    {0, "allow-secrets", OPT_FLAG(A, allow_secrets), .help = "Send files that look like secrets all the same"},
    {0, "rebuild", OPT_FLAG(A, rebuild), .help = "Build even when nothing has changed since the last time"},
    CLI_CREDENTIAL_OPTIONS(struct build_args, cred),
    OPT_PLAN(A, plan, CR_KEY_PLATFORM, "platform"),
    OPT_PLAN(A, plan, CR_KEY_NAME, "name"),
    OPT_PLAN(A, plan, CR_KEY_BUILD_TEMPLATE_DIR, "template-dir"),
    CLI_SERVICE_OPTIONS(A, plan),
    CLI_LIMITS_OPTIONS(A, limits),
    OPT_END,
};
#undef A

static json_t *document(const struct cli_job *job)
{
    return json_pack("{s:s?, s:s?, s:s?, s:s?, s:b, s:b, s:I, s:s?, s:s?, s:s?}", "image", job->pinned, "digest",
                     job->digest, "tag", job->image, "context", *job->sha256 ? job->sha256 : NULL, "built", job->built,
                     "uploaded", job->uploaded, "bytes_uploaded", (json_int_t)job->sent, "build", job->build, "id",
                     job->build ? strrchr(job->build, '/') + 1 : NULL, "log_url", job->log_url);
}

/* What is built in a region is kept there too, unless the region of the service is given by itself. */
static struct cr_layer layer_of(const struct build_args *a)
{
    struct cr_layer layer = a->plan;

    if (layer.text[CR_KEY_BUILD_REGION] && strcmp(layer.text[CR_KEY_BUILD_REGION], "global") != 0) {
        layer.text[CR_KEY_REGION] = layer.text[CR_KEY_BUILD_REGION];
        layer.where[CR_KEY_REGION] = layer.where[CR_KEY_BUILD_REGION];
    }
    return layer;
}

static int check_args(const struct build_args *a, struct cr_error *err)
{
    if (a->polling_interval < 0 || a->polling_interval > 3600) {
        cr_fail(err, CR_E_USAGE, "--polling-interval does not take %lld", (long long)a->polling_interval);
        return cr_hint(err, "give a number of seconds from 1 to 3600");
    }
    if (a->show && a->dry_run) {
        cr_fail(err, CR_E_USAGE, "--plan and --dry-run both want standard output");
        return cr_hint(err, "give one of them");
    }
    return 0;
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct build_args *a = c->args;
    struct cr_layer layer = layer_of(a);
    CLI_AUTO_JOB struct cli_job job = {.ask = {.source = c->pos[0],
                                               .config = a->config,
                                               .pack = a->pack,
                                               .ignore_file = a->ignore_file,
                                               .revision = a->revision,
                                               .dir = a->dir,
                                               .git_revision = a->git_revision,
                                               .git_dir = a->git_dir,
                                               .no_source = a->no_source,
                                               .async = a->async,
                                               .mute = a->suppress_logs,
                                               .allow_secrets = a->allow_secrets,
                                               .again = a->rebuild,
                                               .poll_ms = a->polling_interval * 1000}};

    if (check_args(a, err) < 0 || cli_limits_profile(&a->limits, &job.limits, err) < 0 ||
        cli_build_load(c, &layer, &job, err) < 0)
        return -1;
    if (a->show)
        return cli_build_plan(c, &job, err);
    if (a->dry_run)
        return cli_build_dry_run(c, &job, err);
    job.base = CLI_BASE_FIND;
    if (cli_build_prepare(c, &job, true, err) < 0 || cli_connect(&job.plan, &a->cred, c->ui, &job.link, err) < 0 ||
        cli_image_ensure(c, &job, err) < 0)
        return -1;
    if (c->json)
        return cmd_json(c, document(&job), err);
    fprintf(c->out, "%s\n", job.pinned ? job.pinned : job.build);
    return 0;
}

#define ABOUT                                                                                                        \
    "SOURCE is a directory, an archive (.tgz, .tar.gz, .zip), an object in Cloud Storage (gs://BUCKET/OBJECT), a "   \
    "connected repository (projects/P/locations/L/connections/C/repositories/R), or the URL of a Git repository; "   \
    "unset: the working directory.\n\n"                                                                              \
    "A directory with crdeploy.yaml is a model: the manifest is checked, the build context rendered, uploaded "      \
    "unless it is there already, and built by Cloud Build, or the local platform. Nothing is uploaded or built "     \
    "when nothing has changed.\n\n"                                                                                  \
    "Any other source is built as gcloud builds submit does it: by its Dockerfile (--tag), by a buildpack (--pack) " \
    "or by cloudbuild.yaml (--config, or the file of that name in the working directory). .gcloudignore, or "        \
    ".gitignore where there is none, says what stays behind, and for a Dockerfile .dockerignore too. Files that "    \
    "look like secrets are refused; --plan lists them and everything else.\n\n"                                      \
    "Layers are kept in the registry, under the tag crdeploy-cache and for a model also cache-STAGE, so that the "   \
    "next build begins where this one ended.\n\n"                                                                    \
    "What is printed, IMAGE@sha256:DIGEST, can be given to deploy as --image. Ctrl-C cancels the build and waits "   \
    "until it has stopped."

const struct verb verb_build = {
    .name = "build",
    .args = "[SOURCE]",
    .summary = "Build an image and print its digest",
    .about = ABOUT,
    .examples =
        (const char *const[]){"crdeploy build", "crdeploy build --platform local", "crdeploy build --plan",
                              "crdeploy deploy --image \"$(crdeploy build)\"",
                              "crdeploy build app/ --tag us-central1-docker.pkg.dev/my-project/apps/app:v1", NULL},
    .max_args = 1,
    .arg_complete = OPT_C_DIR,
    .opts = opts,
    .args_size = sizeof(struct build_args),
    .run = run,
};

const struct verb verb_builds_submit = {
    .name = "builds submit",
    .args = "[SOURCE]",
    .summary = "Build an image, by the name gcloud has for it",
    .about = "The same as crdeploy build, for whoever knows gcloud builds submit.\n\n" ABOUT,
    .examples = (const char *const[]){"crdeploy builds submit --tag gcr.io/my-project/app .",
                                      "crdeploy builds submit --config cloudbuild.yaml --substitutions _TAG=v7", NULL},
    .max_args = 1,
    .arg_complete = OPT_C_DIR,
    .opts = opts,
    .args_size = sizeof(struct build_args),
    .run = run,
};
