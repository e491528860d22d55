/*
 * upload_pipe.h - two chunks between who makes an upload's bytes and who sends them: one fills while the other travels.
 *
 * One thread pushes, one takes. `out` is the taker's, `in` the pusher's until it is full or the end has come; what has
 * passed is counted and summed (crc32c) on the way, also what is not kept. Units: bytes.
 * Ownership: upload_pipe_init() and _free(). Errors: a pusher's failure is handed to the taker; CR_E_INTERRUPT to both.
 */
#ifndef UPLOAD_PIPE_H
#define UPLOAD_PIPE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct upload_pipe {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t chunk;
    char *in, *out;
    size_t in_len, out_len;
    int64_t skip; /* first bytes that the service holds already: counted and summed, not kept */
    int64_t size; /* pushed so far; the taker may read it, and crc, after the end */
    uint32_t crc;
    bool ended, failed;  /* the pusher is done; err says why it failed */
    bool closed;         /* the taker needs nothing more: all is only counted and summed */
    bool stopped;        /* the taker gave up: pushing fails */
    struct cr_error err; /* of the pusher */
};

void upload_pipe_init(struct upload_pipe *p, size_t chunk);
void upload_pipe_free(struct upload_pipe *p);
void upload_pipe_reset(struct upload_pipe *p, int64_t skip); /* empty again; both threads are not in it */

int upload_pipe_push(struct upload_pipe *p, const void *bytes, size_t n, struct cr_error *err) CR_CHECKED;
void upload_pipe_end(struct upload_pipe *p, const struct cr_error *failure); /* NULL: that was all */

/* Waits until `out` is full and more is there (*last is false), or the end has come and `out` holds all that is left.
 */
int upload_pipe_fill(struct upload_pipe *p, bool *last, struct cr_error *err) CR_CHECKED;
void upload_pipe_drop(struct upload_pipe *p, size_t n); /* the first n bytes of `out` have arrived */
int upload_pipe_close(struct upload_pipe *p, struct cr_error *err) CR_CHECKED; /* needs no more; waits for the end */
void upload_pipe_stop(struct upload_pipe *p);

#endif
