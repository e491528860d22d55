/*
 * serviceusage.h - which of Google's APIs a project has enabled, and enabling them.
 *
 * APIs go by their names: "run.googleapis.com". Errors: see call.h and operation.h.
 * Source: Service Usage API v1, services.batchGet, services.batchEnable.
 */
#ifndef GCP_SERVICEUSAGE_H
#define GCP_SERVICEUSAGE_H

#include "gcp/call.h"

enum { GCP_SERVICES_MAX = 20 }; /* in one call */

/* enabled[i] answers for name[i]; n is at most GCP_SERVICES_MAX. *number (may be NULL): the project's number, new, or
 * NULL when the reply does not tell it. */
int gcp_services_get(struct gcp *g, const char *project, const char *const *name, size_t n, bool *enabled,
                     char **number, struct cr_error *err) CR_CHECKED;

/* Enables them all and waits for it. Those that are enabled already stay so. */
int gcp_services_enable(struct gcp *g, const char *project, const char *const *name, size_t n,
                        struct cr_error *err) CR_CHECKED;

#endif
