#include "cli/deploy_show.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/requests.h"
#include "cli/service.h"
#include "core/body.h"
#include "gcp/json.h"

static json_t *result_of(const struct cli_deploy *d, const struct cli_target *t)
{
    const char *image = gcp_text_at(cr_body_ingress(t->service), "image");

    const bool known = t->operation && !d->args->async;
    json_t *result = json_pack("{s:s, s:s, s:s, s:s, s:b}", "service", d->id, "revision",
                               cli_short_name(gcp_text_at(t->service, "latestCreatedRevision")), "url",
                               gcp_text_at(t->service, "uri"), "image", image, "created", !t->live);

    if (known)
        json_object_set_new(result, "ready", json_boolean(t->ready));
    return result;
}

static json_t *error_of(const struct cli_target *t)
{
    json_t *error = json_pack("{s:s, s:o, s:o}", "code", cr_code_name(t->err.code), "message",
                              cmd_text_json(t->err.msg), "hint", cmd_text_json(t->err.hint));

    if (t->known)
        json_object_update_missing(error, t->known);
    return error;
}

static json_t *results(const struct cli_deploy *d)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < d->len; i++) {
        const struct cli_target *t = &d->target[i];
        json_t *row = t->err.code ? json_pack("{s:o}", "error", error_of(t)) : result_of(d, t);

        json_object_set_new(row, "region", json_string(t->region));
        json_array_append_new(rows, row);
    }
    return json_pack("{s:s, s:o}", "service", d->id, "regions", rows);
}

static void show_text(const struct cli_deploy *d)
{
    for (size_t i = 0; i < d->len; i++) {
        const struct cli_target *t = &d->target[i];
        const char *url = gcp_text_at(t->service, "uri");

        if (d->len > 1)
            fprintf(d->c->out, "%-24s %s\n", t->region, t->err.code ? "failed" : url);
        else if (*url)
            fprintf(d->c->out, "%s\n", url);
        else
            ui_note(d->c->ui, "its address is not known yet: 'crdeploy url %s' prints it when it is", d->id);
    }
}

int cli_deploy_show(const struct cli_deploy *d, json_t *more, struct cr_error *err)
{
    json_auto_t *owned = more, *doc = NULL;

    if (!d->c->json) {
        show_text(d);
        return 0;
    }
    doc = d->len > 1 ? results(d) : result_of(d, &d->target[0]);
    json_object_update(doc, owned);
    return cmd_json(d->c, CR_STEAL(doc), err);
}

static int show_valid(const struct cli_deploy *d, struct cr_error *err)
{
    json_t *changes = json_object();

    for (size_t i = 0; i < d->len; i++) {
        const struct cli_target *t = &d->target[i];

        json_object_set_new(changes, t->region, json_string(!t->live ? "new" : t->mask));
        ui_note(d->c->ui, "%s: the platform takes it%s%s", t->region, t->live && !*t->mask ? "; nothing changes" : "",
                t->live ? "" : "; the service is new");
    }
    if (d->c->json)
        return cmd_json(d->c, json_pack("{s:s, s:b, s:o}", "service", d->id, "valid", 1, "changes", changes), err);
    json_decref(changes);
    return 0;
}

int cli_deploy_go(struct cli_deploy *d, bool *deployed, struct cr_error *err)
{
    struct cr_error unshown = {0};

    *deployed = false;
    if (cli_deploy_send(d, err) < 0) {
        if (d->len > 1 && err->code != CR_E_INTERRUPT && !d->args->validate_only && !d->args->dry_run)
            (void)!cli_deploy_show(d, NULL, &unshown);
        return -1;
    }
    if (d->args->dry_run)
        return cli_requests_show(d->c, d->rehearsal.requests, err);
    if (d->args->validate_only)
        return show_valid(d, err);
    *deployed = true;
    return 0;
}
