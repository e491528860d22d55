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

/* One of several that are waited for side by side. */
struct gcp_operation_one {
    json_t *now;         /* owned: the operation as last seen */
    json_t *response;    /* owned: what it ended with; NULL until then, and when it failed */
    struct cr_error err; /* why it failed; CR_OK otherwise */
    bool ended;
};

/* Waits for all of them, each by reading it; one that fails does not end the others. on_tick is called after each round
 * with NULL for the operation. Fails only on Ctrl-C. */
int gcp_operations_wait(struct gcp *g, const struct gcp_operation_wait *w, struct gcp_operation_one *list, size_t n,
                        struct cr_error *err) CR_CHECKED;

#endif
