#include "cli/cmd.h"

static const struct opt opts[] = {OPT_END};

static int run(struct cmd *c, struct cr_error *err)
{
    if (c->json)
        return cmd_json(c, json_pack("{s:s}", "version", CR_VERSION), err);
    fprintf(c->out, "crdeploy %s\n", CR_VERSION);
    return 0;
}

const struct verb verb_version = {
    .name = "version",
    .args = "",
    .summary = "Show the version",
    .examples = (const char *const[]){"crdeploy version", NULL},
    .opts = opts,
    .args_size = 1,
    .run = run,
};
