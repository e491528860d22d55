#include "cli/deploy.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/limits.h"

static void target_clear(struct cli_target *t)
{
    free(t->region);
    free(t->parent);
    free(t->name);
    free(t->mask);
    json_decref(t->live);
    json_decref(t->service);
    json_decref(t->operation);
    json_decref(t->known);
    *t = (struct cli_target){0};
}

void cli_deploy_clear(struct cli_deploy *d)
{
    for (size_t i = 0; i < d->len; i++)
        target_clear(&d->target[i]);
    free(d->target);
    gcp_rehearsal_clear(&d->rehearsal);
    d->target = NULL;
    d->len = 0;
}

/* ---- the options ---- */

int cli_deploy_check(const struct cli_deploy_args *args, struct cr_error *err)
{
    enum cr_profile profile;

    if (args->dry_run && args->validate_only) {
        cr_fail(err, CR_E_USAGE, "--dry-run sends nothing, and --validate-only asks the platform");
        return cr_hint(err, "take one of them");
    }
    return cli_limits_profile(&args->limits, &profile, err) < 0 ? -1 : cr_edits_check(&args->edits, err);
}

/* What a flag says as text of a key: not where it takes a default back, and not of a sidecar. */
static void take_keys(const struct cr_edits *edits, struct cr_layer *layer)
{
    for (size_t i = 0; i < edits->len && edits->row[i].flag != CR_FLAG_CONTAINER; i++) {
        const struct cr_edit *e = &edits->row[i];
        enum cr_key key = cr_flags[e->flag].key;

        if (!key || cr_keys[key].type == CR_T_MAP || !e->text || !*e->text || strcmp(e->text, "default") == 0)
            continue;
        layer->text[key] = e->text;
        layer->where[key] = e->place;
    }
}

void cli_deploy_layer(const struct cli_deploy_args *args, bool keys, struct cr_layer *layer,
                      char region[CLI_REGION_MAX])
{
    const char *first = args->regions && *args->regions ? args->regions : NULL;

    *layer = args->plan;
    if (keys)
        take_keys(&args->edits, layer);
    if (first) {
        snprintf(region, CLI_REGION_MAX, "%.*s", (int)strcspn(first, ","), first);
        layer->text[CR_KEY_REGION] = region;
        layer->where[CR_KEY_REGION] = "--region";
    }
}

/* ---- the targets ---- */

static bool has_region(const struct cli_deploy *d, const char *region, size_t n)
{
    for (size_t i = 0; i < d->len; i++)
        if (strlen(d->target[i].region) == n && memcmp(d->target[i].region, region, n) == 0)
            return true;
    return false;
}

static int add_target(struct cli_deploy *d, const char *region, size_t n, struct cr_error *err)
{
    struct cli_target *t;

    if (!n || strspn(region, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") < n) {
        cr_fail(err, CR_E_USAGE, "'%.*s' is no region", (int)n, region);
        return cr_hint(err, "such as --region us-central1, or --region us-central1,europe-west1");
    }
    if (has_region(d, region, n))
        return 0;
    d->target = cr_realloc(d->target, (d->len + 1) * sizeof(*d->target));
    t = &d->target[d->len++];
    *t = (struct cli_target){.region = cr_strndup(region, n)};
    t->parent = cr_format("projects/%s/locations/%s", d->project, t->region);
    t->name = cr_format("%s/services/%s", t->parent, d->id);
    return 0;
}

static int add_targets(struct cli_deploy *d, const char *list, struct cr_error *err)
{
    for (;; list++) {
        size_t n = strcspn(list, ",");

        if (add_target(d, list, n, err) < 0)
            return -1;
        list += n;
        if (!*list)
            return 0;
    }
}

int cli_deploy_open(struct cli_deploy *d, const char *regions, struct cr_error *err)
{
    const char *asked = d->args->regions;

    if (add_targets(d, asked && *asked ? asked : regions, err) < 0)
        return -1;
    if (d->args->dry_run) {
        gcp_rehearsal_init(&d->rehearsal, d->link->gcp.http);
        d->link->gcp.http = &d->rehearsal.door;
    }
    if (d->args->limits.none)
        ui_note(d->c->ui, "the platform's limits are not looked at");
    return 0;
}
