#include "gcp/gcp.h"

#include "base/mem.h"
#include "gcp/endpoints.h"

void gcp_init(struct gcp *g, struct gcp_http *http, struct gcp_auth *auth, const char *quota_project)
{
    *g = (struct gcp){.http = http, .auth = auth};
    for (int i = 0; i < GCP_API_COUNT; i++)
        g->endpoint[i] = cr_strdup(gcp_endpoint_rows[i].address);
    if (quota_project && *quota_project)
        g->quota_project = cr_strdup(quota_project);
}

void gcp_clear(struct gcp *g)
{
    for (int i = 0; i < GCP_API_COUNT; i++)
        free(g->endpoint[i]);
    free(g->quota_project);
    *g = (struct gcp){0};
}
