/*
 * storage.h - Cloud Storage: a bucket that is there and ours, and objects in it. Uploads: upload.h.
 *
 * Ownership: JSON returned is new.
 * Errors: see call.h. A bucket that belongs to somebody else is CR_E_API: a name that others can guess can be taken
 * first. Source: Cloud Storage JSON API v1, buckets and objects.
 */
#ifndef GCP_STORAGE_H
#define GCP_STORAGE_H

#include "gcp/call.h"

/* Name of gcloud's staging bucket for a project: "PROJECT_cloudbuild", with ':' and '.' as '_', "google" as "elgoog".
 * New. */
char *gcp_bucket_default(const char *project);

/* Gets the bucket, or makes it in `location` (NULL: Google's default). check_owner: require that the project lists it.
 */
int gcp_bucket_ensure(struct gcp *g, const char *project, const char *bucket, const char *location, bool check_owner,
                      struct cr_error *err) CR_CHECKED;

enum gcp_bucket_owner {
    GCP_BUCKET_MISSING, /* nobody has it */
    GCP_BUCKET_OURS,    /* the project lists it */
    GCP_BUCKET_FOREIGN, /* it is there, and the project does not list it */
};
/* Looks, and makes nothing. */
int gcp_bucket_owner(struct gcp *g, const char *project, const char *bucket, enum gcp_bucket_owner *owner,
                     struct cr_error *err) CR_CHECKED;

/* Metadata of an object; NULL when it is missing. */
int gcp_object_get(struct gcp *g, const char *bucket, const char *object, json_t **meta,
                   struct cr_error *err) CR_CHECKED;

/* All objects whose names begin with `prefix`: an array of their metadata. */
int gcp_object_list(struct gcp *g, const char *bucket, const char *prefix, json_t **objects,
                    struct cr_error *err) CR_CHECKED;

/* Deletes one generation of an object (NULL: whichever is live); a missing one is fine. */
int gcp_object_delete(struct gcp *g, const char *bucket, const char *object, const char *generation,
                      struct cr_error *err) CR_CHECKED;

#endif
