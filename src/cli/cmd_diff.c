#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/deploy_input.h"
#include "cli/record_service.h"
#include "core/diff.h"
#include "gcp/json.h"

struct diff_args {
    struct cli_deploy_args on;
    bool exit_code;
};

static const struct opt opts[] = {
    {0, "exit-code", OPT_FLAG(struct diff_args, exit_code),
     .help = "Exit with 1 where a deploy would change something"},
    OPT_PLAN(struct diff_args, on.plan, CR_KEY_NAME, "name"),
    OPT_PLAN(struct diff_args, on.plan, CR_KEY_ENV, "env"),
    CLI_DEPLOY_OPTIONS(struct diff_args, on),
    OPT_END,
};

static bool has_field(const json_t *rows, const char *field)
{
    json_t *row;
    size_t i;

    json_array_foreach((json_t *)rows, i, row)
    {
        if (strcmp(gcp_text_at(row, "field"), field) == 0)
            return true;
    }
    return false;
}

/* What somebody else changed since crdeploy's last deploy from here, each with whether this deploy keeps it. *rows
 * stays NULL where no such deploy is known. */
static int elsewhere(const struct cli_deploy *d, const struct cli_target *t, const json_t *changes, json_t **rows,
                     int64_t *since, struct cr_error *err)
{
    json_auto_t *kept = NULL, *now = t->live ? cr_diff_keep(t->live) : NULL;
    json_t *row;
    size_t i;

    if (cli_record_service_get(d->link->platform->name, t->name, &kept, since, err) < 0)
        return -1;
    if (!kept || !now)
        return 0;
    *rows = cr_diff_service(kept, now);
    json_array_foreach(*rows, i, row)
        json_object_set_new(row, "kept", json_boolean(!has_field(changes, gcp_text_at(row, "field"))));
    return 0;
}

static json_t *time_json(int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    char text[32];
    struct tm tm;

    return strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &tm)) ? json_string(text)
                                                                                       : json_null();
}

/* {"region", "changes", "elsewhere", "since", "lastModifier", "client", "updateTime"}. */
static int compare(const struct cli_deploy *d, const struct cli_target *t, json_t **doc, struct cr_error *err)
{
    json_auto_t *changes = cr_diff_service(t->live, t->service), *others = NULL;
    int64_t since = 0;

    if (elsewhere(d, t, changes, &others, &since, err) < 0)
        return -1;
    *doc = cr_oom_check(json_pack("{s:s, s:b, s:O, s:O?, s:o, s:s, s:s, s:s}", "region", t->region, "exists", !!t->live,
                                  "changes", changes, "elsewhere", others, "since",
                                  others ? time_json(since) : json_null(), "lastModifier",
                                  gcp_text_at(t->live, "lastModifier"), "client", gcp_text_at(t->live, "client"),
                                  "updateTime", gcp_text_at(t->live, "updateTime")));
    return 0;
}

/* ---- for people ---- */

static void show_rows(FILE *out, const json_t *rows)
{
    json_t *row;
    size_t i;

    json_array_foreach((json_t *)rows, i, row)
    {
        CR_AUTO_FREE char *text = cr_diff_text(row);

        fprintf(out, "%s%s\n", text,
                json_is_false(json_object_get(row, "kept")) ? "  (a deploy changes it again)" : "");
    }
}

static const char *or_somebody(const char *text)
{
    return *text ? text : "somebody";
}

static void show(const struct cli_deploy *d, const json_t *doc)
{
    const json_t *changes = json_object_get(doc, "changes"), *others = json_object_get(doc, "elsewhere");
    const char *region = gcp_text_at(doc, "region"), *client = gcp_text_at(doc, "client");
    FILE *out = d->c->out;

    if (d->len > 1)
        fprintf(out, "# %s\n", region);
    if (!json_is_true(json_object_get(doc, "exists")))
        ui_note(d->c->ui, "there is no service '%s' in %s yet", d->id, region);
    else if (!json_array_size(changes))
        ui_note(d->c->ui, "the service '%s' in %s is as it should be", d->id, region);
    show_rows(out, changes);
    if (json_is_null(others) && json_is_true(json_object_get(doc, "exists")))
        ui_note(d->c->ui, "no deploy from this machine is known, so what was changed elsewhere cannot be told");
    if (!json_array_size(others))
        return;
    fprintf(out,
            "\n# changed elsewhere since the deploy from here at %s, last by %s%s%s at %s; kept unless said "
            "otherwise\n",
            gcp_text_at(doc, "since"), or_somebody(gcp_text_at(doc, "lastModifier")), *client ? " with " : "", client,
            gcp_text_at(doc, "updateTime"));
    show_rows(out, others);
}

static int give(struct cli_deploy *d, json_t *docs, struct cr_error *err)
{
    json_auto_t *owned = docs;
    json_t *doc;
    size_t i;

    if (d->c->json)
        return cmd_json(d->c, json_pack("{s:s, s:O}", "service", d->id, "regions", owned), err);
    json_array_foreach(owned, i, doc) show(d, doc);
    return 0;
}

static int compare_all(struct cli_deploy *d, size_t *fields, struct cr_error *err)
{
    json_auto_t *docs = json_array();

    for (size_t i = 0; i < d->len; i++) {
        json_t *doc = NULL;

        if (compare(d, &d->target[i], &doc, err) < 0)
            return -1;
        *fields += json_array_size(json_object_get(doc, "changes"));
        json_array_append_new(docs, doc);
    }
    return give(d, CR_STEAL(docs), err);
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct diff_args *a = c->args;
    CLI_AUTO_DEPLOY_INPUT struct cli_deploy_input in = {.look = true};
    size_t fields = 0;

    if (cli_deploy_input_open(c, c->pos[0], &a->on, &in, err) < 0 ||
        cli_deploy_input_image(&in, false, false, err) < 0 || cli_deploy_read(&in.d, err) < 0 ||
        cli_deploy_prepare(&in.d, err) < 0 || compare_all(&in.d, &fields, err) < 0)
        return -1;
    if (!a->exit_code || !fields)
        return 0;
    return cr_fail(err, CR_E_API, "the service '%s' is not as it should be: %zu field%s differ%s", in.d.id, fields,
                   fields == 1 ? "" : "s", fields == 1 ? "s" : "");
}

const struct verb verb_diff = {
    .name = "diff",
    .args = "[DIR|NAME]",
    .summary = "Show what a deploy would change, and what somebody changed elsewhere",
    .about =
        "Takes what deploy takes, and changes nothing. The first list has each field in which the live service differs "
        "from what a deploy would make of it. The second has what was changed elsewhere since the last deploy from "
        "this "
        "machine, with who did the last change: that is kept unless the manifest or the command line say otherwise.\n\n"
        "What a deploy left behind is remembered under $XDG_STATE_HOME/crdeploy, values of variables as digests only. "
        "An image that is not built yet is shown by its tag.",
    .examples = (const char *const[]){"crdeploy diff", "crdeploy diff --memory 3G --exit-code",
                                      "crdeploy diff scorer --image gcr.io/my-proj/scorer:v2", NULL},
    .max_args = 1,
    .arg_complete = OPT_C_DIR,
    .opts = opts,
    .args_size = sizeof(struct diff_args),
    .run = run,
};
