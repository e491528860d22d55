#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/requests.h"
#include "cli/service.h"
#include "core/traffic.h"
#include "gcp/rehearse.h"

struct traffic_args {
    struct cli_service_args on;
    struct cr_traffic_change change;
    bool async, dry_run;
};

static const struct opt opts[] = {
    {0, "to-revisions", OPT_STR(struct traffic_args, change.to_revisions), .arg = "REVISION=PERCENT,...",
     .help = "Shares of revisions, LATEST for the newest; what is left is shared as it was"},
    {0, "to-latest", OPT_FLAG(struct traffic_args, change.to_latest), .help = "All of it to the newest revision"},
    {0, "to-tags", OPT_STR(struct traffic_args, change.to_tags), .arg = "TAG=PERCENT,...",
     .help = "Shares of the revisions that have these tags"},
    {0, "set-tags", OPT_STR(struct traffic_args, change.set_tags), .arg = "TAG=REVISION,...",
     .help = "Tags, in place of all there are"},
    {0, "update-tags", OPT_STR(struct traffic_args, change.update_tags), .arg = "TAG=REVISION,...",
     .help = "Tags to add or to move"},
    {0, "remove-tags", OPT_STR(struct traffic_args, change.remove_tags), .arg = "TAG,...", .help = "Tags to take off"},
    {0, "clear-tags", OPT_FLAG(struct traffic_args, change.clear_tags), .help = "Take all tags off"},
    {0, "async", OPT_FLAG(struct traffic_args, async), .help = "Do not wait until it has taken effect"},
    {0, "dry-run", OPT_FLAG(struct traffic_args, dry_run),
     .help = "Show the requests that would be sent, and change nothing"},
    CLI_TARGET_OPTIONS(struct traffic_args, on),
    OPT_END,
};

static int check_change(const struct cr_traffic_change *t, struct cr_error *err)
{
    int shares = !!t->to_revisions + t->to_latest + !!t->to_tags;
    bool replaced = t->set_tags || t->clear_tags;

    if (shares > 1)
        return cr_fail(err, CR_E_USAGE, "only one of --to-revisions, --to-latest and --to-tags can be given");
    if ((t->set_tags && t->clear_tags) || (replaced && (t->update_tags || t->remove_tags)))
        return cr_fail(err, CR_E_USAGE, "--set-tags and --clear-tags stand alone among the options for tags");
    return 0;
}

static void show_text(struct cmd *c, const json_t *list)
{
    json_t *target;
    size_t i;

    json_array_foreach((json_t *)list, i, target)
    {
        CR_AUTO_FREE char *text = cr_traffic_text(target);

        fprintf(c->out, "%s\n", text);
    }
}

/* What it is and what it is to be; *edited stays NULL where nothing was asked for. */
static int change(struct cmd *c, struct cli_service *s, json_t **live, json_t **edited, struct cr_error *err)
{
    const struct traffic_args *a = c->args;

    if (cli_service_get(s, live, err) < 0)
        return -1;
    if (!cr_traffic_asked(&a->change))
        return 0;
    return cr_traffic_edit(json_object_get(*live, "traffic"), &a->change, edited, err) < 0
               ? -1
               : cli_traffic_put(c->ui, s, *live, *edited, a->async || a->dry_run, err);
}

static int rehearse(struct cmd *c, struct cli_service *s, struct cr_error *err)
{
    struct gcp_rehearsal rehearsal;
    json_auto_t *live = NULL, *edited = NULL;
    int rc;

    gcp_rehearsal_init(&rehearsal, s->link.gcp.http);
    s->link.gcp.http = &rehearsal.door;
    rc = change(c, s, &live, &edited, err) < 0 ? -1 : cli_requests_show(c, rehearsal.requests, err);
    s->link.gcp.http = rehearsal.behind;
    gcp_rehearsal_clear(&rehearsal);
    return rc;
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct traffic_args *a = c->args;
    CLI_AUTO_SERVICE struct cli_service s = {0};
    json_auto_t *live = NULL, *edited = NULL;
    const json_t *shown;

    if (check_change(&a->change, err) < 0 || cli_service_open(c, c->pos[0], true, &a->on, &s, err) < 0)
        return -1;
    if (a->dry_run)
        return rehearse(c, &s, err);
    if (change(c, &s, &live, &edited, err) < 0)
        return -1;
    if (edited)
        ui_done(c->ui, a->async ? "traffic is asked for" : "traffic is moved");
    shown = edited ? edited : json_object_get(live, "traffic");
    if (c->json)
        return cmd_json(c, json_pack("{s:s, s:O}", "service", cr_plan_text(&s.plan, CR_KEY_NAME), "traffic", shown),
                        err);
    show_text(c, shown);
    return 0;
}

#define ABOUT                                                                                                         \
    "Without an option, shows the list. As soon as shares change, the list is written anew: a line for each target "  \
    "with a share, then one for each tag. Percent that nobody was given goes to the other targets, in proportion to " \
    "what they had. A share given to a revision by name stays there: later deploys receive nothing until LATEST has " \
    "a share again."

const struct verb verb_traffic = {
    .name = "traffic",
    .args = "[NAME]",
    .summary = "Show or change which revisions of a service get how much traffic",
    .about = ABOUT,
    .examples = (const char *const[]){"crdeploy traffic scorer --to-revisions scorer-00002-vip=10",
                                      "crdeploy traffic scorer --to-latest",
                                      "crdeploy traffic scorer --update-tags canary=LATEST", NULL},
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct traffic_args),
    .run = run,
};

const struct verb verb_services_update_traffic = {
    .name = "services update-traffic",
    .args = "NAME",
    .summary = "The same as traffic, under gcloud's name",
    .about = ABOUT,
    .examples = (const char *const[]){"crdeploy services update-traffic scorer --to-latest", NULL},
    .min_args = 1,
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct traffic_args),
    .run = run,
};
