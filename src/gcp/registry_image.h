/*
 * registry_image.h - what an image says of itself: its configuration, read from its registry.
 *
 * The manifest comes from the image's own host (LOC-docker.pkg.dev, gcr.io) with the caller's access token. The
 * configuration is a blob, which Artifact Registry redirects to a signed address: that one is never sent the token, and
 * its bytes must have the digest that the manifest names. Of an index the image for linux/amd64 is read, which is what
 * Cloud Run runs.
 *
 * With CRDEPLOY_ENDPOINT_DOCKER, or on the local platform, everything is read there; the image's host is then the
 * parameter "ns", as container engines send it to a mirror.
 *
 * Ownership: JSON returned is new. Errors: see call.h; CR_E_API for a reply that is not a valid manifest or
 * configuration. Sources: OCI Distribution Specification 1.1; OCI Image Format Specification 1.1, config.md.
 */
#ifndef GCP_REGISTRY_IMAGE_H
#define GCP_REGISTRY_IMAGE_H

#include "gcp/registry.h"

/* The OCI image configuration {"created", "architecture", "os", "config": {"Labels", "Env"}} of the digest, or
 * else the tag, or else "latest"; NULL when there is no such image. */
int gcp_image_config(struct gcp *g, const struct gcp_image *image, json_t **config, struct cr_error *err) CR_CHECKED;

/* The labels in such a configuration, an object of texts. Borrowed; NULL where there are none. */
const json_t *gcp_image_labels(const json_t *config);

#endif
