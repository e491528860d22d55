/*
 * billing.h - whether anybody pays for a project; without that Cloud Build and Cloud Run refuse.
 *
 * Errors: see call.h. Source: Cloud Billing API v1, projects.getBillingInfo.
 */
#ifndef GCP_BILLING_H
#define GCP_BILLING_H

#include "gcp/call.h"

/* *account is new: "billingAccounts/ID", or NULL when none is linked. */
int gcp_billing_get(struct gcp *g, const char *project, bool *enabled, char **account, struct cr_error *err) CR_CHECKED;

#endif
