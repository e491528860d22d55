/* The end of a deploy: what was prepared is sent, awaited and remembered. */
#include "cli/deploy.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/deploy_access.h"
#include "cli/record_served.h"
#include "cli/record_service.h"
#include "cli/service.h"
#include "cli/verdict_show.h"
#include "core/rollback.h"
#include "gcp/json.h"
#include "gcp/run.h"

static void sign(json_t *body)
{
    json_object_set_new(body, "client", json_string("crdeploy"));
    json_object_set_new(body, "clientVersion", json_string(CR_VERSION));
}

/* The fields of the mask, under the etag of what was read: whoever changed the service meanwhile is not overruled. */
static json_t *patch_body(const struct cli_target *t)
{
    json_t *body = json_object(), *etag = json_object_get(t->live, "etag");

    for (const char *p = t->mask; *p;) {
        size_t n = strcspn(p, ",");
        CR_AUTO_FREE char *field = cr_strndup(p, n);
        json_t *value = json_object_get(t->service, field);

        if (value)
            json_object_set(body, field, value);
        p += n + (p[n] == ',');
    }
    if (etag)
        json_object_set(body, "etag", etag);
    sign(body);
    return body;
}

static int patch(struct cli_deploy *d, struct cli_target *t, bool validate, json_t **operation, struct cr_error *err)
{
    CR_AUTO_FREE char *mask = cr_format("client,clientVersion,%s", t->mask);
    const struct gcp_run_patch how = {mask, false, validate};
    json_auto_t *body = patch_body(t);

    return gcp_run_patch(&d->link->gcp, t->name, body, &how, operation, err);
}

static int create(struct cli_deploy *d, struct cli_target *t, bool validate, json_t **operation, struct cr_error *err)
{
    json_auto_t *body = json_copy(t->service);

    sign(body);
    return gcp_run_create(&d->link->gcp, t->parent, d->id, body, validate, operation, err);
}

static bool unchanged(const struct cli_target *t)
{
    return t->live && !*t->mask;
}

static int ask(struct cli_deploy *d, struct cli_target *t, bool validate, json_t **operation, struct cr_error *err)
{
    if (unchanged(t))
        return 0;
    if ((t->live ? patch(d, t, validate, operation, err) : create(d, t, validate, operation, err)) == 0)
        return 0;
    return cli_verdict_refused(d->c->ui, err);
}

/* Somebody else wrote the service between our reading and our writing. */
static bool is_conflict(const struct cr_error *err)
{
    return err->code == CR_E_API && strstr(err->msg, "HTTP 409") &&
           !strstr(err->msg, "with different configuration already exists");
}

static int start(struct cli_deploy *d, struct cli_target *t, struct cr_error *err)
{
    if (ask(d, t, false, &t->operation, err) == 0)
        return 0;
    if (!is_conflict(err))
        return -1;
    ui_warn(d->c->ui, "the service changed meanwhile; trying again on what it is now");
    *err = (struct cr_error){0};
    return cli_deploy_again(d, t, err) < 0 ? -1 : ask(d, t, false, &t->operation, err);
}

static int validate(struct cli_deploy *d, struct cr_error *err)
{
    for (size_t i = 0; i < d->len; i++) {
        json_auto_t *answer = NULL;

        if (ask(d, &d->target[i], true, &answer, err) < 0)
            return d->len > 1 ? cr_wrap(err, "%s", d->target[i].region) : -1;
    }
    return 0;
}

/* ---- waiting ---- */

static int wait_one(struct cli_deploy *d, struct cli_target *t)
{
    json_t *service = NULL;

    if (cli_run_wait(d->c->ui, &d->link->gcp, t->operation, "deploying", "deploy the service", &service, &t->err) < 0)
        return -1;
    json_decref(t->service);
    t->service = service;
    return 0;
}

struct watch {
    struct cli_deploy *d;
    struct gcp_operation_one *one;
};

static const char *state_of(const struct cli_target *t, const struct gcp_operation_one *one)
{
    if (t->err.code || one->err.code)
        return "failed";
    return !t->operation ? "unchanged" : one->ended ? "ready" : "deploying";
}

static void show_round(void *ud, const json_t *operation)
{
    const struct watch *w = ud;
    size_t n = w->d->len;
    CR_AUTO_FREE char **line = cr_calloc(n, sizeof(*line));

    (void)operation;
    for (size_t i = 0; i < n; i++)
        line[i] = cr_format("%-24s %s", w->d->target[i].region, state_of(&w->d->target[i], &w->one[i]));
    ui_lines(w->d->c->ui, line, n);
    for (size_t i = 0; i < n; i++)
        free(line[i]);
}

/* What more is known of the failure in one of several regions goes into its row, not beside the whole. */
static void take_known(struct cli_deploy *d, struct cli_target *t)
{
    json_decref(t->known);
    t->known = json_incref(ui_kept(d->c->ui));
    ui_keep(d->c->ui, NULL);
}

/* The cause of what failed in one of several regions. */
static void judge(struct cli_deploy *d, struct cli_target *t, const json_t *operation)
{
    ui_keep(d->c->ui, NULL);
    (void)cli_verdict(d->c->ui, &d->link->gcp, operation, &t->err);
    take_known(d, t);
}

static int wait_side_by_side(struct cli_deploy *d, struct cr_error *err)
{
    CR_AUTO_FREE struct gcp_operation_one *list = cr_calloc(d->len, sizeof(*list));
    struct watch watch = {d, list};
    const struct gcp_operation_wait how = {.api = GCP_RUN,
                                           .version = "v2",
                                           .how = GCP_OPERATION_GET,
                                           .what = "deploy the service",
                                           .on_tick = show_round,
                                           .ud = &watch};
    int failed;

    for (size_t i = 0; i < d->len; i++) {
        list[i].now = json_incref(d->target[i].operation);
        list[i].ended = !d->target[i].operation;
    }
    failed = gcp_operations_wait(&d->link->gcp, &how, list, d->len, err);
    ui_done(d->c->ui, NULL);
    for (size_t i = 0; i < d->len; i++) {
        struct cli_target *t = &d->target[i];

        if (list[i].response) {
            json_decref(t->service);
            t->service = list[i].response;
        }
        if (!t->err.code && list[i].err.code) {
            t->err = list[i].err;
            judge(d, t, list[i].now);
        }
        json_decref(list[i].now);
    }
    return failed;
}

static int wait(struct cli_deploy *d, struct cr_error *err)
{
    if (d->args->async || d->args->dry_run)
        return 0;
    if (d->len > 1)
        return wait_side_by_side(d, err);
    if (d->target[0].operation)
        (void)!wait_one(d, &d->target[0]);
    return 0;
}

/* ---- one after the other ---- */

static void say_start(struct cli_deploy *d, const struct cli_target *t)
{
    if (unchanged(t))
        ui_note(d->c->ui, "the service '%s' in %s is already as it should be", d->id, t->region);
    else
        ui_note(d->c->ui, "%s service '%s' in %s%s%s%s", t->live ? "updating" : "creating", d->id, t->region,
                t->live ? " (" : "", t->live ? t->mask : "", t->live ? ")" : "");
}

/* What services update changes is not what the manifest says, so diff names it too. */
static void remember(struct cli_deploy *d, const struct cli_target *t)
{
    bool known = !t->err.code && !d->args->async;
    struct cr_error unwritten = {0};

    if (d->args->dry_run || d->update)
        return;
    if (cli_record_service_put(d->link->platform->name, t->name, known ? t->service : NULL, &unwritten) < 0)
        ui_warn(d->c->ui, "'crdeploy diff' will not know of this deploy: %s", unwritten.msg);
}

/* What the new revision gets of the traffic: LATEST's share, and what it has by name. */
static json_int_t share_of(const json_t *service, const char *revision)
{
    json_int_t share = 0;
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(service, "traffic"), i, row)
    {
        const char *name = gcp_text_at(row, "revision");

        if (!*name || strcmp(name, revision) == 0)
            share += json_integer_value(json_object_get(row, "percent"));
    }
    return share;
}

/* Where it answers, when nobody is sent there. A gradual deploy says for itself what comes next. */
static void say_place(const struct cli_deploy *d, const struct cli_target *t)
{
    const char *revision = cli_short_name(gcp_text_at(t->service, "latestCreatedRevision"));
    bool gradual = cr_edits_have(&d->flags, CR_FLAG_TRAFFIC) && !cr_edits_have(&d->args->edits, CR_FLAG_TRAFFIC);
    json_t *row;
    size_t i;

    if (gradual)
        return;
    if (json_array_size(json_object_get(t->service, "traffic")) && !share_of(t->service, revision))
        ui_note(d->c->ui, "it has no traffic; 'crdeploy traffic %s --to-latest' gives it all", d->id);
    json_array_foreach(json_object_get(t->service, "trafficStatuses"), i, row)
    {
        const char *tag = gcp_text_at(row, "tag"), *uri = gcp_text_at(row, "uri");

        if (*tag && *uri && strcmp(gcp_text_at(row, "revision"), revision) == 0)
            ui_note(d->c->ui, "tag '%s' is %s", tag, uri);
    }
}

/* Whether the newest revision is ready. The service's latest ready one lags behind for one without traffic, and a
 * change of the service alone succeeds also where the newest has failed, so where they differ the revision itself
 * tells. *why: what keeps it from being ready, new; NULL when that is not known. */
static bool newest_is_ready(struct cli_deploy *d, const struct cli_target *t, char **why)
{
    const char *newest = gcp_text_at(t->service, "latestCreatedRevision"), *message;
    CR_AUTO_FREE char *name = cr_format("%s/revisions/%s", t->name, cli_short_name(newest));
    json_auto_t *revision = NULL;
    struct cr_error unread = {0};

    if (strcmp(newest, gcp_text_at(t->service, "latestReadyRevision")) == 0)
        return true;
    if (gcp_run_get(&d->link->gcp, name, &revision, &unread) < 0 || !revision)
        return false;
    if (cli_is_ready(revision))
        return true;
    message = cli_ready_message(revision);
    *why = *message ? cr_strdup(message) : NULL;
    return false;
}

static void say_ready(struct cli_deploy *d, struct cli_target *t)
{
    const char *newest = cli_short_name(gcp_text_at(t->service, "latestCreatedRevision"));
    const char *serves = cr_rollback_serving(t->service), *in = d->len > 1 ? " in " : "";
    const char *region = d->len > 1 ? t->region : "";
    CR_AUTO_FREE char *why = NULL;

    t->ready = newest_is_ready(d, t, &why);
    if (t->ready) {
        ui_done(d->c->ui, "revision '%s' is ready%s%s", newest, in, region);
        return;
    }
    ui_done(d->c->ui, "the service '%s' is updated%s%s", d->id, in, region);
    ui_warn(d->c->ui, "its newest revision '%s' is not ready%s%s%s%s%s", newest, why ? ": " : "", why ? why : "",
            *serves ? "; '" : "", serves, *serves ? "' serves" : "");
    ui_hint(d->c->ui, "'crdeploy logs %s' shows why; a deploy or update that fixes it makes another revision", d->id);
}

/* What comes after the wait, for one. */
static int finish(struct cli_deploy *d, struct cli_target *t, struct cr_error *err)
{
    remember(d, t);
    if (t->err.code)
        return 0;
    if (t->operation && !d->args->async && !d->args->dry_run) {
        cli_record_served_put(d->link->platform->name, t->name, t->live, t->service);
        say_ready(d, t);
        say_place(d, t);
    }
    return cli_deploy_access(d, t, err);
}

/* One region's failure is the call's; of several they are shown, and counted. */
static int result(struct cli_deploy *d, struct cr_error *err)
{
    size_t failed = 0;
    enum cr_code code = CR_OK;

    if (d->len == 1 && d->target[0].err.code) {
        *err = d->target[0].err;
        return -1;
    }
    for (size_t i = 0; i < d->len; i++) {
        const struct cli_target *t = &d->target[i];

        if (!t->err.code)
            continue;
        failed++;
        code = t->err.code;
        ui_warn(d->c->ui, "%s: %s", t->region, t->err.msg);
        if (t->err.hint[0])
            ui_hint(d->c->ui, "%s", t->err.hint);
    }
    return failed ? cr_fail(err, code, "%zu of %zu regions failed", failed, d->len) : 0;
}

/* Cut short: what somebody else changed since can no longer be told where a write was begun. */
static int forget(struct cli_deploy *d)
{
    for (size_t i = 0; i < d->len; i++) {
        struct cli_target *t = &d->target[i];

        if (!t->operation && !t->err.code)
            continue;
        if (!t->err.code)
            cr_fail(&t->err, CR_E_INTERRUPT, "not awaited");
        remember(d, t);
    }
    return -1;
}

int cli_deploy_send(struct cli_deploy *d, struct cr_error *err)
{
    if (d->args->validate_only || d->len > 1) {
        if (validate(d, err) < 0)
            return -1;
        if (d->args->validate_only)
            return 0;
    }
    for (size_t i = 0; i < d->len; i++) {
        struct cli_target *t = &d->target[i];

        say_start(d, t);
        if (start(d, t, &t->err) == 0)
            continue;
        if (t->err.code == CR_E_INTERRUPT) {
            *err = t->err;
            return forget(d);
        }
        if (d->len > 1)
            take_known(d, t);
    }
    if (wait(d, err) < 0)
        return forget(d);
    for (size_t i = 0; i < d->len; i++)
        if (finish(d, &d->target[i], err) < 0)
            return -1;
    return result(d, err);
}
