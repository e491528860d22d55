/* The middle of a deploy: what is live, edited as it was asked for, and looked at before anything is sent. */
#include "cli/deploy.h"

#include <string.h>
#include <sys/random.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/image_given.h"
#include "cli/service.h"
#include "core/body.h"
#include "core/concurrency.h"
#include "core/edit_plan.h"
#include "core/limits_service.h"
#include "core/quantity.h"
#include "core/rollout.h"
#include "gcp/json.h"
#include "gcp/run.h"

#define CONCURRENCY "maxInstanceRequestConcurrency"

static const char *gone_hint(const struct cli_deploy *d)
{
    return d->update ? "'crdeploy services list' names those that are there; 'crdeploy deploy' makes new ones" : "";
}

static int read_live(struct cli_deploy *d, struct cli_target *t, struct cr_error *err)
{
    json_decref(t->live);
    t->live = NULL;
    if (gcp_run_get(&d->link->gcp, t->name, &t->live, err) < 0)
        return -1;
    if (!t->live && d->update) {
        cr_fail(err, CR_E_API, "there is no service '%s' in %s", d->id, t->region);
        return cr_hint(err, "%s", gone_hint(d));
    }
    if (*gcp_text_at(t->live, "deleteTime")) {
        cr_fail(err, CR_E_API, "the service '%s' in %s is being deleted", d->id, t->region);
        return cr_hint(err, "wait until 'crdeploy services list' names it no more, and run the command again");
    }
    return 0;
}

/* What the manifest says, with defaults where the service is new. */
static int edits_of_plan(const struct cli_deploy *d, const struct cli_target *t, struct cr_edits *edits,
                         struct cr_error *err)
{
    *edits = (struct cr_edits){0};
    return d->plan ? cr_edits_of_plan(d->plan, d->image, !t->live, edits, err) : 0;
}

static char letter_of(const char *letters)
{
    unsigned char byte = 0;

    (void)!getrandom(&byte, 1, 0);
    return letters[byte % strlen(letters)];
}

void cli_deploy_word(char word[4])
{
    static const char consonants[] = "bcdfghjklmnpqrstvwxz", vowels[] = "aeiou";

    word[0] = letter_of(consonants);
    word[1] = letter_of(vowels);
    word[2] = letter_of(consonants);
    word[3] = '\0';
}

/* Those that say how the new revision comes in. */
static void only_rollout(const struct cr_edits *edits, struct cr_edits *some)
{
    some->len = 0;
    for (size_t i = 0; i < edits->len; i++)
        if (cr_flags[edits->row[i].flag].scope == CR_SCOPE_ROLLOUT)
            some->row[some->len++] = edits->row[i];
}

/* With a manifest the same again makes no revision, unless what runs came to nothing; where only the flags are known, a
 * flag that concerns the revision makes one, as with gcloud. */
static bool wants_revision(const struct cli_deploy *d, const struct cli_target *t)
{
    if (!d->plan || !t->live)
        return !t->live || cr_edits_revision(&d->flags);
    return !cli_is_ready(t->live) ||
           !json_equal(json_object_get(t->live, "template"), json_object_get(t->service, "template"));
}

static int roll_out(const struct cli_deploy *d, struct cli_target *t, struct cr_error *err)
{
    char nonce[11] = "", word[4];
    struct cr_rollout r = {.name = d->id, .live = t->live, .nonce = nonce, .random = word};
    struct cr_edits edits;

    for (size_t i = 0; i + 1 < sizeof(nonce); i++)
        nonce[i] = letter_of("abcdefghijklmnopqrstuvwxyz");
    cli_deploy_word(word);
    only_rollout(&d->flags, &edits);
    r.force = wants_revision(d, t);
    return cr_rollout_apply(&r, &edits, t->service, err);
}

/* A new revision of the same image must not run another one because its tag was moved meanwhile. */
static int pin(struct cli_deploy *d, struct cli_target *t, struct cr_error *err)
{
    CR_AUTO_FREE char *image = NULL;

    if (!t->live || d->plan || cr_edits_have(&d->flags, CR_FLAG_IMAGE) || !cr_edits_revision(&d->flags) ||
        strstr(gcp_text_at(cr_body_ingress(t->live), "image"), "@sha256:"))
        return 0;
    if (gcp_run_base_image(&d->link->gcp, t->name, t->live, &image, err) < 0)
        return -1;
    if (image)
        json_object_set_new(cr_body_ingress(t->service), "image", json_string(image));
    else
        ui_warn(d->c->ui, "it is not said which digest runs: '%s' is resolved again",
                gcp_text_at(cr_body_ingress(t->live), "image"));
    return 0;
}

/* How many milli-CPUs all containers have together; each has one where nothing is said. */
static int64_t cpu_of(const json_t *service)
{
    json_t *one;
    int64_t all = 0;
    size_t i;

    json_array_foreach(json_object_get(json_object_get(service, "template"), "containers"), i, one)
    {
        const char *text = gcp_text_at(json_object_get(json_object_get(one, "resources"), "limits"), "cpu");
        struct cr_error unread = {0};
        int64_t milli = 1000;

        if (*text && cr_cpu_parse(text, &milli, &unread) < 0)
            milli = 1000;
        all += milli;
    }
    return all;
}

/* Whether crdeploy's server is in the image of the new service. What was just built is; of another image its labels
 * are read, once. */
static int knows_model(struct cli_deploy *d, const json_t *service, struct cr_error *err)
{
    if (d->plan && !*cr_plan_text(d->plan, CR_KEY_IMAGE))
        d->model = true;
    else if (!d->model_known &&
             cli_image_is_model(d->c, d->link, gcp_text_at(cr_body_ingress(service), "image"), &d->model, err) < 0)
        return -1;
    d->model_known = true;
    return 0;
}

/* The concurrency of a new service, where nobody specifies one: crdeploy's own server computes one response at a time,
 * so it is not Cloud Run's 80. *why is what it follows from; NULL where nothing is sent. */
static int default_concurrency(struct cli_deploy *d, json_t *service, const char **why, struct cr_error *err)
{
    json_t *template = json_object_get(service, "template");
    const struct cr_value *planned = d->plan ? &d->plan->value[CR_KEY_CONCURRENCY] : NULL;

    *why = NULL;
    if (planned ? planned->origin != CR_FROM_DEFAULT : !!json_object_get(template, CONCURRENCY))
        return 0;
    if (knows_model(d, service, err) < 0)
        return -1;
    if (!d->model) {
        json_object_del(template, CONCURRENCY);
        return 0;
    }
    if (!planned)
        json_object_set_new(template, CONCURRENCY, json_integer(cr_concurrency_default(cpu_of(service), 0)));
    *why = planned ? planned->where : "default for models with these CPUs";
    return 0;
}

static int add_concurrency(struct cli_deploy *d, struct cli_target *t, struct cr_error *err)
{
    const char *why;

    if (t->live || cr_edits_have(&d->flags, CR_FLAG_CONCURRENCY))
        return 0;
    if (default_concurrency(d, t->service, &why, err) < 0)
        return -1;
    if (why && t == d->target)
        ui_note(d->c->ui, "concurrency %lld is the %s; --concurrency sets another, 'default' is Cloud Run's own 80",
                (long long)json_integer_value(json_object_get(json_object_get(t->service, "template"), CONCURRENCY)),
                why);
    return 0;
}

/* What a service of crdeploy's own has besides what was asked for. */
static int add_own(struct cli_deploy *d, struct cli_target *t, struct cr_error *err)
{
    if (d->plan || !t->live)
        cr_body_mark(t->service);
    if (d->built && !cr_edits_have(&d->flags, CR_FLAG_STARTUP_PROBE))
        cr_body_ready_probe(cr_body_ingress(t->service));
    if (!t->live)
        cr_body_new_traffic(t->service);
    else if (d->plan)
        cr_body_keep_spelling(t->live, t->service);
    return add_concurrency(d, t, err);
}

static int apply_edits(const struct cli_deploy *d, struct cli_target *t, struct cr_error *err)
{
    const struct cr_edit_where where = {d->project, t->region, !t->live};
    struct cr_edits planned;

    json_decref(t->service);
    t->service = t->live ? json_deep_copy(t->live) : json_object();
    /* One after the other, and not as one list: a flag that clears is no less than what the manifest sets. */
    if (edits_of_plan(d, t, &planned, err) < 0 ||
        (planned.len && cr_edits_apply(&planned, &where, t->service, err) < 0))
        return -1;
    return cr_edits_apply(&d->flags, &where, t->service, err);
}

static int edit(struct cli_deploy *d, struct cli_target *t, struct cr_error *err)
{
    if (apply_edits(d, t, err) < 0 || add_own(d, t, err) < 0 || pin(d, t, err) < 0 || roll_out(d, t, err) < 0)
        return -1;
    free(t->mask);
    t->mask = cr_rollout_mask(t->live, t->service);
    return 0;
}

/* ---- limits ---- */

static bool has_problem(const struct cr_problems *list, const struct cr_problem *p)
{
    for (size_t i = 0; i < list->len; i++)
        if (strcmp(list->row[i].place, p->place) == 0 && strcmp(list->row[i].msg, p->msg) == 0)
            return true;
    return false;
}

/* What several regions have in common is said once. */
static void add_problems(struct cr_problems *all, const struct cr_problems *more)
{
    for (size_t i = 0; i < more->len; i++) {
        const struct cr_problem *p = &more->row[i];
        struct cr_problem *row;

        if (has_problem(all, p))
            continue;
        row = cr_problems_add(all, p->code, p->place, "%s", p->msg);
        cr_problem_hint(row, "%s", p->hint);
        row->warning = p->warning;
        free(row->rule);
        free(row->source);
        row->rule = cr_strdup(p->rule);
        row->source = cr_strdup(p->source);
    }
}

static int limits(struct cli_deploy *d, const struct cli_target *t, struct cr_problems *all, struct cr_error *err)
{
    CR_AUTO_PROBLEMS struct cr_problems found = {0};
    struct cr_limits_subject subject = {.service = t->service, .live = t->live, .name = d->id, .region = t->region};
    struct cr_edits edits;

    if (d->args->limits.none)
        return 0;
    if (cli_limits_profile(&d->args->limits, &subject.profile, err) < 0 || edits_of_plan(d, t, &edits, err) < 0)
        return -1;
    for (size_t i = 0; i < d->flags.len && edits.len < CR_EDITS_MAX; i++)
        edits.row[edits.len++] = d->flags.row[i];
    subject.edits = &edits;
    cr_limits_service(&subject, &found);
    add_problems(all, &found);
    return 0;
}

int cli_deploy_again(struct cli_deploy *d, struct cli_target *t, struct cr_error *err)
{
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};

    if (read_live(d, t, err) < 0 || edit(d, t, err) < 0 || limits(d, t, &problems, err) < 0)
        return -1;
    return cmd_problems(d->c, &problems, d->id, err);
}

int cli_deploy_read(struct cli_deploy *d, struct cr_error *err)
{
    ui_progress(d->c->ui, "reading what is live", 0, 0, false);
    for (size_t i = 0; i < d->len; i++)
        if (read_live(d, &d->target[i], err) < 0)
            return -1;
    ui_done(d->c->ui, NULL);
    return 0;
}

int cli_deploy_judge(struct cli_deploy *d, struct cr_error *err)
{
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};

    if (!d->plan)
        return 0;
    d->image = "built-from-the-manifest"; /* its name is known once it is packed, and changes no limit */
    for (size_t i = 0; i < d->len; i++)
        if (apply_edits(d, &d->target[i], err) < 0 || limits(d, &d->target[i], &problems, err) < 0)
            return -1;
    d->image = NULL;
    return cr_problems_errors(&problems) ? cmd_problems(d->c, &problems, d->id, err) : 0;
}

int cli_deploy_prepare(struct cli_deploy *d, struct cr_error *err)
{
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};

    for (size_t i = 0; i < d->len; i++)
        if (edit(d, &d->target[i], err) < 0 || limits(d, &d->target[i], &problems, err) < 0)
            return -1;
    return cmd_problems(d->c, &problems, d->id, err);
}
