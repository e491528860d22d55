/*
 * registry.h - Artifact Registry: a repository that is there, and the digest behind a tag.
 *
 * Ownership: texts returned are new. Errors: see call.h.
 * Source: Artifact Registry API v1, projects.locations.repositories, .packages.tags.
 */
#ifndef GCP_REGISTRY_H
#define GCP_REGISTRY_H

#include "gcp/call.h"

/* An image reference taken apart; every field is new, tag and digest may be NULL. */
struct gcp_image {
    char *host, *project, *repository, *package, *tag, *digest;
    char *location; /* of the repository: from LOC-docker.pkg.dev, or of a gcr.io name */
};
#define GCP_AUTO_IMAGE __attribute__((cleanup(gcp_image_clear)))
void gcp_image_clear(struct gcp_image *image);
/* CR_E_CONFIG when it is no reference into Artifact Registry: LOC-docker.pkg.dev/PROJECT/REPO/IMAGE[:TAG][@DIGEST]. */
int gcp_image_parse(const char *ref, struct gcp_image *image, struct cr_error *err) CR_CHECKED;

/* Gets the Docker repository, or makes it and waits. *made (may be NULL) says which. */
int gcp_registry_ensure(struct gcp *g, const char *project, const char *location, const char *repository, bool *made,
                        struct cr_error *err) CR_CHECKED;

/* "DOCKER", or another format, of a repository; NULL when there is none. New. */
int gcp_registry_format(struct gcp *g, const char *project, const char *location, const char *repository, char **format,
                        struct cr_error *err) CR_CHECKED;

/* "sha256:…" of what the tag points to now; NULL when there is no such tag, image or repository. */
int gcp_registry_digest(struct gcp *g, const struct gcp_image *image, char **digest, struct cr_error *err) CR_CHECKED;

#endif
