/*
 * gcp.h - what every call to Google needs: the door, the token, the addresses.
 *
 * Ownership: gcp_init() borrows http and auth for the life of the struct; endpoints and quota_project are the struct's.
 *   gcp_clear() frees what is its own.
 */
#ifndef GCP_GCP_H
#define GCP_GCP_H

#include "gcp/auth.h"
#include "gcp/http.h"

enum gcp_api {
    GCP_STORAGE,
    GCP_BUILD,
    GCP_RUN,
    GCP_REGISTRY,
    GCP_IAM_CREDENTIALS,
    GCP_LOGGING,
    GCP_OAUTH,
    GCP_STS,
    GCP_SERVICE_USAGE,
    GCP_RESOURCE_MANAGER,
    GCP_BILLING,
    GCP_IAM,
    GCP_DOCKER,     /* the images themselves: by default each at the host in its name; see registry_image.h */
    GCP_DOCKER_HUB, /* where the base image is from; see hub.h */
    GCP_ACCOUNTS,   /* where a person logs in: visited by a browser, not called */
    GCP_API_COUNT
};

struct gcp {
    struct gcp_http *http;
    struct gcp_auth *auth;
    char *endpoint[GCP_API_COUNT]; /* scheme, host and perhaps a prefix, without a slash at the end */
    char *quota_project;           /* sent as x-goog-user-project; NULL: not sent */
    bool quota_guess;              /* nobody asked for that project: a refusal of it is answered by leaving it out */
};

#define GCP_AUTO __attribute__((cleanup(gcp_clear)))
/* Google's own endpoints; endpoints.h changes them. quota_project may be NULL. */
void gcp_init(struct gcp *g, struct gcp_http *http, struct gcp_auth *auth, const char *quota_project);
void gcp_clear(struct gcp *g);

#endif
