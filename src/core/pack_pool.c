#include "core/pack_pool.h"

#include <stdbool.h>

#include "base/mem.h"
#include "base/thread.h"

enum { WORKERS_MAX = 64 };

struct slot {
    struct pack_block block;
    bool made;
};

/* Counters only grow; a block's slot is its number modulo the length of the ring. taken <= begun <= filled. */
struct pack_pool {
    pthread_mutex_t lock;
    pthread_cond_t room, work, done;
    struct slot *slot;
    size_t len;
    uint64_t filled, begun, taken;
    bool ended, stopped;
    pthread_t thread[WORKERS_MAX];
    int workers;
};

static struct slot *slot_of(struct pack_pool *p, uint64_t number)
{
    return &p->slot[number % p->len];
}

static void *work(void *ud)
{
    struct pack_deflater *d = pack_deflater_new();
    struct pack_pool *p = ud;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        struct slot *s;

        while (!p->stopped && p->begun == p->filled && !p->ended)
            pthread_cond_wait(&p->work, &p->lock);
        if (p->stopped || p->begun == p->filled)
            break;
        s = slot_of(p, p->begun++);
        pthread_mutex_unlock(&p->lock);
        pack_block_make(d, &s->block);
        pthread_mutex_lock(&p->lock);
        s->made = true;
        pthread_cond_signal(&p->done);
    }
    pthread_mutex_unlock(&p->lock);
    pack_deflater_free(d);
    return NULL;
}

int pack_pool_new(int workers, struct pack_pool **pool, struct cr_error *err)
{
    struct pack_pool *p = cr_calloc(1, sizeof(*p));

    if (workers > WORKERS_MAX)
        workers = WORKERS_MAX;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->room, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->done, NULL);
    p->len = (size_t)workers * 2 + 4;
    p->slot = cr_calloc(p->len, sizeof(*p->slot));
    for (size_t i = 0; i < p->len; i++)
        pack_block_init(&p->slot[i].block);
    for (; p->workers < workers; p->workers++)
        if (cr_thread_start(&p->thread[p->workers], work, p, err) < 0) {
            pack_pool_free(p);
            return -1;
        }
    *pool = p;
    return 0;
}

void pack_pool_free(struct pack_pool *p)
{
    if (!p)
        return;
    pack_pool_stop(p);
    for (int i = 0; i < p->workers; i++)
        pthread_join(p->thread[i], NULL);
    for (size_t i = 0; i < p->len; i++)
        pack_block_clear(&p->slot[i].block);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->room);
    pthread_cond_destroy(&p->work);
    pthread_cond_destroy(&p->done);
    free(p->slot);
    free(p);
}

struct pack_block *pack_pool_next(struct pack_pool *p)
{
    struct slot *s = NULL;

    pthread_mutex_lock(&p->lock);
    while (!p->stopped && p->filled - p->taken == p->len)
        pthread_cond_wait(&p->room, &p->lock);
    if (!p->stopped) {
        s = slot_of(p, p->filled);
        s->made = false;
    }
    pthread_mutex_unlock(&p->lock);
    if (!s)
        return NULL;
    /* Only this thread refills a slot, so the last one still has its content, taken or not. */
    pack_block_follow(&s->block, p->filled ? &slot_of(p, p->filled - 1)->block : NULL);
    return &s->block;
}

void pack_pool_filled(struct pack_pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->filled++;
    pthread_cond_signal(&p->work);
    pthread_mutex_unlock(&p->lock);
}

void pack_pool_ended(struct pack_pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->ended = true;
    pthread_cond_broadcast(&p->work);
    pthread_cond_signal(&p->done);
    pthread_mutex_unlock(&p->lock);
}

struct pack_block *pack_pool_take(struct pack_pool *p)
{
    struct slot *s = slot_of(p, p->taken);
    bool there;

    pthread_mutex_lock(&p->lock);
    while (!(there = p->taken < p->filled && s->made) && !(p->ended && p->taken == p->filled))
        pthread_cond_wait(&p->done, &p->lock);
    pthread_mutex_unlock(&p->lock);
    return there ? &s->block : NULL;
}

void pack_pool_taken(struct pack_pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->taken++;
    pthread_cond_signal(&p->room);
    pthread_mutex_unlock(&p->lock);
}

void pack_pool_stop(struct pack_pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->stopped = true;
    pthread_cond_broadcast(&p->room);
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
}
