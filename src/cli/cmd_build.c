#include "cli/cmd.h"
#include "cli/image.h"
#include "cli/plan_opts.h"
#include "core/check.h"

struct build_args {
    struct cr_layer plan;
    struct cli_credential_args cred;
    bool rebuild;
};

static const struct opt opts[] = {
    CLI_PLAN_OPTIONS(struct build_args, plan),
    CLI_CREDENTIAL_OPTIONS(struct build_args, cred),
    {0, "rebuild", OPT_FLAG(struct build_args, rebuild),
     .help = "Build even when nothing has changed since the last time"},
    OPT_END,
};

static json_t *document(const struct cli_job *job)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:I}", "image", job->pinned, "digest", job->digest, "tag",
                     job->image, "context", job->context.sha256, "built", job->built, "uploaded", job->uploaded,
                     "bytes_uploaded", (json_int_t)job->sent);
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct build_args *a = c->args;
    CLI_AUTO_JOB struct cli_job job = {0};

    if (cli_job_load(c, c->pos[0], &a->plan, &job, err) < 0 || cr_check_target(&job.plan, err) < 0 ||
        cli_connect(&job.plan, &a->cred, c->ui, &job.link, err) < 0 ||
        cli_image_ensure(c, &job, a->rebuild, err) < 0)
        return -1;
    if (c->json)
        return cmd_json(c, document(&job), err);
    fprintf(c->out, "%s\n", job.pinned);
    return 0;
}

const struct verb verb_build = {
    .name = "build",
    .args = "[DIR]",
    .summary = "Build the image of a model and print its digest",
    .about = "Checks the manifest in DIR (default: the current directory), renders the build context, uploads it "
             "unless it is "
             "there already, and has Cloud Build, or the local platform, build it. What is printed can be given to "
             "deploy as "
             "--image.\n\nCtrl-C cancels the build and waits until it has stopped.",
    .examples = (const char *const[]){"crdeploy build", "crdeploy build --platform local",
                                      "crdeploy deploy --image \"$(crdeploy build)\"", NULL},
    .max_args = 1,
    .arg_complete = OPT_C_DIR,
    .opts = opts,
    .args_size = sizeof(struct build_args),
    .run = run,
};
