/*
 * auth.h - where tokens come from. Each source is one more struct gcp_auth; whoever asks sees only the two calls.
 *
 * Files with credentials are opened by auth_json.h; tokens are kept on disk by token_cache.h.
 *
 * Units: expires_ms is wall-clock milliseconds, as cr_wall_ms().
 * Ownership: tokens returned are borrowed, valid until the next call on the same source or its end. gcp_auth_free()
 *   wipes them. Every token is registered with cr_log_secret().
 * Errors: CR_E_AUTH that names the source, with a hint that gets a token; CR_E_NET when the source could not be
 *   reached.
 * Source: developers.google.com/identity/protocols/oauth2; metadata: cloud.google.com/compute/docs/metadata.
 */
#ifndef GCP_AUTH_H
#define GCP_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct gcp_http;

struct gcp_auth {
    /* An access token. fresh: the last one was refused with 401, so a cached one will not do; a source that has no
     * other fails. */
    int (*token)(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err);
    /* An identity token for an audience (the service's URL), for a service that is not public. */
    int (*identity)(struct gcp_auth *self, const char *audience, const char **token, struct cr_error *err);
    void (*free)(struct gcp_auth *self);
    /* When the access token that token() returned last ends; 0: not known, so it may be kept by nobody. Set by every
     * source whenever it returns a token. */
    int64_t expires_ms;
};

/* A source asks for another token this long before the one it has ends: no call starts with one that dies under way. */
#define GCP_AUTH_MARGIN_MS 225000

#define GCP_SCOPE "https://www.googleapis.com/auth/cloud-platform"

/* A token that is already known, and perhaps an identity token; either may be NULL or empty, and is then missed only
 * when it is asked for. Both are copied. Line ends at their end are dropped. */
struct gcp_auth *gcp_auth_fixed(const char *access, const char *identity);

/* Read when first needed, and again when a fresh one is asked for: whoever writes the file renews it. */
struct gcp_auth *gcp_auth_file(const char *path, const char *identity);

struct gcp_auth_env;

/* The metadata server of a Google machine, or the local platform's: base is "http://HOST[:PORT]". http is borrowed. */
struct gcp_auth *gcp_auth_metadata(struct gcp_http *http, const char *base);
/* Where the metadata server is: $GCE_METADATA_HOST, or $GCE_METADATA_ROOT, or Google's own name for it. New. */
char *gcp_metadata_base(const struct gcp_auth_env *env);
/* Whether there is one: by the variables above, by $NO_GCE_CHECK (there is none), by what Google's own platforms set,
 * by what the machine's firmware says (dmi: the file with its name; NULL: the kernel's), or by asking its address,
 * $GCE_METADATA_IP, three times half a second or $GCE_METADATA_TIMEOUT seconds. */
bool gcp_metadata_present(const struct gcp_auth_env *env, const char *dmi);
/* The same without asking: whether it is already certain. */
bool gcp_metadata_known(const struct gcp_auth_env *env, const char *dmi);
/* A value such as "project/project-id"; new. CR_E_NET when nothing answers there. */
int gcp_metadata_get(struct gcp_http *http, const char *base, const char *path, char **value,
                     struct cr_error *err) CR_CHECKED;

/* source, but for an identity token that is already known. Takes source. */
struct gcp_auth *gcp_auth_with_identity(struct gcp_auth *source, const char *identity);

void gcp_auth_free(struct gcp_auth *auth); /* NULL is fine */

/* For the sources themselves. A secret is a text of its own memory; it is overwritten before it is freed. */
void gcp_secret_wipe(char **secret);
/* Copies a token and registers it with cr_log_secret(); wipes what *secret held. */
void gcp_secret_set(char **secret, const char *token);
/* A token that is kept until it ends, and for whom it is (identity tokens). */
struct gcp_kept {
    char *token, *audience;
    int64_t end_ms;
};
/* It is there, for that audience (NULL: an access token), and has more than margin_ms to live. */
bool gcp_kept_good(const struct gcp_kept *k, const char *audience, int64_t margin_ms);
void gcp_kept_set(struct gcp_kept *k, const char *token, const char *audience, int64_t end_ms);
void gcp_kept_clear(struct gcp_kept *k);

/* A token goes into a header: anything but visible ASCII would break out of it. `from` names it in the error. */
int gcp_token_check(const char *token, const char *from, struct cr_error *err);

#endif
