#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/service.h"
#include "gcp/call.h"
#include "gcp/endpoints.h"
#include "gcp/json.h"

#define FILE_MOST (16 << 20)

struct load_args {
    struct cr_layer plan;
};

static const struct opt opts[] = {
    OPT_PLAN(struct load_args, plan, CR_KEY_PROJECT, "project"),
    OPT_PLAN(struct load_args, plan, CR_KEY_REGION, "region"),
    OPT_END,
};

static int read_document(const char *path, json_t **document, struct cr_error *err)
{
    CR_AUTO_FREE char *text = NULL;
    json_error_t why;
    size_t len;

    if (cr_file_read(path, FILE_MOST, &text, &len, err) < 0)
        return -1;
    *document = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    return *document ? 0 : cr_fail(err, CR_E_USAGE, "%s:%d:%d: %s", path, why.line, why.column, why.text);
}

static int send_document(struct cli_service *s, const json_t *document, json_t **reply, struct cr_error *err)
{
    CR_AUTO_FREE char *project = gcp_url_escape(cr_plan_text(&s->plan, CR_KEY_PROJECT));
    CR_AUTO_FREE char *region = gcp_url_escape(cr_plan_text(&s->plan, CR_KEY_REGION));
    CR_AUTO_FREE char *url = gcp_url(&s->link.gcp, GCP_RUN, "local/load?project=%s&region=%s", project, region);
    const struct gcp_request rq = {.method = "POST", .url = url, .repeat = GCP_REPEAT_SAFE};

    return gcp_call_json(&s->link.gcp, &rq, document, reply, "load the service", err);
}

static int run_load(struct cmd *c, struct cr_error *err)
{
    const struct load_args *a = c->args;
    struct cli_service_args on = {.plan = a->plan};
    CLI_AUTO_SERVICE struct cli_service s = {0};
    json_auto_t *document = NULL, *reply = NULL;
    int revisions;

    on.plan.text[CR_KEY_PLATFORM] = "local";
    on.plan.where[CR_KEY_PLATFORM] = "local load";
    if (read_document(c->pos[0], &document, err) < 0 || cli_service_open(c, NULL, false, &on, &s, err) < 0)
        return -1;
    if (send_document(&s, document, &reply, err) < 0)
        return cr_wrap(err, "%s", c->pos[0]);
    if (c->json)
        return cmd_json(c, json_incref(reply), err);
    revisions = (int)json_integer_value(json_object_get(reply, "revisions"));
    ui_done(c->ui, "loaded '%s' with %d %s", cli_short_name(gcp_text_at(reply, "name")), revisions,
            revisions == 1 ? "revision" : "revisions");
    return 0;
}

const struct verb verb_local_load = {
    .name = "local load",
    .args = "FILE",
    .summary = "Put a service from a file on the local platform, as if it had been deployed there",
    .about =
        "The file holds JSON: a service, or {\"service\", \"revisions\", \"policy\"}, in the form of either of Cloud "
        "Run's APIs: what 'gcloud run services describe --format json' prints will do. It is put into the project "
        "and region of the settings, whatever the file says, in place of a service of that name. Nothing is "
        "started: where the image of a revision is not on this machine, its address answers 503.",
    .examples = (const char *const[]){"crdeploy local load scorer.json",
                                      "crdeploy local load state.json --region europe-west1", NULL},
    .min_args = 1,
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct load_args),
    .run = run_load,
};
