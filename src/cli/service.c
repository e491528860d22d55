#include "cli/service.h"

#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clean.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/settings.h"
#include "cli/verdict_show.h"
#include "core/check.h"
#include "gcp/json.h"
#include "gcp/run.h"

void cli_service_clear(struct cli_service *s)
{
    cli_connection_clear(&s->link);
    cr_plan_clear(&s->plan);
    cr_manifest_clear(&s->manifest);
    free(s->parent);
    free(s->name);
    *s = (struct cli_service){0};
}

int cli_service_open(struct cmd *c, const char *name, bool named, const struct cli_service_args *args,
                     struct cli_service *s, struct cr_error *err)
{
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    struct cr_layer layer = args->plan;
    char *services;

    if (name) {
        layer.text[CR_KEY_NAME] = name;
        layer.where[CR_KEY_NAME] = "NAME";
    }
    if (cli_plan_load(NULL, &layer, false, &s->manifest, &s->plan, &problems, err) < 0 ||
        cmd_problems(c, &problems, s->manifest.path ? s->manifest.path : "the settings", err) < 0)
        return -1;
    if (named && !*cr_plan_text(&s->plan, CR_KEY_NAME)) {
        cr_fail(err, CR_E_USAGE, "no service is named, and no crdeploy.yaml is here");
        /* a revision's verbs take the service by an option */
        return strstr(c->verb->args, "REVISION")
                   ? cr_hint(err, "crdeploy %s --service NAME %s", c->verb->name, c->verb->args)
                   : cr_hint(err, "crdeploy %s NAME", c->verb->name);
    }
    if (cr_check_target(&s->plan, err) < 0 || cli_connect(&s->plan, &args->cred, c->ui, &s->link, err) < 0)
        return -1;
    s->name = cli_service_name(&s->plan);
    services = strstr(s->name, "/services/");
    s->parent = cr_strndup(s->name, (size_t)(services - s->name));
    return 0;
}

int cli_service_get(struct cli_service *s, json_t **service, struct cr_error *err)
{
    if (gcp_run_get(&s->link.gcp, s->name, service, err) < 0)
        return -1;
    if (*service)
        return 0;
    cr_fail(err, CR_E_API, "there is no service '%s' in %s", cr_plan_text(&s->plan, CR_KEY_NAME),
            cr_plan_text(&s->plan, CR_KEY_REGION));
    return cr_hint(err, "'crdeploy services list' names those that are there; --region looks elsewhere");
}

const char *cli_short_name(const char *name)
{
    const char *slash = name ? strrchr(name, '/') : NULL;

    return slash ? slash + 1 : name ? name : "";
}

const char *cli_tag_uri(const json_t *service, const char *tag)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(service, "trafficStatuses"), i, row)
    {
        if (strcmp(gcp_text_at(row, "tag"), tag) == 0)
            return gcp_text_at(row, "uri");
    }
    return "";
}

static const json_t *ready_condition(const json_t *resource)
{
    const json_t *ready = json_object_get(resource, "terminalCondition");
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(resource, "conditions"), i, one)
    {
        if (!ready && strcmp(gcp_text_at(one, "type"), "Ready") == 0)
            ready = one;
    }
    return ready;
}

bool cli_is_ready(const json_t *resource)
{
    return strcmp(gcp_text_at(ready_condition(resource), "state"), "CONDITION_SUCCEEDED") == 0;
}

const char *cli_ready_message(const json_t *resource)
{
    return gcp_text_at(ready_condition(resource), "message");
}

struct watched {
    struct ui *ui;
    const char *doing;
};

static void on_tick(void *ud, const json_t *operation)
{
    const struct watched *w = ud;

    (void)operation;
    ui_progress(w->ui, w->doing, 0, 0, false);
}

int cli_run_wait(struct ui *ui, struct gcp *g, const json_t *operation, const char *doing, const char *what,
                 json_t **service, struct cr_error *err)
{
    if (gcp_run_wait(g, operation, what, on_tick, &(struct watched){ui, doing}, service, err) == 0)
        return 0;
    return cli_verdict(ui, g, operation, err);
}

/* An exception from Binary Authorization was made for one deploy, and ends with it: what it was for is not carried on
 * into a change of traffic, as gcloud does not. */
static void drop_breakglass(const json_t *live, json_t *body)
{
    const json_t *policy = json_object_get(live, "binaryAuthorization");

    if (json_object_get(policy, "breakglassJustification")) {
        json_object_set_new(body, "binaryAuthorization", json_copy((json_t *)policy));
        json_object_del(json_object_get(body, "binaryAuthorization"), "breakglassJustification");
    }
}

int cli_traffic_write(struct ui *ui, struct gcp *g, const char *name, const json_t *live, json_t *traffic,
                      json_t **service, struct cr_error *err)
{
    json_auto_t *body = json_pack("{s:O}", "traffic", traffic), *operation = NULL;
    const char *etag = json_string_value(json_object_get(live, "etag"));
    struct gcp_run_patch how = {.update_mask = "traffic"};

    drop_breakglass(live, body);
    if (json_object_get(body, "binaryAuthorization"))
        how.update_mask = "binaryAuthorization,traffic";
    if (etag)
        json_object_set_new(body, "etag", json_string(etag));
    if (gcp_run_patch(g, name, body, &how, &operation, err) < 0)
        return -1;
    return service ? cli_run_wait(ui, g, operation, "moving traffic", "move the traffic", service, err) : 0;
}

int cli_confirm(bool yes, const char *question, struct cr_error *err)
{
    char line[16];

    if (yes)
        return 0;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        cr_fail(err, CR_E_USAGE, "%s needs a yes", question);
        return cr_hint(err, "give it with --yes");
    }
    cr_clean_put(question, stderr);
    fputs("? [y/N] ", stderr);
    if (fgets(line, sizeof(line), stdin) && (*line == 'y' || *line == 'Y'))
        return 0;
    return cr_fail(err, CR_E_USAGE, "not done: %s was not confirmed", question);
}
