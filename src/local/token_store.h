/*
 * token_store.h - the access tokens this platform issued, authorization codes, and identity tokens of its own signing.
 *
 * Issued tokens are held in memory: after a restart clients get new ones. The platform's own token (daemon.json) is
 * none of them and never expires.
 *
 * Threads: every call takes a lock of its own. Ownership: what is returned is new. Units: seconds, milliseconds.
 */
#ifndef LOCAL_TOKEN_STORE_H
#define LOCAL_TOKEN_STORE_H

#include <jansson.h>
#include <openssl/evp.h>

#include "local/local.h"

struct local_tokens *local_tokens_new(void);
void local_tokens_free(struct local_tokens *t);

#define LOCAL_SCOPE_ALL "https://www.googleapis.com/auth/cloud-platform"
#define LOCAL_OWNER "local@crdeploy.invalid" /* whom the platform's own token stands for */

struct local_grant {
    const char *email;   /* or principal://... */
    const char *scope;   /* separated by blanks */
    const char *client;  /* OAuth client, or NULL */
    const char *refresh; /* the refresh token it came from, or NULL */
    int64_t lifetime_s;  /* 0: as the owner has set */
};

/* Issues a token; *lifetime_s is how long it holds. */
char *local_token_issue(struct local *l, const struct local_grant *grant, int64_t *lifetime_s);

enum local_token_state { LOCAL_TOKEN_UNKNOWN, LOCAL_TOKEN_VALID, LOCAL_TOKEN_EXPIRED };

/* *row (may be NULL): {"email", "scope", "clientId", "refresh", "exp": ms, "iat": ms}, unless unknown. */
enum local_token_state local_token_look(struct local *l, const char *token, json_t **row);
void local_token_expire(struct local *l, const char *token);
/* Forgets it, and all that came from this refresh token; false when nothing was known. */
bool local_token_revoke(struct local *l, const char *token);
void local_tokens_drop(struct local *l);

/* Authorization codes: what was asked for is kept until it is taken, once. */
char *local_code_put(struct local *l, json_t *asked);
json_t *local_code_take(struct local *l, const char *code);

/* The key that identity tokens and signBlob are signed with; borrowed. NULL, with err, when it cannot be had. */
EVP_PKEY *local_signing_key(struct local *l, struct cr_error *err);
/* Its name, 40 hex digits. New. */
char *local_signing_kid(EVP_PKEY *key);

/* An identity token as accounts.google.com signs them. azp may be NULL. NULL, with err, without a key. */
char *local_identity_issue(struct local *l, const char *email, const char *audience, const char *azp, bool with_email,
                           struct cr_error *err);
/* Whether it is one of ours, has not expired, and is for that audience (NULL: any). */
bool local_identity_valid(struct local *l, const char *token, const char *audience);

#endif
