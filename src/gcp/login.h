/*
 * login.h - an account of the user's own, by OAuth's flow for installed programs: PKCE, a redirection to this machine,
 * and the OAuth client that the user made. No client is built in.
 *
 * Order: gcp_login_client_read(), gcp_login_begin(), the browser visits gcp_login_url(), gcp_login_answer() judges what
 *   the browser brought back, gcp_login_finish() changes the code into tokens.
 * Ownership: each struct owns its texts and wipes them; its _clear() may be called on a zeroed one.
 * Errors: CR_E_CONFIG for a client file that is none; CR_E_AUTH for a login that was denied, that lacks what was asked
 *   for, or whose answer is not to our question; CR_E_NET.
 * Source: RFC 6749, RFC 7636, RFC 8252; https://developers.google.com/identity/protocols/oauth2/native-app, 2026-10.
 */
#ifndef GCP_LOGIN_H
#define GCP_LOGIN_H

#include <stdbool.h>

#include "gcp/gcp.h"

/* The file of an OAuth client of type "Desktop app", as Google's console gives it. */
struct gcp_login_client {
    char *id, *secret; /* secret is empty when the file has none */
    char *auth_uri, *token_uri;
    bool is_custom; /* an address in it is not Google's, and that was allowed */
};
/* text: the file's content; from: its name, for messages. allow_custom: addresses other than Google's are taken. */
int gcp_login_client_read(const char *text, size_t len, const char *from, bool allow_custom,
                          struct gcp_login_client *client, struct cr_error *err) CR_CHECKED;
void gcp_login_client_clear(struct gcp_login_client *client);

/* One attempt: its secrets are made of the kernel's random bytes. */
struct gcp_login {
    char *verifier;  /* 128 characters of A-Za-z0-9-_ */
    char *challenge; /* base64url of the verifier's sha256 */
    char *state;     /* 256 bit */
    char *redirect;  /* "http://127.0.0.1:8085/" */
};
int gcp_login_begin(const char *redirect, struct gcp_login *login, struct cr_error *err) CR_CHECKED;
void gcp_login_clear(struct gcp_login *login);
char *gcp_login_challenge(const char *verifier); /* S256 of RFC 7636; new */

/* What the browser is to visit; account (may be NULL) is offered first there. New. */
char *gcp_login_url(const struct gcp *g, const struct gcp_login_client *client, const struct gcp_login *login,
                    const char *account);

enum gcp_login_verdict {
    GCP_LOGIN_GRANTED,  /* *code is new */
    GCP_LOGIN_STRANGER, /* not the answer to our question: err says so, and the wait goes on */
    GCP_LOGIN_DENIED,   /* ours, and it says no: err has why */
};
/* Judges a query ("code=…&state=…"), or a whole pasted address (http...) with one. */
enum gcp_login_verdict gcp_login_answer(const struct gcp_login *login, const char *query, char **code,
                                        struct cr_error *err);

struct gcp_login_tokens {
    char *access, *refresh, *email; /* email: by the id_token of the same reply */
};
int gcp_login_finish(struct gcp *g, const struct gcp_login_client *client, const struct gcp_login *login,
                     const char *code, struct gcp_login_tokens *tokens, struct cr_error *err) CR_CHECKED;
void gcp_login_tokens_clear(struct gcp_login_tokens *tokens);

/* Makes a refresh or access token void, and all that came of it. *was is false when it was void already. */
int gcp_login_revoke(struct gcp *g, const char *token, bool *was, struct cr_error *err) CR_CHECKED;

#define GCP_AUTO_LOGIN_CLIENT __attribute__((cleanup(gcp_login_client_clear)))
#define GCP_AUTO_LOGIN __attribute__((cleanup(gcp_login_clear)))
#define GCP_AUTO_LOGIN_TOKENS __attribute__((cleanup(gcp_login_tokens_clear)))

#endif
