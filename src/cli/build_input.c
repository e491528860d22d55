#include "cli/build_input.h"

#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "cli/settings.h"
#include "cli/staging.h"
#include "core/body.h"
#include "core/build_config.h"
#include "core/check.h"
#include "core/scaffold.h"
#include "core/secret.h"

#define DEFAULT_CONFIG "cloudbuild.yaml"

static const char *source_of(const struct cli_job *job)
{
    return job->ask.source ? job->ask.source : ".";
}

/* ---- load ---- */

static int check_ask(const struct cli_build_ask *ask, const struct cr_layer *options, struct cr_error *err)
{
    int named = !!ask->config + !!ask->pack + !!options->text[CR_KEY_BUILD_IMAGE];

    if (named > 1) {
        cr_fail(err, CR_E_USAGE, "--tag, --config and --pack each say what to build");
        return cr_hint(err, "give one of them");
    }
    if (ask->no_source && ask->source) {
        cr_fail(err, CR_E_USAGE, "the source '%s' is given, and --no-source too", ask->source);
        return cr_hint(err, "leave one of them out");
    }
    return 0;
}

/* At the top, before any ignore rule: as gcloud looks. */
static bool has_dockerfile(const char *dir)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, "Dockerfile");

    return cr_file_exists(path);
}

static bool uses_docker(const struct cli_job *job)
{
    return !job->config && !job->pack.image;
}

/* Without --tag, --config and --pack: cloudbuild.yaml of the working directory, as gcloud takes it; else a directory
 * that has a Dockerfile becomes an image named after it. */
static int choose_steps(struct cli_job *job, const char **config, struct cr_error *err)
{
    *config = job->ask.config;
    if (*config || job->ask.pack || cr_plan_has(&job->plan, CR_KEY_BUILD_IMAGE))
        return 0;
    if (cr_file_exists(DEFAULT_CONFIG)) {
        *config = DEFAULT_CONFIG;
        return 0;
    }
    if (job->kind == CR_SOURCE_DIR && has_dockerfile(source_of(job)))
        return 0;
    if (job->kind == CR_SOURCE_DIR) {
        cr_fail(err, CR_E_CONFIG, "there is no '%s/" CR_MANIFEST_NAME "' and no Dockerfile", source_of(job));
        return cr_hint(err, "run 'crdeploy init' there, name the directory that has one, or say what to build with "
                            "--config or --pack");
    }
    cr_fail(err, CR_E_CONFIG, "nothing says what to build");
    return cr_hint(err, "give --tag us-central1-docker.pkg.dev/PROJECT/REPOSITORY/NAME, or --config or --pack");
}

static int load_steps(struct cli_job *job, struct cr_problems *problems, struct cr_error *err)
{
    bool check = job->plan.number[CR_KEY_BUILD_CHECK_TAG];
    const char *config;

    if (choose_steps(job, &config, err) < 0 ||
        (config && cr_build_config_read(config, &job->config, problems, err) < 0))
        return -1;
    if (job->ask.pack && cr_pack_parse(job->ask.pack, &job->pack, err) < 0)
        return -1;
    if (job->pack.image && check && !strstr(job->pack.image, "gcr.io") && !strstr(job->pack.image, "pkg.dev")) {
        cr_fail(err, CR_E_CONFIG, "image '%s' is in none of Google's registries, gcr.io and pkg.dev", job->pack.image);
        return cr_hint(err, "such as us-central1-docker.pkg.dev/PROJECT/REPOSITORY/NAME");
    }
    if (!config && !job->pack.image && job->kind == CR_SOURCE_DIR && !job->plan.number[CR_KEY_BUILD_KANIKO] &&
        !has_dockerfile(source_of(job))) {
        cr_fail(err, CR_E_CONFIG, "there is no '%s/Dockerfile'", source_of(job));
        return cr_hint(err, "an image is built from a Dockerfile; --pack and --config build without one");
    }
    return 0;
}

/* An image that nobody named is put into the project's repository of the region, so both must be known. */
static int check_target(const struct cli_job *job, struct cr_error *err)
{
    bool made_up = uses_docker(job) && !cr_plan_has(&job->plan, CR_KEY_BUILD_IMAGE);

    return made_up || !cr_plan_has(&job->plan, CR_KEY_PROJECT) ? cr_check_target(&job->plan, err) : 0;
}

static int load_other(struct cmd *c, const struct cr_layer *options, struct cli_job *job, struct cr_error *err)
{
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};

    if (cli_plan_bare(options, &job->plan, &problems, err) < 0)
        return -1;
    cr_check_build(&job->plan, &problems);
    if (cr_problems_errors(&problems) == 0 && load_steps(job, &problems, err) < 0)
        return -1;
    if (cmd_problems(c, &problems, job->ask.config ? job->ask.config : source_of(job), err) < 0)
        return -1;
    return check_target(job, err);
}

int cli_build_load(struct cmd *c, const struct cr_layer *options, struct cli_job *job, struct cr_error *err)
{
    if (check_ask(&job->ask, options, err) < 0)
        return -1;
    job->kind = CR_SOURCE_NONE;
    if (!job->ask.no_source && cr_source_kind(source_of(job), job->ask.config || job->ask.pack, &job->kind, err) < 0)
        return -1;
    if (job->kind != CR_SOURCE_MODEL)
        return load_other(c, options, job, err);
    return cli_job_load(c, job->ask.source, options, job, err) < 0 ? -1 : cr_check_target(&job->plan, err);
}

/* ---- prepare ---- */

static int secrets(struct cmd *c, const struct cli_job *job, struct cr_error *err)
{
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};

    if (cr_secrets_find(&job->context, job->ask.allow_secrets, &problems, err) < 0)
        return -1;
    return cmd_problems(c, &problems, source_of(job), err);
}

static int make_context(struct cmd *c, struct cli_job *job, bool check_secrets, struct cr_error *err)
{
    const struct cr_source_rules rules = {.ignore_file = job->ask.ignore_file,
                                          .all = !job->ask.ignore_file && !job->plan.number[CR_KEY_BUILD_GCLOUDIGNORE],
                                          .docker = uses_docker(job), /* other steps may want what Docker does not */
                                          .drops = job->ask.count ? &job->drops : NULL};

    if (job->kind == CR_SOURCE_MODEL ? cli_image_render(c, job, err) < 0
                                     : cr_source_add(&job->context, source_of(job), &rules, err) < 0)
        return -1;
    if (check_secrets && secrets(c, job, err) < 0)
        return -1;
    if (job->kind != CR_SOURCE_MODEL && cli_context_name(c, job, err) < 0)
        return -1;
    memcpy(job->sha256, job->context.sha256, sizeof(job->sha256));
    return 0;
}

/* The name of what is uploaded says what is in it. Of an object in the cloud only where it is can be known here. */
static int identify(struct cmd *c, struct cli_job *job, bool check_secrets, struct cr_error *err)
{
    CR_AUTO_FREE char *bucket = NULL, *object = NULL;
    const char *source = source_of(job);

    switch (job->kind) {
    case CR_SOURCE_MODEL:
    case CR_SOURCE_DIR:
        return make_context(c, job, check_secrets, err);
    case CR_SOURCE_ARCHIVE:
        return cr_sha256_file(source, job->sha256, NULL, err);
    case CR_SOURCE_OBJECT:
        if (cr_gs_parse(source, &bucket, &object, err) < 0)
            return -1;
        cr_sha256(source, strlen(source), job->sha256);
        return 0;
    default:
        return 0;
    }
}

static int choose_staging(struct cli_job *job, struct cr_error *err)
{
    CLI_AUTO_STAGING struct cli_staging place = {0};

    if (!*job->sha256)
        return 0;
    if (cli_staging_choose(&job->plan, job->location, &place, err) < 0)
        return -1;
    job->object = cr_format("%s/%s%s", place.dir, job->sha256, cr_source_suffix(source_of(job), job->kind));
    job->bucket = CR_STEAL(place.bucket);
    job->own_bucket = place.own;
    job->regional = place.regional;
    return 0;
}

/* The last part of a directory's path as a name for an image. New. */
static char *name_of_dir(const char *dir)
{
    CR_AUTO_FREE char *real = realpath(dir, NULL);
    const char *slash = real ? strrchr(real, '/') : NULL;
    char name[50];

    cr_scaffold_name(slash && slash[1] ? slash + 1 : "image", name);
    return cr_strdup(name);
}

static void choose_image(struct cli_job *job)
{
    const struct cr_plan *plan = &job->plan;
    const char *named = job->config ? cr_build_image(job->config) : job->pack.image;

    if (job->kind == CR_SOURCE_MODEL) {
        job->image = cr_body_image(plan, job->sha256);
    } else if (!uses_docker(job)) {
        job->image = named ? cr_strdup(named) : NULL;
    } else if (cr_plan_has(plan, CR_KEY_BUILD_IMAGE)) {
        job->image = cr_strdup(cr_plan_text(plan, CR_KEY_BUILD_IMAGE));
    } else {
        CR_AUTO_FREE char *name = name_of_dir(source_of(job));

        job->image = cr_format("%s-docker.pkg.dev/%s/crdeploy/%s:%.12s", cr_plan_text(plan, CR_KEY_REGION),
                               cr_plan_text(plan, CR_KEY_PROJECT), name, job->sha256);
    }
}

int cli_build_prepare(struct cmd *c, struct cli_job *job, bool check_secrets, struct cr_error *err)
{
    if (job->location)
        return 0;
    if (cr_build_location(&job->plan, job->config, &job->location, err) < 0 ||
        identify(c, job, check_secrets, err) < 0 || choose_staging(job, err) < 0)
        return -1;
    choose_image(job);
    return 0;
}

/* ---- the body ---- */

static json_t *source_json(const struct cli_job *job, const char *generation)
{
    const char *source = source_of(job);
    bool link = strstr(source, "/gitRepositoryLinks/") != NULL;

    switch (job->kind) {
    case CR_SOURCE_NONE:
        return NULL;
    case CR_SOURCE_GIT:
        return json_pack("{s:{s:s, s:s*, s:s*}}", "gitSource", "url", source, "dir", job->ask.git_dir, "revision",
                         job->ask.git_revision);
    case CR_SOURCE_REPOSITORY:
        return json_pack("{s:{s:s, s:s*, s:s*}}", link ? "developerConnectConfig" : "connectedRepository",
                         link ? "gitRepositoryLink" : "repository", source, "dir", job->ask.dir, "revision",
                         job->ask.revision);
    default:
        return cr_build_storage_source(job->bucket, job->object, generation);
    }
}

/* A Dockerfile among templates of the user's own may leave nothing to make a label of. */
static bool is_measured(const struct cli_job *job)
{
    const struct cr_entry *e = cr_context_find(&job->context, "Dockerfile");

    return job->kind == CR_SOURCE_MODEL && e && e->bytes && memmem(e->bytes, (size_t)e->size, "/facts/ /", 9) &&
           cr_context_find(&job->context, "bootstrap/measured.Dockerfile");
}

json_t *cli_build_body(const struct cli_job *job, const char *generation)
{
    json_auto_t *source = source_json(job, generation);

    return cr_body_build(&(struct cr_build_want){.plan = &job->plan,
                                                 .image = job->image,
                                                 .config = job->config,
                                                 .pack = job->pack.image ? &job->pack : NULL,
                                                 .source = source,
                                                 .own = job->kind == CR_SOURCE_MODEL,
                                                 .measured = is_measured(job)});
}
