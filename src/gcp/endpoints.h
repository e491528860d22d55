/*
 * endpoints.h - where each API is: one table of {API, Google's address, our variable, gcloud's variable}.
 *
 * Order: CRDEPLOY_ENDPOINT_<API>, then CLOUDSDK_API_ENDPOINT_OVERRIDES_<API>, then `base`, then Google's.
 * The environment is read by the caller: lookup(ud, name) gives a variable's value or NULL.
 * Errors: CR_E_USAGE naming the variable whose value is no http or https URL, or is plain http to another machine.
 */
#ifndef GCP_ENDPOINTS_H
#define GCP_ENDPOINTS_H

#include "gcp/gcp.h"

struct gcp_endpoint_row {
    const char *name;    /* storage, cloudbuild, run ... */
    const char *address; /* https://storage.googleapis.com */
    const char *env;     /* CRDEPLOY_ENDPOINT_STORAGE */
    const char *gcloud;  /* CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE; NULL: gcloud has none */
    const char *tail;    /* path that gcloud's value carries and ours does not, such as "/storage/v1"; or "" */
};
extern const struct gcp_endpoint_row gcp_endpoint_rows[GCP_API_COUNT];

typedef const char *gcp_lookup(void *ud, const char *name);

/* Sets every endpoint of g. base: one address for all (the local platform's), or NULL. lookup may be NULL. */
int gcp_endpoints_set(struct gcp *g, const char *base, gcp_lookup *lookup, void *ud, struct cr_error *err) CR_CHECKED;

#endif
