#include "base/auto.h"
#include "base/mem.h"
#include "cli/record_served.h"
#include "cli/service.h"
#include "core/rollback.h"
#include "core/traffic.h"
#include "gcp/run.h"

struct rollback_args {
    struct cli_service_args on;
    const char *service;
    bool plan;
};

static const struct opt opts[] = {
    {0, "service", OPT_STR(struct rollback_args, service), .arg = "NAME", .help = "The service; unset: the manifest's"},
    {0, "plan", OPT_FLAG(struct rollback_args, plan), .help = "Show from where to where, and why, and change nothing"},
    CLI_TARGET_OPTIONS(struct rollback_args, on),
    OPT_END,
};

/* What is or would be done, and the traffic that comes of it. */
static int show(struct cmd *c, const struct cr_rollback *choice, bool plan, json_t *traffic, struct cr_error *err)
{
    CR_AUTO_FREE char *why = cr_rollback_why(choice);

    if (c->json)
        return cmd_json(c,
                        json_pack("{s:s, s:s, s:s, s:s, s:b, s:O}", "revision", choice->to, "from", choice->from, "to",
                                  choice->to, "reason", cr_rollback_reason_name(choice->reason), "plan", plan,
                                  "traffic", traffic),
                        err);
    if (plan)
        fprintf(c->out, "from  %s\nto    %s\nwhy   %s\n", *choice->from ? choice->from : "-", choice->to, why);
    else
        fprintf(c->out, "%s\n", choice->to);
    return 0;
}

static int move(struct cmd *c, struct cli_service *s, const struct cr_rollback *choice, const json_t *live,
                json_t *traffic, struct cr_error *err)
{
    CR_AUTO_FREE char *why = cr_rollback_why(choice);
    json_auto_t *after = NULL;

    ui_note(c->ui, "rolling back '%s' from '%s' to '%s': %s", cr_plan_text(&s->plan, CR_KEY_NAME), choice->from,
            choice->to, why);
    if (cli_traffic_write(c->ui, &s->link.gcp, s->name, live, traffic, &after, err) < 0)
        return -1;
    cli_record_served_put(s->link.platform->name, s->name, live, after);
    ui_done(c->ui, "all traffic goes to '%s'; 'crdeploy traffic --to-latest' follows the newest again", choice->to);
    return 0;
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct rollback_args *a = c->args;
    CLI_AUTO_SERVICE struct cli_service s = {0};
    json_auto_t *live = NULL, *all = NULL, *traffic = NULL, *served = NULL;
    CR_AUTO_FREE char *share = NULL;
    struct cr_rollback choice;

    if (cli_service_open(c, a->service, true, &a->on, &s, err) < 0 || cli_service_get(&s, &live, err) < 0 ||
        gcp_run_revisions(&s.link.gcp, s.name, &all, err) < 0)
        return -1;
    served = cli_record_served_get(s.link.platform->name, s.name);
    if (cr_rollback_choose(live, all, served, c->pos[0], &choice, err) < 0)
        return -1;
    share = cr_format("%s=100", choice.to);
    if (cr_traffic_edit(json_object_get(live, "traffic"), &(struct cr_traffic_change){.to_revisions = share}, &traffic,
                        err) < 0 ||
        (!a->plan && move(c, &s, &choice, live, traffic, err) < 0))
        return -1;
    return show(c, &choice, a->plan, traffic, err);
}

const struct verb verb_rollback = {
    .name = "rollback",
    .args = "[REVISION]",
    .summary = "Send all traffic to an earlier revision",
    .about = "Without REVISION, to the one that served most of the traffic before the current one, as far as deploys, "
             "traffic and rollbacks by this machine's crdeploy tell; a gradual deploy that was taken back does not "
             "count. Without such a record, or when somebody else has moved traffic since, to the newest ready "
             "revision that is older than the current one. Never to a newer one, unless it is named.\n\n"
             "Tags stay. Later deploys receive no traffic until 'crdeploy traffic --to-latest'.",
    .examples = (const char *const[]){"crdeploy rollback --plan", "crdeploy rollback",
                                      "crdeploy rollback scorer-00001-kob --service scorer", NULL},
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct rollback_args),
    .run = run,
};
