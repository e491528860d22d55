#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "local/ingress_loop.h"

#define QUEUE_MS 10000

static struct local_queue *find_queue(struct local_ingress *in, const char *revision)
{
    struct local_queue *q;

    for (q = in->queues; q; q = q->next)
        if (strcmp(q->revision, revision) == 0)
            return q;
    q = cr_calloc(1, sizeof(*q));
    snprintf(q->revision, sizeof(q->revision), "%s", revision);
    q->tail = &q->head;
    q->next = in->queues;
    in->queues = q;
    return q;
}

static void push(struct local_queue *q, struct local_conn *c)
{
    c->behind = NULL;
    *q->tail = c;
    q->tail = &c->behind;
    q->waiting++;
}

static void take_out(struct local_queue *q, struct local_conn *c)
{
    struct local_conn **at = &q->head;

    while (*at && *at != c)
        at = &(*at)->behind;
    if (!*at)
        return;
    *at = c->behind;
    q->waiting--;
    if (!*at) /* it was the last: the tail stood in it */
        q->tail = at;
    c->behind = NULL;
}

/* Asks a worker for an instance; the answer comes through local_queue_done(). */
static void ask_start(struct local_ingress *in, struct local_queue *q)
{
    struct local_work *w, **at;

    if (q->starting)
        return;
    q->starting = true;
    q->start_asked = cr_now_ms();
    w = cr_calloc(1, sizeof(*w));
    w->queue = q;
    pthread_mutex_lock(&in->lock);
    for (at = &in->todo; *at; at = &(*at)->next)
        ;
    *at = w;
    pthread_cond_signal(&in->todo_changed);
    pthread_mutex_unlock(&in->lock);
}

static void send_on(struct local_queue *q, struct local_conn *c)
{
    q->in_flight++;
    c->counted = true;
    local_instances_use(c->in->o.instances, q->revision, 1);
    local_conn_dispatch(c);
}

/* Lets in who may go. */
static void advance(struct local_ingress *in, struct local_queue *q)
{
    while (q->head && q->in_flight < q->head->choice.concurrency) {
        struct local_conn *c = q->head;

        if (!local_instances_port(in->o.instances, q->revision)) {
            ask_start(in, q);
            return;
        }
        take_out(q, c);
        send_on(q, c);
        local_conn_run(c);
    }
}

/* Cloud Run lets a request wait for 3.5 times the mean start, ten seconds at least. While the very first start goes on
 * nobody knows what that is, and the request's own timeout is all there is. */
static int64_t patience(const struct local_ingress *in, const struct local_queue *q)
{
    int64_t least = in->o.queue_ms ? in->o.queue_ms : QUEUE_MS, by_start = q->start_took * 7 / 2;

    return by_start > least ? by_start : least;
}

void local_queue_enter(struct local_conn *c)
{
    struct local_queue *q = find_queue(c->in, c->choice.revision);

    c->queue = q;
    if (!q->head && q->in_flight < c->choice.concurrency && local_instances_port(c->in->o.instances, q->revision)) {
        send_on(q, c);
        return;
    }
    if (q->waiting >= LOCAL_QUEUE_MAX) {
        c->queue = NULL;
        local_conn_answer(c, 429, "Rate exceeded.");
        return;
    }
    c->state = LOCAL_CONN_WAIT;
    c->asked_ms = cr_now_ms();
    push(q, c);
    if (q->in_flight == 0)
        ask_start(c->in, q);
    c->queue_deadline = q->starting ? 0 : c->asked_ms + patience(c->in, q);
}

void local_queue_leave(struct local_conn *c)
{
    struct local_queue *q = c->queue;

    if (!q)
        return;
    c->queue = NULL;
    c->queue_deadline = 0;
    if (!c->counted) {
        take_out(q, c);
        return;
    }
    c->counted = false;
    q->in_flight--;
    local_instances_use(c->in->o.instances, q->revision, -1);
    advance(c->in, q);
}

static void settle(struct local_ingress *in, struct local_work *w)
{
    struct local_queue *q = w->queue;

    q->starting = false;
    if (w->port) {
        q->start_took = cr_now_ms() - q->start_asked;
        for (struct local_conn *c = q->head; c; c = c->behind)
            c->queue_deadline = cr_now_ms() + patience(in, q);
        advance(in, q);
        return;
    }
    while (q->head) {
        struct local_conn *c = q->head;

        local_conn_answer(c, w->err.code == CR_E_API ? 503 : 500, w->err.msg);
        local_conn_run(c);
    }
}

void local_queue_done(struct local_ingress *in)
{
    struct local_work *w;

    for (;;) {
        pthread_mutex_lock(&in->lock);
        w = in->done;
        if (w)
            in->done = w->next;
        pthread_mutex_unlock(&in->lock);
        if (!w)
            return;
        settle(in, w);
        free(w);
    }
}

void *local_queue_worker(void *arg)
{
    struct local_ingress *in = arg;

    pthread_mutex_lock(&in->lock);
    for (;;) {
        struct local_work *w = in->todo;

        if (in->closing)
            break;
        if (!w) {
            pthread_cond_wait(&in->todo_changed, &in->lock);
            continue;
        }
        in->todo = w->next;
        pthread_mutex_unlock(&in->lock);
        if (local_instances_ensure(in->o.instances, w->queue->revision, &w->port, NULL, &w->err) < 0)
            w->port = 0;
        pthread_mutex_lock(&in->lock);
        w->next = in->done;
        in->done = w;
        (void)!write(in->event, &(uint64_t){1}, sizeof(uint64_t));
    }
    pthread_mutex_unlock(&in->lock);
    return NULL;
}
