/*
 * registry_images.h - Artifact Registry: what a repository holds, and its removal.
 *
 * Names: location "us-central1", repository "crdeploy", package "scorer" (all images of one name, whatever their tags).
 * Ownership: JSON returned is new. Errors: see call.h and operation.h.
 * Source: Artifact Registry API v1, projects.locations.repositories, .dockerImages.list and .packages.delete.
 */
#ifndef GCP_REGISTRY_IMAGES_H
#define GCP_REGISTRY_IMAGES_H

#include "gcp/call.h"

struct gcp_repository {
    const char *project, *location, *name;
};

/* The repository itself, with its labels; NULL when there is none. */
int gcp_repository_get(struct gcp *g, const struct gcp_repository *r, json_t **repository,
                       struct cr_error *err) CR_CHECKED;
/* An array of all images {name, uri, tags, imageSizeBytes, uploadTime}; imageSizeBytes is a string of bytes. */
int gcp_repository_images(struct gcp *g, const struct gcp_repository *r, json_t **images,
                          struct cr_error *err) CR_CHECKED;
/* Deletes every image of one name and waits; one that is missing is fine. */
int gcp_package_delete(struct gcp *g, const struct gcp_repository *r, const char *package,
                       struct cr_error *err) CR_CHECKED;

#endif
