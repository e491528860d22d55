#include "base/auto.h"
#include "base/mem.h"
#include "cli/cmd.h"
#include "cli/limits_opts.h"
#include "cli/plan_opts.h"
#include "cli/settings.h"
#include "core/check.h"
#include "core/forecast.h"

struct check_args {
    struct cr_layer plan;
    struct cli_limits_args limits;
    bool explain;
};

static const struct opt opts[] = {
    CLI_PLAN_OPTIONS(struct check_args, plan),
    {0, "explain", OPT_FLAG(struct check_args, explain), .help = "Also print every value and where it comes from"},
    CLI_LIMITS_OPTIONS(struct check_args, limits),
    OPT_END,
};

static json_t *values_json(const struct cr_plan *plan)
{
    json_t *all = json_object();

    for (int key = 0; key < CR_KEY_COUNT; key++) {
        const struct cr_value *v = &plan->value[key];

        if (v->text)
            json_object_set_new(all, cr_keys[key].path,
                                json_pack("{s:o, s:s, s:o}", "value", cmd_text_json(v->text), "from",
                                          cr_origin_name(v->origin), "where", cmd_text_json(v->where)));
    }
    return all;
}

/* What the model is expected to need, in its parts; nothing where the graph cannot be read. */
static void explain_memory(FILE *out, const struct cr_forecast *f)
{
    const struct {
        const char *what;
        int64_t bytes;
    } rows[] = {{"memory: weights", f->weights},
                {"memory: one inference", f->activations},
                {"memory: requests", f->requests},
                {"memory: the server", f->base},
                {"memory: expected in all", f->total}};
    char size[24];

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        ui_size(rows[i].bytes, size);
        fprintf(out, "%-32s %-24s forecast\n", rows[i].what, size);
    }
}

static void explain(FILE *out, const struct cr_plan *plan)
{
    for (int key = 0; key < CR_KEY_COUNT; key++) {
        const struct cr_value *v = &plan->value[key];

        if (v->text)
            fprintf(out, "%-32s %-24s %s\n", cr_keys[key].path, v->text, v->where);
    }
}

/* Loads and checks; what is no YAML at all is one problem more. */
static int find_all(struct cmd *c, struct cr_manifest *m, struct cr_plan *plan, struct cr_problems *problems,
                    struct cr_error *err)
{
    const struct check_args *a = c->args;
    enum cr_profile profile;
    struct cr_error missing = {0};

    if (cli_limits_profile(&a->limits, &profile, err) < 0)
        return -1;
    if (cli_plan_load(c->pos[0], &a->plan, true, m, plan, problems, err) < 0) {
        if (err->code != CR_E_CONFIG)
            return -1;
        cr_problems_take(problems, "", err);
        return 0;
    }
    cr_forecast_concurrency(plan);
    if (cr_check(plan, profile, true, false, problems, err) < 0)
        return -1;
    if (cr_check_target(plan, &missing) < 0) { /* needed to deploy, not to check */
        cr_problems_take(problems, "", &missing);
        problems->row[problems->len - 1].warning = true;
    }
    return 0;
}

static enum cr_code first_code(const struct cr_problems *list)
{
    for (size_t i = 0; i < list->len; i++)
        if (!list->row[i].warning)
            return list->row[i].code;
    return CR_OK;
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct check_args *a = c->args;
    CR_AUTO_MANIFEST struct cr_manifest manifest = {0};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    struct cr_error unread = {0};
    struct cr_forecast forecast;
    bool foretold;
    size_t errors;

    if (find_all(c, &manifest, &plan, &problems, err) < 0)
        return -1;
    errors = cr_problems_errors(&problems);
    foretold = plan.manifest && cr_forecast_make(&plan, &forecast, &unread) == 0;
    ui_problems(c->ui, &problems);
    if (c->json) {
        json_t *doc = json_pack("{s:b, s:o}", "ok", !errors, "problems", cmd_problems_json(&problems));

        if (a->explain)
            json_object_set_new(doc, "values", values_json(&plan));
        if (foretold)
            json_object_set_new(doc, "forecast", cr_forecast_json(&forecast));
        if (cmd_json(c, doc, err) < 0)
            return -1;
    } else if (a->explain) {
        explain(c->out, &plan);
        if (foretold)
            explain_memory(c->out, &forecast);
    } else if (!errors) {
        fprintf(c->out, "%s: ok\n", manifest.path);
    }
    if (!errors)
        return 0;
    return cr_fail(err, first_code(&problems), "%zu problem%s in '%s'", errors, errors == 1 ? "" : "s",
                   manifest.path ? manifest.path
                   : c->npos     ? c->pos[0]
                                 : CR_MANIFEST_NAME);
}

const struct verb verb_check = {
    .name = "check",
    .args = "[DIR]",
    .summary = "Report everything that is wrong, offline",
    .about =
        "Reads the manifest in DIR (or in the working directory), merges it with options, environment and "
        "configuration as 'crdeploy deploy' would, and reports every problem at once: the manifest's form, missing "
        "files, samples that do not fit the task, and every limit of Cloud Run that would be exceeded, with the "
        "nearest legal value.\n\nNothing is sent anywhere. The exit status is 0 without errors; warnings do not "
        "change it.",
    .examples = (const char *const[]){"crdeploy check", "crdeploy check --cpu 4 --memory 1Gi",
                                      "crdeploy check --explain --platform local", NULL},
    .max_args = 1,
    .arg_complete = OPT_C_DIR,
    .opts = opts,
    .args_size = sizeof(struct check_args),
    .run = run,
};
