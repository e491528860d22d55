/*
 * operation.h - long-running operations of Cloud Run, Artifact Registry and others: wait until done.
 *
 * Units: milliseconds. Ownership: the response is new.
 * Errors: an operation's own error is CR_E_BUILD (CR_E_AUTH for a permission) with its message and a hint; the deadline
 *   is CR_E_NET; Ctrl-C is CR_E_INTERRUPT and says that the operation goes on remotely.
 */
#ifndef GCP_OPERATION_H
#define GCP_OPERATION_H

#include "gcp/call.h"

enum gcp_operation_poll {
    GCP_OPERATION_GET,  /* GET, each second at first, then up to every 5 s */
    GCP_OPERATION_WAIT, /* POST :wait, which answers when done or after 30 s */
};

struct gcp_operation_wait {
    enum gcp_api api;
    const char *version; /* "v1" or "v2" */
    enum gcp_operation_poll how;
    const char *what;                                   /* "deploy the service", for errors */
    int64_t deadline_ms;                                /* from now; 0: 20 minutes */
    void (*on_tick)(void *ud, const json_t *operation); /* after each look; may be NULL */
    void *ud;
};

/* Waits for `operation` (borrowed; may be done already). *response is its response, {} when it has none. */
int gcp_operation_wait(struct gcp *g, const struct gcp_operation_wait *w, const json_t *operation, json_t **response,
                       struct cr_error *err) CR_CHECKED;

#endif
