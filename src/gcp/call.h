/*
 * call.h - one call to an API of Google's: token, retries, deadline, and errors in words.
 *
 * Retries: 408, 429, 5xx and broken connections, only where the request's `repeat` allows; waits double from 0.5 s with
 *   jitter up to 32 s, Retry-After and google.rpc.RetryInfo are honoured, and all ends ten minutes after the start. A
 * 401 asks for a fresh token once. Plain http carries no token off this machine. Errors: 401, 403: CR_E_AUTH; other
 * 4xx: CR_E_API; retries used up: CR_E_NET; Ctrl-C: CR_E_INTERRUPT. The text is "cannot WHAT: HTTP 403: MESSAGE", the
 * hint is by api_error.h. A JSON reply that is none: CR_E_API. Trace: --debug http, with an allow-list of headers.
 */
#ifndef GCP_CALL_H
#define GCP_CALL_H

#include <jansson.h>

#include "gcp/gcp.h"

/* Sends until there is an answer below 300, or a 404 that missing_ok allows. A redirect is an error, and is never
 * followed. `what` names the action. */
int gcp_call(struct gcp *g, const struct gcp_request *req, struct gcp_reply *reply, const char *what,
             struct cr_error *err) CR_CHECKED;

/* As gcp_call(), for callers to whom some errors are answers: 0 also when the reply's status is listed in `answers`
 * (ended by 0; may be NULL). */
int gcp_call_answers(struct gcp *g, const struct gcp_request *req, const int *answers, struct gcp_reply *reply,
                     const char *what, struct cr_error *err) CR_CHECKED;

/* As gcp_call(), with a JSON body (may be NULL; sets the content type) and a JSON reply. *json is new; NULL when
 * missing_ok met a 404; an empty reply is {}. */
int gcp_call_json(struct gcp *g, const struct gcp_request *req, const json_t *body, json_t **json, const char *what,
                  struct cr_error *err) CR_CHECKED;

/* One POST that must not take effect twice, so it is never repeated here. 0 with *json, its reply; 0 without, when it
 * is not known whether it arrived (*why says what happened): the caller looks for what it asked for before it asks
 * again. */
int gcp_call_once(struct gcp *g, const char *url, const json_t *body, const char *what, json_t **json,
                  struct cr_error *why, struct cr_error *err) CR_CHECKED;

/* "ENDPOINT/PATH", new. Path parts that are not literal must be escaped by the caller. */
char *gcp_url(const struct gcp *g, enum gcp_api api, const char *fmt, ...) CR_PRINTF(3, 4);

#endif
