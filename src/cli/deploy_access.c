#include "cli/deploy_access.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "gcp/project.h"
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

/* Identity-Aware Proxy calls as a service agent of its own, which has to be let in. 1 with *member, new; 0 where
 * nothing is said of it. */
static int proxy(struct cli_deploy *d, struct gcp_invoker *who, char **member, struct cr_error *err)
{
    GCP_AUTO_PROJECT struct gcp_project project = {0};

    for (size_t i = d->flags.len; i-- > 0;) {
        if (d->flags.row[i].flag != CR_FLAG_IAP)
            continue;
        if (gcp_project_get(&d->link->gcp, d->project, &project, err) < 0)
            return -1;
        *member = cr_format("serviceAccount:service-%s@gcp-sa-iap.iam.gserviceaccount.com", project.number);
        *who = (struct gcp_invoker){*member, strcmp(d->flags.row[i].text, "true") == 0};
        return 1;
    }
    return 0;
}

static int set(struct cli_deploy *d, struct cli_target *t, enum wanted want, struct cr_error *err)
{
    struct gcp_invoker who[2] = {{GCP_EVERYONE, want == PUBLIC}};
    size_t n = want != NOTHING;
    CR_AUTO_FREE char *member = NULL;
    int more = proxy(d, &who[n], &member, err);

    if (more < 0)
        return -1;
    n += (size_t)more;
    return n ? gcp_run_set_invokers(&d->link->gcp, t->name, who, n, NULL, err) : 0;
}

int cli_deploy_access(struct cli_deploy *d, struct cli_target *t, struct cr_error *err)
{
    enum wanted want = wanted(d, t);
    struct cr_error refused = {0};

    t->is_public = want == PUBLIC;
    if (set(d, t, want, &refused) == 0)
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
