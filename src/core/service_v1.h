/*
 * service_v1.h - Cloud Run's two languages: the Knative form that v1 and gcloud speak, and v2's Service and Revision.
 *
 * Both directions lose only what the other side has no words for. v2 cannot say: a maximum of 0 apart from unset;
 * labels and annotations under run.googleapis.com, cloud.googleapis.com, serving.knative.dev and
 * autoscaling.knative.dev that are no field of it; who sent the template (client-name, client-version on it); an
 * explicit false, 0 or "" apart from absent; a connector's short name, which is completed; aliases of secrets, which
 * become full names. v1 cannot say cpuIdle and startupCpuBoost of one container alone: they are true of a revision when
 * they are of any of its containers (cpuIdle: false).
 *
 * Ownership: results are new, arguments are borrowed. Errors: CR_E_USAGE naming the field and the value; v2 to v1
 * cannot fail. Source: the REST references of both, and what gcloud 528 sends.
 */
#ifndef CR_SERVICE_V1_H
#define CR_SERVICE_V1_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

/* Where a v1 document is to stand: v1 names neither project nor region in its short names. */
struct cr_v1_where {
    const char *project, *region;
};

/* Whether a document is in v1's form: it has spec. */
bool cr_is_v1(const json_t *document);

/* With status, where the document has one: conditions, urls, the latest revisions, traffic as it is. */
json_t *cr_service_from_v1(const json_t *v1, const struct cr_v1_where *where, struct cr_error *err) CR_CHECKED;
json_t *cr_service_to_v1(const json_t *v2);

/* The parent's name is label serving.knative.dev/service. */
json_t *cr_revision_from_v1(const json_t *v1, const struct cr_v1_where *where, struct cr_error *err) CR_CHECKED;
/* `digest`: what the image of the revision was resolved to, "HOST/NAME@sha256:HEX", which v2 does not say; or NULL. */
json_t *cr_revision_to_v1(const json_t *v2, const char *digest);

#endif
