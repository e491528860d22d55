#include "cli/ask_many.h"

#include <pthread.h>
#include <string.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/thread.h"
#include "gcp/auth.h"
#include "gcp/http_curl.h"

struct slot {
    struct cli_item item;
    bool answered;
};

/* A ring: what is given lies before head, what is answered or runs before taken, what waits before tail. */
struct ring {
    const struct cli_many *many;
    struct slot *slot;
    size_t size, head, taken, tail;
    bool no_more, stop;
    struct cr_error err; /* valid when stop */
    pthread_mutex_t lock, tokens;
    pthread_cond_t changed;
};

static struct slot *slot_at(const struct ring *r, size_t number)
{
    return &r->slot[number % r->size];
}

static void clear(struct cli_item *item)
{
    free(item->body);
    cli_answer_clear(&item->answer);
    *item = (struct cli_item){0};
}

static void waiting(void *ud, int status, int64_t left_ms)
{
    struct ring *r = ud;

    pthread_mutex_lock(&r->lock);
    if (r->many->waiting && !r->stop)
        r->many->waiting(r->many->ud, status, left_ms);
    pthread_mutex_unlock(&r->lock);
}

/* The source of tokens serves one at a time, and renews what has ended. */
static void ask(struct ring *r, struct gcp_http *http, struct cli_item *item)
{
    struct cli_question q = *r->many->question;
    char *token;

    q.body = item->body;
    q.len = item->len;
    q.waiting = waiting;
    q.ud = r;
    pthread_mutex_lock(&r->tokens);
    token = cli_ask_token(r->many->link, &q);
    pthread_mutex_unlock(&r->tokens);
    item->failed = cli_ask_through(http, token, &q, &item->answer, &item->err) < 0;
    gcp_secret_wipe(&token);
}

/* Under the lock. */
static void stop(struct ring *r, const struct cr_error *why)
{
    if (!r->stop)
        r->err = *why;
    r->stop = true;
}

/* Gives away whatever is answered and next in order; under the lock. */
static void give(struct ring *r)
{
    while (!r->stop && r->head < r->taken && slot_at(r, r->head)->answered) {
        struct cli_item *item = &slot_at(r, r->head)->item;
        struct cr_error err = {0};

        if (item->failed && item->err.code == CR_E_INTERRUPT)
            stop(r, &item->err);
        else if (r->many->give(r->many->ud, item, &err) < 0)
            stop(r, &err);
        clear(item);
        r->head++;
    }
}

static void *run(void *ud)
{
    struct ring *r = ud;
    struct gcp_http *http = cli_door();

    pthread_mutex_lock(&r->lock);
    for (;;) {
        struct slot *s;

        while (!r->stop && r->taken == r->tail && !r->no_more)
            pthread_cond_wait(&r->changed, &r->lock);
        if (r->stop || r->taken == r->tail)
            break;
        s = slot_at(r, r->taken++);
        pthread_mutex_unlock(&r->lock);
        if (!s->item.failed)
            ask(r, http, &s->item);
        pthread_mutex_lock(&r->lock);
        s->answered = true;
        give(r);
        pthread_cond_broadcast(&r->changed);
    }
    pthread_mutex_unlock(&r->lock);
    gcp_http_curl_free(http);
    return NULL;
}

/* Waits for room; the slot to fill, or NULL when it is over. */
static struct slot *room(struct ring *r)
{
    struct slot *s = NULL;

    pthread_mutex_lock(&r->lock);
    while (!r->stop && r->tail - r->head == r->size)
        pthread_cond_wait(&r->changed, &r->lock);
    if (!r->stop) {
        s = slot_at(r, r->tail);
        clear(&s->item);
        s->item.number = r->tail;
        s->answered = false;
    }
    pthread_mutex_unlock(&r->lock);
    return s;
}

/* Reads and hands out until the end; what next() fails with is told once all is answered. */
static int feed(struct ring *r, struct cr_error *err)
{
    struct slot *s;
    int rc = 0;

    while ((s = room(r)) && (rc = r->many->next(r->many->ud, &s->item, err)) > 0) {
        pthread_mutex_lock(&r->lock);
        r->tail++;
        pthread_cond_broadcast(&r->changed);
        pthread_mutex_unlock(&r->lock);
    }
    pthread_mutex_lock(&r->lock);
    r->no_more = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    return rc < 0 ? -1 : 0;
}

static int run_all(struct ring *r, pthread_t *thread, struct cr_error *err)
{
    struct cr_error first = {0};
    int started = 0, rc = 0;

    while (started < r->many->parallel && cr_thread_start(&thread[started], run, r, &first) == 0)
        started++;
    if (started) /* fewer than asked for do as well */
        rc = feed(r, err);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    if (!started || (r->stop && rc == 0)) {
        *err = started ? r->err : first;
        return -1;
    }
    return rc;
}

int cli_ask_many(const struct cli_many *many, struct cr_error *err)
{
    CR_AUTO_FREE pthread_t *thread = cr_calloc((size_t)many->parallel, sizeof(*thread));
    size_t size = 2 * (size_t)many->parallel;
    CR_AUTO_FREE struct slot *slot = cr_calloc(size, sizeof(*slot));
    struct ring r = {.many = many, .slot = slot, .size = size};
    int rc;

    pthread_mutex_init(&r.lock, NULL);
    pthread_mutex_init(&r.tokens, NULL);
    pthread_cond_init(&r.changed, NULL);
    rc = run_all(&r, thread, err);
    for (size_t i = 0; i < size; i++)
        clear(&slot[i].item);
    pthread_cond_destroy(&r.changed);
    pthread_mutex_destroy(&r.tokens);
    pthread_mutex_destroy(&r.lock);
    return rc;
}
