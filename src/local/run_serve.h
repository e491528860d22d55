/*
 * run_serve.h - from what a Service asks for to what runs: images resolved, revisions proved, routes set.
 *
 * A service's document is the v2 resource plus "localCounter" (revisions so far) and "localHost" (run_host.h); a
 * revision's is the resource plus "localTemplate" (what its containers are started from), and "localDigest" (what its
 * image was resolved to, where its containers do not say it). None of them is ever shown.
 */
#ifndef LOCAL_RUN_SERVE_H
#define LOCAL_RUN_SERVE_H

#include <jansson.h>

#include "local/local.h"

/* Brings a service to its newest generation in the background, and ends the operation. revision (may be NULL) is the
 * new one's full name. fail (may be NULL): why it must fail, on command. */
void local_serve_start(struct local *l, const char *service, const char *revision, const char *operation,
                       const char *fail);
/* Sets the ingress's routes of a service by its document and policy; without containers it does nothing. */
void local_serve_route(struct local *l, const char *service);
/* Makes every revision of the store known to the instances, and routes every service. */
void local_serve_all(struct local *l);
/* After a service was replaced by other documents: stops what ran of it, and makes the new revisions known. */
void local_serve_again(struct local *l, const char *service);
/* Stops and forgets; the documents are the caller's. revision is a full name; NULL: all of the service, and then the
 * store's lock is held since its document was removed, or its host could be another's by now. */
void local_serve_forget(struct local *l, const json_t *service, const char *revision);

/* As clients see it: with its addresses, without what is ours. Takes over and returns. */
json_t *local_service_view(struct local *l, json_t *service);
json_t *local_revision_view(json_t *revision);

const char *local_last_part(const char *name); /* after the last slash; borrowed */

/* An operation of an API: `type` is the resource's ("google.cloud.run.v2.Service"). New name. */
char *local_operation_make(struct local *l, const char *parent, const char *type, const json_t *metadata,
                           struct cr_error *err);
/* Ends it: with the resource (code 0), or an error. */
void local_operation_end(struct local *l, const char *name, const char *type, const json_t *resource, int code,
                         const char *message);

#endif
