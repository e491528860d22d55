#include "cli/gradual.h"

#include <assert.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/gradual_parts.h"
#include "cli/service.h"
#include "gcp/auth.h"

static void gradual_clear(struct gradual *r)
{
    json_decref(r->service);
    json_decref(r->start);
    json_decref(r->back);
    json_decref(r->ours);
    json_decref(r->steps);
    free(r->tag_url);
    free(r->url);
    gcp_secret_wipe(&r->token);
    cr_canary_clear(&r->asked);
    cr_canary_clear(&r->seen);
}

static void take_samples(struct gradual *r)
{
    r->path = r->g->path && *r->g->path ? r->g->path : "/predict";
    r->sample = r->g->sample;
    r->samples = r->g->samples;
    if (r->plan->sample) {
        r->given = (struct cr_sample){.request = r->plan->sample};
        r->sample = &r->given;
        r->samples = 1;
    }
}

/* Before anybody is served by it. */
static int prove(struct gradual *r, char why[GRADUAL_WHY], struct cr_error *err)
{
    take_samples(r);
    gradual_identify(r);
    if (gradual_ask_samples(r, why, err) < 0)
        return -1;
    if (!*why && gradual_load(r, why, err) < 0)
        return -1;
    return *why ? 0 : gradual_compare(r, why, err);
}

static int undo(struct gradual *r, struct cr_error *err)
{
    if (gradual_undo(r, err) < 0)
        return -1;
    ui_done(r->g->ui, "nothing of the revision changed: there is no new one to give traffic to");
    return 0;
}

static int climb(struct gradual *r, char why[GRADUAL_WHY], struct cr_error *err)
{
    for (size_t i = 0; i < r->plan->steps && !*why; i++) {
        json_t *row = NULL;

        if (gradual_move(r, r->plan->step[i], err) < 0)
            return -1;
        ui_done(r->g->ui, "'%s' has %d%% of the traffic", r->g->revision, r->percent);
        if (gradual_watch(r, why, &row, err) < 0)
            return -1;
        json_array_append_new(r->steps, row);
    }
    return *why ? 0 : gradual_finish(r, err);
}

static json_t *report_of(const struct gradual *r, const char *outcome, const char *reason)
{
    return json_pack("{s:s, s:o, s:O, s:O?}", "outcome", outcome, "reason", *reason ? json_string(reason) : json_null(),
                     "steps", r->steps, "traffic", json_object_get(r->service, "traffic"));
}

static void hint_back(const struct gradual *r, bool back, struct cr_error *err)
{
    const char *name = cli_short_name(r->g->service);

    if (!back)
        cr_hint(err, "look with 'crdeploy traffic %s', and set it with --to-revisions REVISION=100", name);
    else if (r->follows)
        cr_hint(err,
                "it is named there, so that '%s' gets nothing; once it is mended, 'crdeploy traffic %s --to-latest' "
                "follows the newest revision again",
                r->g->revision, name);
}

/* What went wrong, what became of the traffic, and the report. */
static int go_back(struct gradual *r, const char *why, json_t **report, struct cr_error *err)
{
    struct cr_error first = *err;
    char where[GRADUAL_WHY];
    bool back = gradual_back(r, where) == 0;
    const char *outcome = !back ? "stopped" : "rolled-back";

    *err = (struct cr_error){0};
    if (*why)
        cr_fail(err, CR_E_BUILD, "the new revision '%s' %s: %s; %s", r->g->revision,
                r->percent ? "loses its traffic" : "gets no traffic", why, where);
    else if (first.code == CR_E_INTERRUPT)
        cr_fail(err, CR_E_INTERRUPT, "interrupted; %s", where);
    else
        cr_fail(err, first.code, "%s; %s", first.msg, where);
    hint_back(r, back, err);
    if (!*err->hint && *first.hint)
        cr_hint(err, "%s", first.hint);
    *report = report_of(r, outcome, err->msg);
    return -1;
}

void cli_gradual_abandon(const struct cli_gradual *g, struct cr_error *err)
{
    static const struct cli_gradual_plan none = {0};
    struct gradual r = {.g = g, .plan = &none, .steps = json_array(), .ours = json_array()};
    struct cr_error first = *err;
    char where[GRADUAL_WHY];

    if (gradual_withdraw(&r, where)) {
        cr_fail(err, first.code, "%s; %s", first.msg, where);
        if (*first.hint)
            cr_hint(err, "%s", first.hint);
    }
    gradual_clear(&r);
}

int cli_gradual_run(const struct cli_gradual *g, const struct cli_gradual_plan *plan, json_t **report,
                    struct cr_error *err)
{
    struct gradual r = {.g = g, .plan = plan, .steps = json_array(), .ours = json_array()};
    char why[GRADUAL_WHY] = "";
    bool fresh = false;
    int rc;

    assert(g->before && plan->steps);
    rc = gradual_start(&r, &fresh, err);
    if (rc == 0)
        rc = fresh ? prove(&r, why, err) : undo(&r, err);
    if (rc == 0 && fresh && !*why)
        rc = climb(&r, why, err);
    if (rc < 0 || *why)
        rc = go_back(&r, why, report, err);
    else
        *report = report_of(&r, fresh ? "done" : "unchanged", "");
    gradual_clear(&r);
    return rc;
}
