/* token_form.h - what the OAuth endpoints share: their form, their errors, their clients. Source: RFC 6749, 2.3.1, 5.2.
 */
#ifndef LOCAL_TOKEN_FORM_H
#define LOCAL_TOKEN_FORM_H

#include "local/local.h"
#include "local/message.h"

/* The form in the body, or else the query, as the query of a request of its own; local_request_clear() ends it. */
void local_form_read(const struct local_request *rq, struct local_request *form);
/* {"error": error, "error_description": ...} */
void local_oauth_refuse(struct local_reply *rp, int status, const char *error, const char *fmt, ...) CR_PRINTF(4, 5);

/* The registered client that the form, or HTTP Basic, names with its secret: its id, new. NULL after refusing. */
char *local_oauth_client(struct local *l, const struct local_request *rq, const struct local_request *form,
                         struct local_reply *rp);
bool local_oauth_basic(const struct local_request *rq); /* whether HTTP Basic is used at all */

/* Whether a scope is among others separated by blanks, and whether all of them are. */
bool local_scope_has(const char *scopes, const char *scope);
bool local_scope_within(const char *asked, const char *granted);

/* Grants that more than one endpoint has, or that have a file of their own. */
void local_token_refresh(struct local *l, const struct local_request *rq, const struct local_request *form,
                         struct local_reply *rp);
void local_token_assertion(struct local *l, const struct local_request *form, struct local_reply *rp);

/* A JWT that a registered service account signed for itself, for one of Google's services. */
enum local_self_signed { LOCAL_SELF_NONE, LOCAL_SELF_OK, LOCAL_SELF_EXPIRED };
/* *email and *scope are new; scope is what the token says, or all when it names the service ("run"). */
enum local_self_signed local_self_signed(struct local *l, const char *token, const char *service, char **email,
                                         char **scope);

#endif
