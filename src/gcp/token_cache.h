/*
 * token_cache.h - tokens that outlive the process, so that ten commands in a row ask for one token.
 *
 * The file is JSON, mode 0600: for each source, scope and target a row with the token and its end; the key is a digest,
 * so the file does not say whose they are. A row is used until GCP_AUTH_MARGIN_MS before its end; identity tokens have
 * a row for each audience, used until five minutes before what they themselves say. Two processes at once take turns by
 * a lock on the file PATH.lock; each writes a whole new file in the place of the old. A file that cannot be read, is
 * damaged, or belongs to another user is an empty cache.
 *
 * Ownership: gcp_auth_cached() takes its source; the cache is borrowed, and outlives it. Texts are wiped.
 * Errors: none; without the cache there is only one request more.
 */
#ifndef GCP_TOKEN_CACHE_H
#define GCP_TOKEN_CACHE_H

#include "gcp/auth.h"

struct gcp_token_cache;

/* path: "$XDG_CACHE_HOME/crdeploy/tokens.json". Nothing is read or made yet. */
struct gcp_token_cache *gcp_token_cache_open(const char *path);
void gcp_token_cache_close(struct gcp_token_cache *cache); /* NULL is fine */
/* Forgets every token. */
void gcp_token_cache_drop(struct gcp_token_cache *cache);

/* source, asked only when the cache has no token of the same kind, principal, scopes and target (may be NULL), or when
 * the one it had was refused. Tokens whose end is not known are not kept. */
struct gcp_auth *gcp_auth_cached(struct gcp_token_cache *cache, struct gcp_auth *source, const char *kind,
                                 const char *principal, const char *scopes, const char *target);

#endif
