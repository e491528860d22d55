/*
 * object_copy.h - an object copied inside Cloud Storage: no byte of it passes here.
 *
 * Ownership: JSON returned is new. Errors: see call.h.
 * Source: Cloud Storage JSON API v1, objects.rewrite; a copy between places or classes takes many calls.
 */
#ifndef GCP_OBJECT_COPY_H
#define GCP_OBJECT_COPY_H

#include "gcp/call.h"

/* Copies one generation of an object (NULL: whichever is live). *meta is the copy's. */
int gcp_object_copy(struct gcp *g, const char *bucket, const char *object, const char *generation,
                    const char *to_bucket, const char *to_object, json_t **meta, struct cr_error *err) CR_CHECKED;

#endif
