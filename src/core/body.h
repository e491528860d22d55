/*
 * body.h - what crdeploy adds to a request to Cloud Run besides what flags and manifest say; what those do is in
 * edit.h, and the body of Cloud Build in body_build.h.
 *
 * Ownership: services are the caller's and changed in place; texts are new. Errors: none.
 * Source: Cloud Run Admin API v2 (Service).
 */
#ifndef CR_BODY_H
#define CR_BODY_H

#include <jansson.h>

#include "core/plan.h"

/* "REGION-docker.pkg.dev/PROJECT/crdeploy/NAME:<first 12 of the context's sha256>", or what build.image says. New. */
char *cr_body_image(const struct cr_plan *plan, const char *context_sha256);

/* The container of a service that takes the requests: the one with a port, or the first. Borrowed; NULL without any. */
json_t *cr_body_ingress(const json_t *service);

/* The label by which what crdeploy made is known, on the service and its revisions. */
void cr_body_mark(json_t *service);

/* The probe that fits crdeploy's own server: /ready, which it answers only after a warm-up inference. */
void cr_body_ready_probe(json_t *container);

/* CPU and memory that are the same number as live stay as they are spelled there ("1000m" for "1"), container by
 * container: otherwise the same again would make a new revision. */
void cr_body_keep_spelling(const json_t *live, json_t *service);

/* All traffic to the newest revision, where a new service has no list yet. */
void cr_body_new_traffic(json_t *service);

#endif
