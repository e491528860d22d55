/*
 * upload.h - one object sent while it is being made: resumable, its length unknown until the end, checked by crc32c.
 *
 * Flow: a producer pushes bytes; full chunks go out as they fill; an interruption asks the session how much it holds
 * and goes on from there, out of the chunk in memory. A session that is gone (404, 410) cannot be mended from one
 * chunk, so the producer is run again from the start, at most twice. Memory: one chunk and what was left over of the
 * last, below 2 * chunk. Errors: see call.h; a checksum that differs deletes that generation and is CR_E_NET (run
 * again). Source: Cloud Storage JSON API v1, resumable uploads.
 */
#ifndef GCP_UPLOAD_H
#define GCP_UPLOAD_H

#include "gcp/call.h"

enum { GCP_UPLOAD_UNIT = 256 << 10, GCP_UPLOAD_CHUNK = 8 << 20 };

struct gcp_upload;

struct gcp_upload_spec {
    const char *bucket, *object, *content_type;
    bool if_absent; /* ifGenerationMatch=0: an object of the same size and crc32c that is there already is success */
    size_t chunk;   /* multiple of GCP_UPLOAD_UNIT; 0: GCP_UPLOAD_CHUNK */
    void (*progress)(void *ud, int64_t stored); /* bytes the service holds; may be NULL; falls back to 0 on a restart */
    void *ud;
};

/* Pushes the whole content through gcp_upload_write(), the same bytes each time it is called. */
typedef int gcp_upload_producer(void *ud, struct gcp_upload *up, struct cr_error *err);

/* Everything in one: begin, produce, end, and again from the start when the session went away. *object is the metadata
 * of what is now there: name, generation, size, crc32c. */
int gcp_upload(struct gcp *g, const struct gcp_upload_spec *spec, gcp_upload_producer *produce, void *ud,
               json_t **object, struct cr_error *err) CR_CHECKED;

/* The steps. begin: *up is new. end sets *object; both end and a failed write leave `up` to gcp_upload_abort(), which
 * cancels a session that has not ended, frees, and takes NULL. */
int gcp_upload_begin(struct gcp *g, const struct gcp_upload_spec *spec, struct gcp_upload **up,
                     struct cr_error *err) CR_CHECKED;
int gcp_upload_write(struct gcp_upload *up, const void *bytes, size_t n, struct cr_error *err) CR_CHECKED;
int gcp_upload_end(struct gcp_upload *up, json_t **object, struct cr_error *err) CR_CHECKED;
void gcp_upload_abort(struct gcp_upload *up);

#endif
