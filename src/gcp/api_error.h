/*
 * api_error.h - a refused reply or a failed operation, turned into words and advice.
 *
 * Understands Google's {"error":{code,message,status,details[]}}, Cloud Storage's errors[].reason, OAuth's
 *   {"error":"…","error_description":"…"}, a Kubernetes Status, and bodies that are no JSON at all.
 * Always fails: returns -1 with err filled; text from outside is stripped of control characters and cut.
 */
#ifndef GCP_API_ERROR_H
#define GCP_API_ERROR_H

#include <jansson.h>

#include "base/error.h"
#include "gcp/http.h"

/* Code by status: 401, 403 CR_E_AUTH; 408, 429, 5xx CR_E_NET; else CR_E_API. */
int gcp_api_error(int status, const char *body, size_t len, const char *what, struct cr_error *err);

/* The same of a whole reply. A redirect, which no API answers with, is CR_E_API naming the host it leads to. */
int gcp_api_refused(const struct gcp_reply *reply, const char *what, struct cr_error *err);

/* google.rpc.Status of an operation that ended in error: CR_E_BUILD, or CR_E_AUTH for 7 and 16. */
int gcp_api_error_status(const json_t *status, const char *what, struct cr_error *err);

/* A failure told in free text (a build's detail): err gets "FMT...: TEXT" and, where the text is a known one, a hint.
 */
int gcp_api_failed(enum cr_code code, const char *text, struct cr_error *err, const char *fmt, ...) CR_PRINTF(4, 5);

#endif
