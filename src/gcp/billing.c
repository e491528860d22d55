#include "gcp/billing.h"

#include "base/auto.h"
#include "base/mem.h"

int gcp_billing_get(struct gcp *g, const char *project, bool *enabled, char **account, struct cr_error *err)
{
    CR_AUTO_FREE char *part = gcp_url_escape(project);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_BILLING, "v1/projects/%s/billingInfo", part);
    json_auto_t *reply = NULL;
    const char *name;

    if (gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url}, NULL, &reply, "read the billing", err) < 0)
        return -1;
    name = json_string_value(json_object_get(reply, "billingAccountName"));
    *enabled = json_is_true(json_object_get(reply, "billingEnabled")); /* left out when it is not */
    *account = name && *name ? cr_strdup(name) : NULL;
    return 0;
}
