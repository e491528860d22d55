#include "cli/deploy_input.h"

#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/image_given.h"
#include "cli/settings.h"
#include "core/check.h"

void cli_deploy_input_clear(struct cli_deploy_input *in)
{
    cli_deploy_clear(&in->d);
    cli_service_clear(&in->named);
    cli_job_clear(&in->job);
}

/* ---- with a manifest ---- */

static int load(struct cmd *c, const char *dir, const struct cli_deploy_args *args, struct cli_job *job,
                struct cr_error *err)
{
    char region[CLI_REGION_MAX];
    struct cr_layer layer;

    cli_deploy_layer(args, true, &layer, region);
    job->live = true;
    return cli_limits_profile(&args->limits, &job->limits, err) < 0 ? -1 : cli_job_load(c, dir, &layer, job, err);
}

/* ---- by name ---- */

static const char *const name_letters = "abcdefghijklmnopqrstuvwxyz0123456789-";

/* What no service can be called; what limits forbid besides is theirs to say. */
static int check_name(const char *name, struct cr_error *err)
{
    size_t n = strlen(name);

    if (n && n < 64 && strspn(name, name_letters) == n && name[0] != '-' && name[n - 1] != '-')
        return 0;
    cr_fail(err, CR_E_USAGE, "'%.100s' cannot be the name of a service", name);
    return cr_hint(err, "lower-case letters, digits and dashes, at most 63, without a dash at either end");
}

static int open_named(struct cmd *c, const char *name, const struct cli_deploy_args *args, bool manifest,
                      struct cli_service *s, struct cr_error *err)
{
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    char region[CLI_REGION_MAX];
    struct cr_layer layer;

    cli_deploy_layer(args, false, &layer, region);
    layer.text[CR_KEY_ENV] = NULL; /* an edit, not a setting: see take_env() */
    if (name) {
        layer.text[CR_KEY_NAME] = name;
        layer.where[CR_KEY_NAME] = "NAME";
    }
    if ((manifest ? cli_plan_load(NULL, &layer, false, &s->manifest, &s->plan, &problems, err)
                  : cli_plan_bare(&layer, &s->plan, &problems, err)) < 0 ||
        cmd_problems(c, &problems, s->manifest.path ? s->manifest.path : "the settings", err) < 0)
        return -1;
    if (!name && !cr_plan_has(&s->plan, CR_KEY_NAME)) {
        cr_fail(err, CR_E_USAGE, "no service is named, and no crdeploy.yaml is here");
        return cr_hint(err, "crdeploy %s NAME", c->verb->name);
    }
    return check_name(cr_plan_text(&s->plan, CR_KEY_NAME), err);
}

/* --env of deploys with a manifest, which gcloud calls --update-env-vars. */
static int take_env(struct cli_deploy *d, struct cr_error *err)
{
    const char *text = d->args->plan.text[CR_KEY_ENV];

    return text ? cr_edits_add(&d->flags, CR_FLAG_UPDATE_ENV_VARS, text, "--env", err) : 0;
}

/* ---- both ---- */

/* A variable, a configuration or a manifest may name several regions, too: the plan goes on with the first. New. */
static char *take_regions(struct cr_plan *plan)
{
    char *list = cr_strdup(cr_plan_text(plan, CR_KEY_REGION)), *text = plan->value[CR_KEY_REGION].text;

    if (text)
        text[strcspn(text, ",")] = '\0';
    return list;
}

static int start(struct cmd *c, const struct cli_deploy_args *args, struct cr_plan *plan, struct cli_connection *link,
                 struct cli_deploy *d, struct cr_error *err)
{
    CR_AUTO_FREE char *regions = take_regions(plan);

    if (cr_check_target(plan, err) < 0 || cli_connect(plan, &args->cred, c->ui, link, err) < 0)
        return -1;
    d->c = c;
    d->args = args;
    d->link = link;
    d->id = cr_plan_text(plan, CR_KEY_NAME);
    d->project = cr_plan_text(plan, CR_KEY_PROJECT);
    d->flags = args->edits;
    return cli_deploy_open(d, regions, err);
}

static int start_named(struct cmd *c, const struct cli_deploy_args *args, struct cli_deploy_input *in,
                       struct cr_error *err)
{
    return start(c, args, &in->named.plan, &in->named.link, &in->d, err) < 0 ? -1 : take_env(&in->d, err);
}

/* Whether the word stands for a manifest. One that is neither that nor a name is left to the reader of manifests, which
 * says what is missing. */
static bool is_manifest(const char *word, bool has_image)
{
    CR_AUTO_FREE char *path = word ? cr_path_join(word, CR_MANIFEST_NAME) : NULL;
    struct stat st;
    bool there = word && stat(word, &st) == 0;

    if (!word || (there && !S_ISDIR(st.st_mode)) || (*word && cr_file_exists(path)))
        return true;
    return !has_image && (there || strchr(word, '/'));
}

int cli_deploy_input_open(struct cmd *c, const char *word, const struct cli_deploy_args *args,
                          struct cli_deploy_input *in, struct cr_error *err)
{
    bool has_image = cr_edits_have(&args->edits, CR_FLAG_IMAGE);

    in->manifest = is_manifest(word, has_image);
    if (!in->manifest && in->look)
        return cli_deploy_input_update(c, word, args, in, err);
    if (cli_deploy_check(args, err) < 0)
        return -1;
    if (!in->manifest && !has_image) {
        cr_fail(err, CR_E_USAGE, "no image is given for '%s', and it is no directory with a manifest", word);
        return cr_hint(err, "crdeploy %s %s --image IMAGE; 'crdeploy init' makes a manifest", c->verb->name, word);
    }
    if (!in->manifest && cr_edits_check_containers(&args->edits, err) < 0)
        return -1;
    if (!in->manifest)
        return open_named(c, word, args, false, &in->named, err) < 0 ? -1 : start_named(c, args, in, err);
    in->d.plan = &in->job.plan;
    return load(c, word, args, &in->job, err) < 0 ? -1 : start(c, args, &in->job.plan, &in->job.link, &in->d, err);
}

int cli_deploy_input_update(struct cmd *c, const char *name, const struct cli_deploy_args *args,
                            struct cli_deploy_input *in, struct cr_error *err)
{
    in->d.update = true;
    if (cli_deploy_check(args, err) < 0 || open_named(c, name, args, true, &in->named, err) < 0)
        return -1;
    return start_named(c, args, in, err);
}

/* ---- the image ---- */

static int look_for_given(struct cli_deploy *d, struct cr_error *err)
{
    for (size_t i = 0; i < d->flags.len; i++)
        if (d->flags.row[i].flag == CR_FLAG_IMAGE &&
            cli_image_given(d->c, d->link, d->project, d->flags.row[i].text, err) < 0)
            return -1;
    return 0;
}

int cli_deploy_input_image(struct cli_deploy_input *in, bool build, bool again, struct cr_error *err)
{
    struct cli_job *job = &in->job;
    const char *given = in->manifest ? cr_plan_text(&job->plan, CR_KEY_IMAGE) : "";
    struct cmd *c = in->d.c;
    bool known = false;

    if (!in->manifest)
        return look_for_given(&in->d, err);
    if (*given) {
        in->d.image = given;
        return cli_image_given(c, in->d.link, in->d.project, given, err);
    }
    in->d.built = true;
    job->ask.again = again;
    if ((build ? cli_image_ensure(c, job, err) : cli_image_known(c, job, &known, err)) < 0)
        return -1;
    if (!build && !known)
        ui_note(c->ui, "the image '%s' would be built first; its digest is not known before", job->image);
    in->d.image = job->pinned ? job->pinned : job->image;
    return 0;
}
