/*
 * fetch.h - a plain call that is not to Google: a model asked through its endpoint.
 *
 * No retries, no error by status: whatever came back is the reply, with its time in reply->total_ms.
 * Names under .localhost are connected to 127.0.0.1, as curl and browsers do.
 * Errors: CR_E_NET when no status came back; CR_E_USAGE when a token would go over plain http to another machine.
 */
#ifndef GCP_FETCH_H
#define GCP_FETCH_H

#include "gcp/http.h"

struct gcp_fetch {
    const char *method, *url;
    const char *content_type; /* may be NULL */
    const void *body;
    size_t body_len;
    const char *token;                /* bearer; may be NULL */
    int64_t timeout_ms;               /* 0: 5 minutes */
    const struct gcp_header *headers; /* more of them; may be NULL */
    bool again;                       /* twice is as good as once: a connection that was kept will do */
    const char *connect_to;           /* "HOST:PORT:ADDRESS:PORT"; NULL: by name */
};

int gcp_fetch(struct gcp_http *http, const struct gcp_fetch *f, struct gcp_reply *reply,
              struct cr_error *err) CR_CHECKED;

#endif
