#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/service.h"
#include "gcp/json.h"
#include "gcp/run.h"

struct revisions_args {
    struct cli_service_args on;
    const char *service;
    bool yes;
};

#define OPTIONS                                                            \
    {0, "service", OPT_STR(struct revisions_args, service), .arg = "NAME", \
     .help = "The service; unset: the manifest's"},                        \
        CLI_TARGET_OPTIONS(struct revisions_args, on), OPT_END

static const struct opt opts[] = {OPTIONS};
static const struct opt opts_delete[] = {
    {'y', "yes", OPT_FLAG(struct revisions_args, yes), .help = "Do not ask whether it is meant"},
    OPTIONS,
};

/* The share a revision gets, its tags among it. New. */
static char *shares(const json_t *service, const char *revision)
{
    CR_AUTO_FREE char *tags = cr_strdup("");
    long long percent = 0;
    json_t *target;
    size_t i;

    json_array_foreach(json_object_get(service, "trafficStatuses"), i, target)
    {
        const char *name = cli_short_name(gcp_text_at(target, "revision")), *tag = gcp_text_at(target, "tag");

        if (!*name)
            name = cli_short_name(gcp_text_at(service, "latestReadyRevision"));
        if (strcmp(name, revision) != 0)
            continue;
        percent += json_integer_value(json_object_get(target, "percent"));
        if (*tag) {
            char *before = tags;

            tags = cr_format("%s %s", before, tag);
            free(before);
        }
    }
    return cr_format("%3lld%%%s", percent, tags);
}

static int run_list(struct cmd *c, struct cr_error *err)
{
    const struct revisions_args *a = c->args;
    CLI_AUTO_SERVICE struct cli_service s = {0};
    json_auto_t *service = NULL, *all = NULL;
    json_t *one;
    size_t i;

    if (cli_service_open(c, c->pos[0] ? c->pos[0] : a->service, true, &a->on, &s, err) < 0 ||
        cli_service_get(&s, &service, err) < 0 || gcp_run_revisions(&s.link.gcp, s.name, &all, err) < 0)
        return -1;
    if (c->json)
        return cmd_json(c, json_pack("{s:O}", "revisions", all), err);
    json_array_foreach(all, i, one)
    {
        const char *name = cli_short_name(gcp_text_at(one, "name"));
        CR_AUTO_FREE char *share = shares(service, name);

        fprintf(c->out, "%-40s %-8s %.19s  %s\n", name, cli_is_ready(one) ? "ready" : "failed",
                gcp_text_at(one, "createTime"), share);
    }
    return 0;
}

/* The service a revision belongs to is in its name: SERVICE-00001-abc, or SERVICE-SUFFIX; said with --service where the
 * manifest does not say it. */
static int open_revision(struct cmd *c, struct cli_service *s, char **name, json_t **revision, struct cr_error *err)
{
    const struct revisions_args *a = c->args;

    if (cli_service_open(c, a->service, true, &a->on, s, err) < 0)
        return -1;
    *name = cr_format("%s/revisions/%s", s->name, c->pos[0]);
    if (gcp_run_get(&s->link.gcp, *name, revision, err) < 0)
        return -1;
    if (*revision)
        return 0;
    cr_fail(err, CR_E_API, "the service '%s' has no revision '%s'", cr_plan_text(&s->plan, CR_KEY_NAME), c->pos[0]);
    return cr_hint(err, "'crdeploy revisions list' names those that are there");
}

static int run_describe(struct cmd *c, struct cr_error *err)
{
    CLI_AUTO_SERVICE struct cli_service s = {0};
    json_auto_t *revision = NULL;
    CR_AUTO_FREE char *name = NULL, *text = NULL;

    if (open_revision(c, &s, &name, &revision, err) < 0)
        return -1;
    if (c->json)
        return cmd_json(c, json_incref(revision), err);
    text = cr_oom_check(json_dumps(revision, JSON_INDENT(2)));
    fprintf(c->out, "%s\n", text);
    return 0;
}

static int run_delete(struct cmd *c, struct cr_error *err)
{
    const struct revisions_args *a = c->args;
    CLI_AUTO_SERVICE struct cli_service s = {0};
    json_auto_t *revision = NULL, *operation = NULL, *gone = NULL;
    CR_AUTO_FREE char *name = NULL, *question = NULL;

    if (open_revision(c, &s, &name, &revision, err) < 0)
        return -1;
    question = cr_format("deleting the revision '%s'", c->pos[0]);
    if (cli_confirm(a->yes, question, err) < 0 || gcp_run_delete(&s.link.gcp, name, NULL, &operation, err) < 0 ||
        (operation && cli_run_wait(c->ui, &s.link.gcp, operation, "deleting", "delete the revision", &gone, err) < 0))
        return -1;
    ui_done(c->ui, "the revision '%s' is deleted", c->pos[0]);
    return c->json ? cmd_json(c, json_pack("{s:s}", "deleted", name), err) : 0;
}

const struct verb verb_revisions_list = {
    .name = "revisions list",
    .args = "[SERVICE]",
    .summary = "List the revisions of a service, newest first, with their traffic and tags",
    .examples = (const char *const[]){"crdeploy revisions list scorer", NULL},
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct revisions_args),
    .run = run_list,
};

const struct verb verb_revisions_describe = {
    .name = "revisions describe",
    .args = "REVISION",
    .summary = "Show a revision as Cloud Run's API gives it",
    .examples = (const char *const[]){"crdeploy revisions describe scorer-00002-vip --service scorer", NULL},
    .min_args = 1,
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct revisions_args),
    .run = run_describe,
};

const struct verb verb_revisions_delete = {
    .name = "revisions delete",
    .args = "REVISION",
    .summary = "Delete a revision that serves no traffic",
    .about = "Asks first on a terminal; elsewhere --yes is needed. Cloud Run refuses what serves traffic, has a tag or "
             "is the newest.",
    .examples = (const char *const[]){"crdeploy revisions delete scorer-00001-kob --service scorer --yes", NULL},
    .min_args = 1,
    .max_args = 1,
    .opts = opts_delete,
    .args_size = sizeof(struct revisions_args),
    .run = run_delete,
};
