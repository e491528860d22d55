/*
 * project.h - the project itself: is it there, its number, who may do what in it, and where Cloud Run is.
 *
 * Ownership: gcp_project_clear() frees the texts; JSON returned is new. Errors: see call.h. A project that one may not
 *   see is CR_E_AUTH, whether it is there or not: the service does not tell which.
 * Source: Cloud Resource Manager API v1, projects; Cloud Run Admin API v1, projects.locations.
 */
#ifndef GCP_PROJECT_H
#define GCP_PROJECT_H

#include "gcp/call.h"

struct gcp_project {
    char *id, *number, *state; /* state: "ACTIVE", "DELETE_REQUESTED" ... */
};

#define GCP_AUTO_PROJECT __attribute__((cleanup(gcp_project_clear)))
void gcp_project_clear(struct gcp_project *p);

int gcp_project_get(struct gcp *g, const char *project, struct gcp_project *p, struct cr_error *err) CR_CHECKED;

/* Which of the n permissions the caller has on the project; see gcp_iam_test(). */
int gcp_project_test(struct gcp *g, const char *project, const char *const *name, size_t n, bool *granted,
                     struct cr_error *err) CR_CHECKED;

/* The project's own IAM policy; what folders and the organisation grant does not stand in it. */
int gcp_project_policy(struct gcp *g, const char *project, json_t **policy, struct cr_error *err) CR_CHECKED;
/* Pure: the policy grants the role to the member ("serviceAccount:EMAIL"), without a condition. */
bool gcp_policy_grants(const json_t *policy, const char *role, const char *member);

/* The regions of Cloud Run that the project may use: an array of their names. */
int gcp_project_regions(struct gcp *g, const char *project, json_t **regions, struct cr_error *err) CR_CHECKED;

#endif
