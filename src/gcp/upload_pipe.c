#include "gcp/upload_pipe.h"

#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/mem.h"

enum { LOOK_MS = 100 }; /* how often who waits looks whether Ctrl-C was pressed */

void upload_pipe_init(struct upload_pipe *p, size_t chunk)
{
    pthread_condattr_t attr;

    *p = (struct upload_pipe){.chunk = chunk, .in = cr_malloc(chunk), .out = cr_malloc(chunk)};
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->changed, &attr);
    pthread_condattr_destroy(&attr);
}

void upload_pipe_free(struct upload_pipe *p)
{
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->changed);
    free(p->in);
    free(p->out);
}

void upload_pipe_reset(struct upload_pipe *p, int64_t skip)
{
    p->in_len = p->out_len = 0;
    p->skip = skip;
    p->size = 0;
    p->crc = 0;
    p->ended = p->failed = p->closed = p->stopped = false;
}

/* The lock is held. -1 on Ctrl-C. */
static int wait_change(struct upload_pipe *p, struct cr_error *err)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&p->changed, &p->lock, &until);
    return cr_interrupt_check(err);
}

/* ---- the pusher ---- */

/* Waits for room; *room is 0 when nothing is to be kept any more. */
static int wait_room(struct upload_pipe *p, size_t *room, struct cr_error *err)
{
    int rc = 0;

    pthread_mutex_lock(&p->lock);
    while (rc == 0 && p->in_len == p->chunk && !p->closed && !p->stopped)
        rc = wait_change(p, err);
    if (rc == 0 && p->stopped)
        rc = cr_fail(err, CR_E_NET, "the upload has ended");
    *room = p->closed ? 0 : p->chunk - p->in_len;
    pthread_mutex_unlock(&p->lock);
    return rc;
}

static void added(struct upload_pipe *p, size_t n)
{
    pthread_mutex_lock(&p->lock);
    if (p->in_len == 0 || p->in_len + n == p->chunk) /* what the taker may wait for: any byte, or a full chunk */
        pthread_cond_signal(&p->changed);
    p->in_len += n;
    pthread_mutex_unlock(&p->lock);
}

int upload_pipe_push(struct upload_pipe *p, const void *bytes, size_t n, struct cr_error *err)
{
    const char *from = bytes;
    int64_t held = p->skip - p->size;

    p->crc = cr_crc32c(p->crc, bytes, n);
    p->size += (int64_t)n;
    if (held > 0) {
        size_t over = held < (int64_t)n ? (size_t)held : n;

        from += over;
        n -= over;
    }
    while (n) {
        size_t room, take;

        if (wait_room(p, &room, err) < 0)
            return -1;
        if (!room)
            break;
        take = n < room ? n : room;
        memcpy(p->in + p->in_len, from, take); /* nobody else touches `in` before it is full */
        added(p, take);
        from += take;
        n -= take;
    }
    return cr_interrupt_check(err);
}

void upload_pipe_end(struct upload_pipe *p, const struct cr_error *failure)
{
    pthread_mutex_lock(&p->lock);
    p->ended = true;
    p->failed = failure != NULL;
    if (failure)
        p->err = *failure;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

/* ---- the taker ---- */

/* `in` is full, or the last: exchanges the two, or fills `out` up when a part of it has not arrived. */
static void top_up(struct upload_pipe *p)
{
    size_t n = p->chunk - p->out_len;

    if (!p->out_len) {
        char *was = p->out;

        p->out = p->in;
        p->out_len = p->in_len;
        p->in = was;
        p->in_len = 0;
    } else {
        n = n < p->in_len ? n : p->in_len;
        memcpy(p->out + p->out_len, p->in, n);
        memmove(p->in, p->in + n, p->in_len - n);
        p->out_len += n;
        p->in_len -= n;
    }
    pthread_cond_signal(&p->changed);
}

int upload_pipe_fill(struct upload_pipe *p, bool *last, struct cr_error *err)
{
    int rc = 0;

    pthread_mutex_lock(&p->lock);
    /* A full chunk waits for one more byte, so that the last one always says the total. */
    while (rc == 0 && !p->failed && !(p->ended && !p->in_len) && !(p->out_len == p->chunk && p->in_len)) {
        if (p->out_len < p->chunk && p->in_len && (p->ended || p->in_len == p->chunk))
            top_up(p);
        else
            rc = wait_change(p, err);
    }
    if (rc == 0 && p->failed) {
        *err = p->err;
        rc = -1;
    }
    if (rc == 0)
        *last = p->ended && !p->in_len;
    pthread_mutex_unlock(&p->lock);
    return rc;
}

void upload_pipe_drop(struct upload_pipe *p, size_t n)
{
    p->out_len -= n;
    memmove(p->out, p->out + n, p->out_len);
}

int upload_pipe_close(struct upload_pipe *p, struct cr_error *err)
{
    int rc = 0;

    pthread_mutex_lock(&p->lock);
    p->closed = true;
    pthread_cond_signal(&p->changed);
    while (rc == 0 && !p->ended)
        rc = wait_change(p, err);
    if (rc == 0 && p->failed) {
        *err = p->err;
        rc = -1;
    }
    pthread_mutex_unlock(&p->lock);
    return rc;
}

void upload_pipe_stop(struct upload_pipe *p)
{
    pthread_mutex_lock(&p->lock);
    p->stopped = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}
