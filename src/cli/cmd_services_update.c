#include "cli/deploy_input.h"
#include "cli/deploy_show.h"

struct update_args {
    struct cli_deploy_args on;
};

static const struct opt opts[] = {
    CLI_SEND_OPTIONS(struct update_args, on),
    CLI_DEPLOY_OPTIONS(struct update_args, on),
    OPT_END,
};

static int run(struct cmd *c, struct cr_error *err)
{
    const struct update_args *a = c->args;
    CLI_AUTO_DEPLOY_INPUT struct cli_deploy_input in = {0};
    bool deployed;

    if (cr_edits_empty(&a->on.edits)) {
        cr_fail(err, CR_E_USAGE, "no change of '%s' was asked for", c->pos[0] ? c->pos[0] : "the service");
        return cr_hint(err,
                       "such as --memory 2Gi, --concurrency 8, --update-env-vars LOG_LEVEL=debug or --image IMAGE");
    }
    if (cli_deploy_input_update(c, c->pos[0], &a->on, &in, err) < 0 ||
        cli_deploy_input_image(&in, false, false, err) < 0 || cli_deploy_read(&in.d, err) < 0 ||
        cli_deploy_prepare(&in.d, err) < 0 || cli_deploy_go(&in.d, &deployed, err) < 0)
        return -1;
    return deployed ? cli_deploy_show(&in.d, NULL, err) : 0;
}

const struct verb verb_services_update = {
    .name = "services update",
    .args = "[NAME]",
    .summary = "Change settings of a service that is deployed",
    .about =
        "Only what the options say changes; the rest stays as it is live, whoever set it. Where that changes what a "
        "revision is, a new one is made, of the very image that runs now: an image that is deployed by a tag is "
        "pinned to its digest. Options of the service itself, such as --ingress, --min or --description, make no "
        "new revision.\n\nThe options are those of gcloud run services update, in its forms.",
    .examples =
        (const char *const[]){"crdeploy services update scorer --memory 2Gi --concurrency 8",
                              "crdeploy services update scorer --update-env-vars LOG_LEVEL=debug --dry-run",
                              "crdeploy services update scorer --region us-central1,europe-west1 --cpu 2", NULL},
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct update_args),
    .run = run,
};
