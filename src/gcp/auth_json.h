/*
 * auth_json.h - a credential file (or the JSON of one) becomes a source of tokens; "type" says which.
 *
 * service_account, authorized_user, external_account, external_account_authorized_user, impersonated_service_account.
 * Nothing is sent until a token is asked for.
 *
 * Trust: such files come from others. Addresses in them must be hosts of googleapis.com, by https (gcp_auth_address()),
 * unless env->allow_custom. Ownership: env and all it points to is borrowed for the life of the source; texts are
 * copied. Errors: CR_E_AUTH naming the file and what is wrong in it.
 */
#ifndef GCP_AUTH_JSON_H
#define GCP_AUTH_JSON_H

#include <jansson.h>

#include "gcp/auth.h"

struct gcp_token_cache;

/* What every kind of credential needs. */
struct gcp_auth_env {
    struct gcp_http *http;
    const char *oauth, *sts, *iam; /* addresses of the three, as in struct gcp's endpoint[]; NULL: Google's */
    bool allow_custom;             /* token addresses outside googleapis.com are fine */
    bool self_signed;              /* service accounts sign their own access tokens */
    const char *(*getenv)(void *ud, const char *name); /* NULL: there is no environment */
    void *ud;
    struct gcp_token_cache *cache; /* tokens on disk; NULL: none */
};

/* name is the file, for messages. What is made looks into env->cache before it asks for a token. */
int gcp_auth_from_json(const struct gcp_auth_env *env, const char *text, const char *name, struct gcp_auth **auth,
                       struct cr_error *err) CR_CHECKED;
/* The same for an object inside another (source_credentials). Borrows cred. */
int gcp_auth_from_object(const struct gcp_auth_env *env, const json_t *cred, const char *name, struct gcp_auth **auth,
                         struct cr_error *err) CR_CHECKED;

/* One function for each type. */
typedef int gcp_auth_open(const struct gcp_auth_env *env, const json_t *cred, const char *name, struct gcp_auth **auth,
                          struct cr_error *err);
gcp_auth_open gcp_auth_service_account, gcp_auth_user, gcp_auth_impersonated;
gcp_auth_open gcp_auth_external, gcp_auth_external_user;

/* Acts as the last service account of chain, "SA1,SA2,TARGET": source acts for SA1, that for SA2, that for TARGET.
 * principal tells this source from others in env->cache; NULL: what it gives is not kept there. Takes source, also on
 * failure. */
int gcp_auth_impersonate(const struct gcp_auth_env *env, struct gcp_auth *source, const char *principal,
                         const char *chain, struct gcp_auth **auth, struct cr_error *err) CR_CHECKED;
/* The same for a file's service_account_impersonation_url. delegates: array of addresses, plain or behind
 * "projects/-/serviceAccounts/"; or NULL. lifetime_s: of the token; 0: an hour. name: of the file. */
int gcp_auth_impersonate_url(const struct gcp_auth_env *env, struct gcp_auth *source, const char *principal,
                             const char *url, const json_t *delegates, int64_t lifetime_s, const char *name,
                             struct gcp_auth **auth, struct cr_error *err) CR_CHECKED;

/* source behind env->cache, or itself where there is none. kind and principal tell it from others; target may be NULL.
 * Takes source. */
struct gcp_auth *gcp_auth_keep(const struct gcp_auth_env *env, struct gcp_auth *source, const char *kind,
                               const char *principal, const char *target);

/* A text member that must be there: CR_E_AUTH "the credential file 'NAME' has no 'KEY'". Borrowed. */
int gcp_auth_need(const json_t *cred, const char *key, const char *name, const char **text,
                  struct cr_error *err) CR_CHECKED;

/* Where an address found in `name` under `key` really is: Google's own oauth2, sts and iamcredentials hosts become
 * env's; others must be https at googleapis.com, or allowed; plain http only on this machine. New. */
int gcp_auth_address(const struct gcp_auth_env *env, const char *url, const char *key, const char *name, char **address,
                     struct cr_error *err) CR_CHECKED;

#endif
