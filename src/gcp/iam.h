/*
 * iam.h - service accounts, and which permissions the caller has on a resource.
 *
 * Ownership: JSON and texts returned are new. Errors: see call.h; a question that is not allowed is CR_E_AUTH.
 * Source: IAM API v1, projects.serviceAccounts; Cloud Build API v1, projects.locations.getDefaultServiceAccount; and
 *   testIamPermissions, which the APIs share.
 */
#ifndef GCP_IAM_H
#define GCP_IAM_H

#include "gcp/call.h"

enum { GCP_IAM_TEST_MAX = 100 }; /* permissions in one question */

/* Asks "PATH:testIamPermissions" ("v1/projects/P"; its parts escaped) which of the n permissions the caller has;
 * granted[i] answers for name[i]. n is at most GCP_IAM_TEST_MAX. */
int gcp_iam_test(struct gcp *g, enum gcp_api api, const char *path, const char *const *name, size_t n, bool *granted,
                 struct cr_error *err) CR_CHECKED;

/* A service account by its address; NULL when there is none. `project` is where it is looked for when its address does
 * not say so. */
int gcp_account_get(struct gcp *g, const char *project, const char *email, json_t **account,
                    struct cr_error *err) CR_CHECKED;

/* Whether the caller may act as the service account, as whoever deploys with it must. */
int gcp_account_may_act(struct gcp *g, const char *project, const char *email, bool *may,
                        struct cr_error *err) CR_CHECKED;

/* Address of the service account that builds run as when none is named; NULL when there is none. New. */
int gcp_build_account(struct gcp *g, const char *project, const char *location, char **email,
                      struct cr_error *err) CR_CHECKED;

#endif
