/*
 * auth_oauth.h - one exchange with an OAuth token endpoint: a form goes out, a JSON object comes back.
 *
 * Three tries with growing waits for 408, 429, 500, 503, no answer, and OAuth's own words for "later". Nothing of the
 * form or the reply is ever traced.
 *
 * Errors: CR_E_AUTH with OAuth's error in words and a hint; a clock of this machine that is off is said to be off (the
 *   reply's Date header tells). CR_E_NET when nothing answered. CR_E_INTERRUPT on Ctrl-C.
 * Source: RFC 6749 section 5; RFC 7523; RFC 8693.
 */
#ifndef GCP_AUTH_OAUTH_H
#define GCP_AUTH_OAUTH_H

#include "gcp/auth_json.h"
#include "gcp/json.h"

struct gcp_form {
    const char *name, *value; /* a field whose value is NULL is left out; the name NULL ends the form */
};

struct gcp_oauth_ask {
    const char *url;             /* checked by the caller: gcp_auth_address() */
    const struct gcp_form *form; /* values are plain; they are escaped here */
    const char *user, *password; /* HTTP Basic client authentication; NULL: none */
    const char *what;            /* "get a token with the key file 'x'": the error is "cannot WHAT: ..." */
    const char *again;           /* hint for a grant that is void: how to get another; NULL: a general one */
};

/* *reply is new: the caller ends it with gcp_json_wipe(), which overwrites its texts. */
int gcp_oauth_exchange(const struct gcp_auth_env *env, const struct gcp_oauth_ask *ask, json_t **reply,
                       struct cr_error *err) CR_CHECKED;

/* One JSON request and reply with the same retries, trace and care: for the APIs that give tokens (iamcredentials).
 * bearer may be NULL. */
int gcp_oauth_call(const struct gcp_auth_env *env, const char *url, const char *bearer, const json_t *body,
                   const char *what, json_t **reply, struct cr_error *err) CR_CHECKED;

/* expires_in, a number or a text of digits, as a wall-clock end; an hour where it is missing. */
int64_t gcp_oauth_end_ms(const json_t *reply);

/* The access_token of such a reply, checked and kept until its end; address is named where there is none. */
int gcp_oauth_keep(const json_t *reply, const char *address, struct gcp_kept *kept, struct cr_error *err) CR_CHECKED;

#endif
