#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/record_served.h"
#include "cli/requests.h"
#include "cli/service.h"
#include "core/traffic.h"
#include "gcp/rehearse.h"

struct traffic_args {
    struct cli_service_args on;
    struct opt_list to_revisions, to_tags, set_tags, update_tags, remove_tags;
    bool to_latest, clear_tags, async, dry_run;
};

static const struct opt opts[] = {
    {0, "to-revisions", OPT_LIST(struct traffic_args, to_revisions), .arg = "REVISION=PERCENT,...",
     .help = "Shares of revisions, LATEST for the newest; what is left is shared as it was"},
    {0, "to-latest", OPT_FLAG(struct traffic_args, to_latest), .help = "All of it to the newest revision"},
    {0, "to-tags", OPT_LIST(struct traffic_args, to_tags), .arg = "TAG=PERCENT,...",
     .help = "Shares of the revisions that have these tags"},
    {0, "set-tags", OPT_LIST(struct traffic_args, set_tags), .arg = "TAG=REVISION,...",
     .help = "Tags, in place of all there are"},
    {0, "update-tags", OPT_LIST(struct traffic_args, update_tags), .arg = "TAG=REVISION,...",
     .help = "Tags to add or to move"},
    {0, "remove-tags", OPT_LIST(struct traffic_args, remove_tags), .arg = "TAG,...", .help = "Tags to take off"},
    {0, "clear-tags", OPT_FLAG(struct traffic_args, clear_tags), .help = "Take all tags off"},
    {0, "async", OPT_FLAG(struct traffic_args, async), .help = "Do not wait until it has taken effect"},
    {0, "dry-run", OPT_FLAG(struct traffic_args, dry_run),
     .help = "Show the requests that would be sent, and change nothing"},
    CLI_TARGET_OPTIONS(struct traffic_args, on),
    OPT_END,
};

/* ---- the options ---- */

static int check_options(const struct traffic_args *a, struct cr_error *err)
{
    int shares = !!a->to_revisions.len + a->to_latest + !!a->to_tags.len;
    bool set = a->set_tags.len, edits = a->update_tags.len || a->remove_tags.len;

    if (shares > 1)
        return cr_fail(err, CR_E_USAGE, "only one of --to-revisions, --to-latest and --to-tags can be given");
    if ((set && a->clear_tags) || ((set || a->clear_tags) && edits))
        return cr_fail(err, CR_E_USAGE, "--set-tags and --clear-tags stand alone among the options for tags");
    return 0;
}

/* Given more than once, an option adds, as with gcloud; but not to a key that it has already. */
static int add_keys(const char *option, const char *text, json_t *all, struct cr_error *err)
{
    json_auto_t *map = NULL;
    const char *key;
    json_t *value;

    if (cr_map_parse(text, &map, err) < 0)
        return cr_wrap(err, "%s", option);
    json_object_foreach(map, key, value)
    {
        if (json_object_get(all, key)) {
            cr_fail(err, CR_E_USAGE, "%s: '%s' is given twice", option, key);
            return cr_hint(err, "leave one of the two out");
        }
        json_object_set(all, key, value);
    }
    return 0;
}

/* *text: all values behind one another, new; NULL where the option is not given. */
static int join(const char *option, const struct opt_list *list, bool keys, char **text, struct cr_error *err)
{
    json_auto_t *all = json_object();

    for (size_t i = 0; i < list->len; i++) {
        CR_AUTO_FREE char *before = *text;

        *text =
            cr_format("%s%s%s", before ? before : "", before && *before && *list->item[i] ? "," : "", list->item[i]);
        if (keys && add_keys(option, list->item[i], all, err) < 0)
            return -1;
    }
    return 0;
}

/* The texts are new. */
static int read_change(const struct traffic_args *a, struct cr_traffic_change *change, struct cr_error *err)
{
    *change = (struct cr_traffic_change){.to_latest = a->to_latest, .clear_tags = a->clear_tags};
    if (check_options(a, err) < 0)
        return -1;
    return join("--to-revisions", &a->to_revisions, true, (char **)&change->to_revisions, err) < 0 ||
                   join("--to-tags", &a->to_tags, true, (char **)&change->to_tags, err) < 0 ||
                   join("--set-tags", &a->set_tags, true, (char **)&change->set_tags, err) < 0 ||
                   join("--update-tags", &a->update_tags, true, (char **)&change->update_tags, err) < 0 ||
                   join("--remove-tags", &a->remove_tags, false, (char **)&change->remove_tags, err) < 0
               ? -1
               : 0;
}

static void change_clear(struct cr_traffic_change *change)
{
    free((char *)change->to_revisions);
    free((char *)change->to_tags);
    free((char *)change->set_tags);
    free((char *)change->update_tags);
    free((char *)change->remove_tags);
}

/* ---- the change ---- */

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
static int change(struct cmd *c, struct cli_service *s, const struct cr_traffic_change *wanted, json_t **live,
                  json_t **edited, struct cr_error *err)
{
    const struct traffic_args *a = c->args;
    json_auto_t *after = NULL;

    if (cli_service_get(s, live, err) < 0)
        return -1;
    if (!cr_traffic_asked(wanted))
        return 0;
    if (cr_traffic_edit(json_object_get(*live, "traffic"), wanted, edited, err) < 0 ||
        cli_traffic_write(c->ui, &s->link.gcp, s->name, *live, *edited, a->async || a->dry_run ? NULL : &after, err) <
            0)
        return -1;
    if (after)
        cli_record_served_put(s->link.platform->name, s->name, *live, after);
    return 0;
}

static int rehearse(struct cmd *c, struct cli_service *s, const struct cr_traffic_change *wanted, struct cr_error *err)
{
    struct gcp_rehearsal rehearsal;
    json_auto_t *live = NULL, *edited = NULL;
    int rc;

    gcp_rehearsal_init(&rehearsal, s->link.gcp.http);
    s->link.gcp.http = &rehearsal.door;
    rc = change(c, s, wanted, &live, &edited, err) < 0 ? -1 : cli_requests_show(c, rehearsal.requests, err);
    s->link.gcp.http = rehearsal.behind;
    gcp_rehearsal_clear(&rehearsal);
    return rc;
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct traffic_args *a = c->args;
    __attribute__((cleanup(change_clear))) struct cr_traffic_change wanted = {0};
    CLI_AUTO_SERVICE struct cli_service s = {0};
    json_auto_t *live = NULL, *edited = NULL;
    const json_t *shown;

    if (read_change(a, &wanted, err) < 0 || cli_service_open(c, c->pos[0], true, &a->on, &s, err) < 0)
        return -1;
    if (a->dry_run)
        return rehearse(c, &s, &wanted, err);
    if (change(c, &s, &wanted, &live, &edited, err) < 0)
        return -1;
    if (wanted.set_tags && !*wanted.set_tags)
        ui_note(c->ui, "--set-tags is empty, so no tag changes; --clear-tags removes all of them");
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
