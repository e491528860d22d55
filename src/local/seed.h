/*
 * seed.h - the principals that the owner of the platform has registered for tests of credentials: POST /local/auth.
 *
 * Nobody is registered at first, and then the token endpoints refuse everybody. The body is JSON; all keys are
 * optional:
 *   {"serviceAccounts": [{"email", "publicKeyPem", "project"?, "disabled"?}],
 *    "clients": [{"clientId", "clientSecret"?}],
 *    "refreshTokens": [{"token", "clientId", "email", "scope"?, "rotate"?, "revoked"?, "error"?}],
 *    "issuers": [{"issuer", "publicKeyPem"}],
 *    "pools": [{"audience", "issuer"?}],
 *    "awsKeys": [{"accessKeyId", "secretAccessKey", "sessionToken"?, "account"?, "arn"?}],
 *    "impersonation": [{"caller", "target", "permissions"?}],
 *    "login": {"email"?, "scope"?, "error"?},
 *    "metadata": {"email"?, "project"?, "projectNumber"?, "region"?, "zone"?, "universe"?, "absent"?},
 *    "tokenLifetime": seconds, "clockSkew": seconds}
 * publicKeyPem is a public key or a certificate; "error" of a refresh token is "rapt_required" or "invalid_rapt";
 * "error" of login comes back in place of a code; "scope" of login is what is granted whatever was asked for. Without
 * pools every audience under //iam.googleapis.com/ is one. tokenLifetime is that of access tokens (3599); clockSkew is
 * how far this platform's clock is ahead. "impersonation" says who may act as whom, hop by hop; permissions is a list
 * of getAccessToken, getOpenIdToken, signJwt, signBlob and implicitDelegation, without it all. "absent" lists metadata
 * paths that are answered with 404. What is posted again replaces the row of the same name. GET shows names without
 * secrets; DELETE forgets everything, issued tokens too.
 *
 * Ownership: what is found is new, or NULL. Errors: CR_E_USAGE naming the key that is wrong.
 */
#ifndef LOCAL_SEED_H
#define LOCAL_SEED_H

#include <jansson.h>

#include "local/local.h"

int local_seed_add(struct local *l, const json_t *seed, struct cr_error *err) CR_CHECKED;
json_t *local_seed_view(struct local *l);
int local_seed_drop(struct local *l, struct cr_error *err) CR_CHECKED;

/* The row of a list, by its first key. */
json_t *local_seed_row(struct local *l, const char *list, const char *name);
int local_seed_row_drop(struct local *l, const char *list, const char *name, struct cr_error *err) CR_CHECKED;
/* A whole list, or one of the objects and numbers. */
json_t *local_seed_get(struct local *l, const char *key);
int64_t local_seed_number(struct local *l, const char *key, int64_t otherwise);

/* Milliseconds since 1970, by this platform's clock. */
int64_t local_seed_now_ms(struct local *l);
/* Whether caller may do `permission` ("getAccessToken") as target. */
bool local_seed_may(struct local *l, const char *caller, const char *target, const char *permission);

#endif
