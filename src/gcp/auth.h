/*
 * auth.h - where tokens come from. Each source is one more struct gcp_auth; whoever asks sees only the two calls.
 *
 * Ownership: tokens returned are borrowed, valid until the next call on the same source or its end. gcp_auth_free()
 * wipes them. Every token is registered with cr_log_secret(). Errors: CR_E_AUTH with a hint that gets a token. Source:
 * shared facts on ADC in Google's auth libraries; metadata: cloud.google.com/compute/docs/metadata.
 */
#ifndef GCP_AUTH_H
#define GCP_AUTH_H

#include <stdbool.h>

#include "base/error.h"

struct gcp_http;

struct gcp_auth {
    /* An access token. fresh: the last one was refused with 401, so a cached one will not do; a source that has no
     * other fails. */
    int (*token)(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err);
    /* An identity token for an audience (the service's URL), for a service that is not public. */
    int (*identity)(struct gcp_auth *self, const char *audience, const char **token, struct cr_error *err);
    void (*free)(struct gcp_auth *self);
};

/* A token that is already known, and perhaps an identity token; either may be NULL or empty, and is then missed only
 * when it is asked for. Both are copied. Line ends at their end are dropped. */
struct gcp_auth *gcp_auth_fixed(const char *access, const char *identity);

/* Read when first needed, and again when a fresh one is asked for: whoever writes the file renews it. */
struct gcp_auth *gcp_auth_file(const char *path, const char *identity);

/* The metadata server of a Google machine, or the local platform's: base is "http://HOST[:PORT]". http is borrowed. */
struct gcp_auth *gcp_auth_metadata(struct gcp_http *http, const char *base);

void gcp_auth_free(struct gcp_auth *auth); /* NULL is fine */

#endif
