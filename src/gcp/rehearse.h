/*
 * rehearse.h - a door for dry runs: reads go through, everything is written down, and nothing is changed.
 *
 * GET is sent as ever. Whatever else is asked for is only written down and answered by an empty object, which is no
 * result: who sends through this door ends where the answer of a change would matter. A read that is repeated stands
 * there once.
 *
 * Ownership: borrows the door behind it; gcp_rehearsal_clear() frees the list. Errors: those of the door behind.
 */
#ifndef GCP_REHEARSE_H
#define GCP_REHEARSE_H

#include <jansson.h>

#include "gcp/http.h"

struct gcp_rehearsal {
    struct gcp_http door; /* first: requests go through this */
    struct gcp_http *behind;
    json_t *requests; /* [{"method", "url", "body"}] in order; body is null where there is none */
};

void gcp_rehearsal_init(struct gcp_rehearsal *r, struct gcp_http *behind);
void gcp_rehearsal_clear(struct gcp_rehearsal *r); /* of zeros, too */

#endif
