/*
 * upload_session.h - the requests of a resumable upload: begin, go on, send, ask, cancel. Parts of upload.c, apart.
 *
 * A session is a capability: whoever has its URL may write. It is never logged whole, and wiped when dropped.
 * Errors: see call.h; gone is set when only a new session helps.
 */
#ifndef UPLOAD_SESSION_H
#define UPLOAD_SESSION_H

#include "gcp/upload.h"
#include "gcp/upload_pipe.h"
#include "gcp/upload_state.h"

struct gcp_upload {
    struct gcp *g;
    const struct gcp_upload_spec *spec;
    struct upload_state *state; /* or NULL: the session dies with this process */
    struct upload_pipe pipe;    /* pipe.out: what the service does not hold yet */
    gcp_upload_producer *produce;
    void *ud;
    char *session; /* a capability: never logged whole */
    int64_t base;  /* offset of pipe.out: what the service holds for sure */
    json_t *made;  /* the object, once complete */
    bool resumed;  /* the session is an earlier process's */
    bool exists;   /* if_absent: the name is taken; only the comparison is left */
    bool gone;     /* the session was lost, or brought something else: start anew */
    int failures;  /* in a row, without a byte of progress */
};

/* Begins a session, and keeps it for the next process; exists is set instead when the name is taken. */
int upload_session_begin(struct gcp_upload *up, struct cr_error *err) CR_CHECKED;
/* Goes on with the session of an earlier process when there is one and the service still knows it: session, base and
 * resumed are set, or made. */
int upload_session_resume(struct gcp_upload *up, struct cr_error *err) CR_CHECKED;
/* One PUT: what pipe.out holds when `data`, else only the question how much is held. *unsure: the answer is not known,
 * ask. */
int upload_session_exchange(struct gcp_upload *up, bool data, bool last, bool *unsure, struct cr_error *err) CR_CHECKED;
void upload_session_cancel(struct gcp_upload *up); /* remotely; one that is gone or used up needs none */
void upload_session_drop(struct gcp_upload *up);   /* only forgets it */

#endif
