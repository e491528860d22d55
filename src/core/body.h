/*
 * body.h - a plan as the request body of Cloud Run, exactly as it is sent; that of Cloud Build: body_build.h.
 *
 * Ownership: bodies are new. Errors: none but programming ones: the plan has passed its checks.
 * Source: Cloud Run Admin API v2 (Service).
 */
#ifndef CR_BODY_H
#define CR_BODY_H

#include <jansson.h>

#include "core/plan.h"

/* "REGION-docker.pkg.dev/PROJECT/crdeploy/NAME:<first 12 of the context's sha256>", or what build.image says. New. */
char *cr_body_image(const struct cr_plan *plan, const char *context_sha256);

/* The service to create (live NULL), or to patch: then everything that is not crdeploy's to say stays as it is live,
 * the etag goes along, and template.revision is left out, because an old name with a new template is refused. image is
 * "name@sha256:…". cpuIdle is always said: absent, v2 takes it for CPU always allocated, which costs more. */
json_t *cr_body_service(const struct cr_plan *plan, const char *image, const json_t *live);

/* What a patch of such a body covers. */
extern const char cr_body_service_mask[];

#endif
