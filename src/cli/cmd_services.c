#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/service.h"
#include "gcp/json.h"
#include "gcp/run.h"

struct services_args {
    struct cli_service_args on;
    bool yes;
};

static const struct opt opts[] = {
    CLI_TARGET_OPTIONS(struct services_args, on),
    OPT_END,
};

static const struct opt opts_delete[] = {
    {'y', "yes", OPT_FLAG(struct services_args, yes), .help = "Do not ask whether it is meant"},
    CLI_TARGET_OPTIONS(struct services_args, on),
    OPT_END,
};

static int run_list(struct cmd *c, struct cr_error *err)
{
    const struct services_args *a = c->args;
    CLI_AUTO_SERVICE struct cli_service s = {0};
    json_auto_t *all = NULL;
    json_t *one;
    size_t i;

    if (cli_service_open(c, NULL, false, &a->on, &s, err) < 0 || gcp_run_list(&s.link.gcp, s.parent, &all, err) < 0)
        return -1;
    if (c->json)
        return cmd_json(c, json_pack("{s:O}", "services", all), err);
    if (!json_array_size(all))
        ui_note(c->ui, "there are no services in %s", cr_plan_text(&s.plan, CR_KEY_REGION));
    json_array_foreach(all, i, one) fprintf(c->out, "%-30s %-8s %s\n", cli_short_name(gcp_text_at(one, "name")),
                                            cli_is_ready(one) ? "ready" : "failed", gcp_text_at(one, "uri"));
    return 0;
}

static void describe(FILE *out, const json_t *service)
{
    const json_t *template = json_object_get(service, "template");
    const json_t *container = json_array_get(json_object_get(template, "containers"), 0);
    const json_t *limits = json_object_get(json_object_get(container, "resources"), "limits");
    const json_t *condition = json_object_get(service, "terminalCondition");

    fprintf(out, "service      %s\n", cli_short_name(gcp_text_at(service, "name")));
    fprintf(out, "url          %s\n", gcp_text_at(service, "uri"));
    fprintf(out, "state        %s\n", cli_is_ready(service) ? "ready" : "not ready");
    if (*gcp_text_at(condition, "message"))
        fprintf(out, "message      %s\n", gcp_text_at(condition, "message"));
    fprintf(out, "revision     %s\n", cli_short_name(gcp_text_at(service, "latestReadyRevision")));
    fprintf(out, "image        %s\n", gcp_text_at(container, "image"));
    fprintf(out, "cpu, memory  %s, %s\n", gcp_text_at(limits, "cpu"), gcp_text_at(limits, "memory"));
    fprintf(out, "concurrency  %lld\n",
            (long long)json_integer_value(json_object_get(template, "maxInstanceRequestConcurrency")));
    fprintf(out, "timeout      %s\n", gcp_text_at(template, "timeout"));
}

static int run_describe(struct cmd *c, struct cr_error *err)
{
    const struct services_args *a = c->args;
    CLI_AUTO_SERVICE struct cli_service s = {0};
    json_auto_t *service = NULL;

    if (cli_service_open(c, c->pos[0], true, &a->on, &s, err) < 0 || cli_service_get(&s, &service, err) < 0)
        return -1;
    if (c->json)
        return cmd_json(c, json_incref(service), err);
    describe(c->out, service);
    return 0;
}

static int run_url(struct cmd *c, struct cr_error *err)
{
    const struct services_args *a = c->args;
    CLI_AUTO_SERVICE struct cli_service s = {0};
    json_auto_t *service = NULL;
    const char *url;

    if (cli_service_open(c, c->pos[0], true, &a->on, &s, err) < 0 || cli_service_get(&s, &service, err) < 0)
        return -1;
    url = gcp_text_at(service, "uri");
    if (!*url)
        return cr_fail(err, CR_E_API, "the service '%s' has no address yet", cr_plan_text(&s.plan, CR_KEY_NAME));
    if (c->json)
        return cmd_json(c, json_pack("{s:s}", "url", url), err);
    fprintf(c->out, "%s\n", url);
    return 0;
}

static int run_delete(struct cmd *c, struct cr_error *err)
{
    const struct services_args *a = c->args;
    CLI_AUTO_SERVICE struct cli_service s = {0};
    json_auto_t *service = NULL, *operation = NULL, *gone = NULL;
    CR_AUTO_FREE char *question = NULL;

    if (cli_service_open(c, c->pos[0], true, &a->on, &s, err) < 0 || cli_service_get(&s, &service, err) < 0)
        return -1;
    question = cr_format("deleting the service '%s' with all its revisions", cr_plan_text(&s.plan, CR_KEY_NAME));
    if (cli_confirm(a->yes, question, err) < 0 || gcp_run_delete(&s.link.gcp, s.name, NULL, &operation, err) < 0 ||
        (operation && cli_run_wait(c->ui, &s.link.gcp, operation, "deleting", "delete the service", &gone, err) < 0))
        return -1;
    ui_done(c->ui, "the service '%s' is deleted", cr_plan_text(&s.plan, CR_KEY_NAME));
    return c->json ? cmd_json(c, json_pack("{s:s}", "deleted", s.name), err) : 0;
}

const struct verb verb_services_list = {
    .name = "services list",
    .args = "",
    .summary = "List the services of a project and region",
    .examples = (const char *const[]){"crdeploy services list --region us-central1", NULL},
    .opts = opts,
    .args_size = sizeof(struct services_args),
    .run = run_list,
};

const struct verb verb_services_describe = {
    .name = "services describe",
    .args = "[NAME]",
    .summary = "Show what a service is and whether it is ready",
    .about = "With --json, the service as Cloud Run's API gives it.",
    .examples = (const char *const[]){"crdeploy services describe scorer", NULL},
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct services_args),
    .run = run_describe,
};

const struct verb verb_services_delete = {
    .name = "services delete",
    .args = "[NAME]",
    .summary = "Delete a service with all its revisions",
    .about = "Asks first on a terminal; elsewhere --yes is needed. Images and staged sources stay.",
    .examples = (const char *const[]){"crdeploy services delete scorer --yes", NULL},
    .max_args = 1,
    .opts = opts_delete,
    .args_size = sizeof(struct services_args),
    .run = run_delete,
};

const struct verb verb_url = {
    .name = "url",
    .args = "[NAME]",
    .summary = "Print the address of a service",
    .examples = (const char *const[]){"curl \"$(crdeploy url)/predict\"", NULL},
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct services_args),
    .run = run_url,
};
