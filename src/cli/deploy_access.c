#include "cli/deploy_access.h"

#include <string.h>

#include "gcp/run.h"

enum wanted { NOTHING, PRIVATE, PUBLIC };

/* The last word of the command line; else that of the manifest, where it has one. */
static enum wanted said(const struct cli_deploy *d)
{
    const struct cr_plan *plan = d->plan;

    for (size_t i = d->flags.len; i-- > 0;)
        if (d->flags.row[i].flag == CR_FLAG_ALLOW_UNAUTHENTICATED)
            return strcmp(d->flags.row[i].text, "true") == 0 ? PUBLIC : PRIVATE;
    if (plan && cr_plan_has(plan, CR_KEY_ALLOW_UNAUTHENTICATED) &&
        plan->value[CR_KEY_ALLOW_UNAUTHENTICATED].origin != CR_FROM_DEFAULT)
        return plan->number[CR_KEY_ALLOW_UNAUTHENTICATED] ? PUBLIC : PRIVATE;
    return NOTHING;
}

static enum wanted wanted(const struct cli_deploy *d, const struct cli_target *t)
{
    enum wanted want = said(d);

    if (want == NOTHING && d->plan && !t->live && d->link->platform->is_public)
        return PUBLIC;
    return want == PRIVATE && !t->live ? NOTHING : want;
}

int cli_deploy_access(struct cli_deploy *d, struct cli_target *t, struct cr_error *err)
{
    enum wanted want = wanted(d, t);
    struct cr_error refused = {0};

    t->is_public = want == PUBLIC;
    if (want == NOTHING || gcp_run_set_public(&d->link->gcp, t->name, t->is_public, NULL, &refused) == 0)
        return 0;
    if (refused.code == CR_E_INTERRUPT)
        return cr_fail(err, refused.code, "%s", refused.msg);
    t->is_public = false;
    ui_warn(d->c->ui, "the service '%s' in %s is deployed, but its access could not be set: %s", d->id, t->region,
            refused.msg);
    if (refused.hint[0])
        ui_hint(d->c->ui, "%s", refused.hint);
    return 0;
}
