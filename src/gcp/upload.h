/*
 * upload.h - one object sent while it is being made: resumable, its length unknown until the end, checked by crc32c.
 *
 * Flow: a producer pushes bytes, on a thread of its own; while one chunk travels the next one fills. An interruption
 * asks the session how much it holds and goes on from there, out of the chunks in memory. A session that is gone (404,
 * 410) cannot be mended from those, so the producer is run again from the start, at most twice.
 *   With a state_dir the session outlives the process: after a crash, or a network that stayed away, the next call for
 * the same object runs the producer from the start and sends only what the service does not hold. Ctrl-C and any other
 * failure cancel the session.
 * Threads: all calls of `gcp`, and of progress and resumed, are made on the caller's thread; only the producer is not.
 * Memory: two chunks. Errors: see call.h; a checksum that differs deletes that generation and is CR_E_NET (run again).
 * Source: Cloud Storage JSON API v1, resumable uploads.
 */
#ifndef GCP_UPLOAD_H
#define GCP_UPLOAD_H

#include "gcp/call.h"

enum { GCP_UPLOAD_UNIT = 256 << 10, GCP_UPLOAD_CHUNK = 8 << 20 };

struct gcp_upload;

struct gcp_upload_spec {
    const char *bucket, *object, *content_type;
    const char
        *owner;     /* kept with the object as metadata "managed-by": "crdeploy" and "service": owner; NULL: neither */
    bool if_absent; /* ifGenerationMatch=0: an object of the same size and crc32c that is there already is success */
    size_t chunk;   /* multiple of GCP_UPLOAD_UNIT; 0: GCP_UPLOAD_CHUNK */
    const char *state_dir; /* where sessions are kept for the next process; NULL: nowhere */
    const char *maker;     /* with state_dir: what the bytes depend on beside the object's name; may be NULL */
    void (*progress)(void *ud, int64_t stored); /* bytes the service holds; may be NULL; falls back to 0 on a restart */
    void (*resumed)(void *ud, int64_t stored);  /* going on with the session of an earlier process; may be NULL */
    void *ud;
};

/* Pushes the whole content through gcp_upload_write(), the same bytes each time it is called. */
typedef int gcp_upload_producer(void *ud, struct gcp_upload *up, struct cr_error *err);
int gcp_upload_write(struct gcp_upload *up, const void *bytes, size_t n, struct cr_error *err) CR_CHECKED;

/* *object is the metadata of what is now there: name, generation, size, crc32c. */
int gcp_upload(struct gcp *g, const struct gcp_upload_spec *spec, gcp_upload_producer *produce, void *ud,
               json_t **object, struct cr_error *err) CR_CHECKED;

#endif
