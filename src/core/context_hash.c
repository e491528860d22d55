/* Hashing the files of a context, several at a time: many small ones wait for the disk, large ones for the processor.
 */
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "base/thread.h"
#include "core/context.h"
#include "core/hash_cache.h"

enum { WORKERS_MAX = 8 };

struct hashing {
    struct cr_context *ctx;
    struct cr_hash_cache *cache;
    atomic_size_t next;
    atomic_bool failed;
    pthread_mutex_t lock;
    size_t first;        /* the first entry that failed: which error is told does not depend on the threads */
    struct cr_error why; /* of that */
};

static bool lacks(const struct cr_entry *e)
{
    return e->kind == CR_ENTRY_FILE && !e->sha256[0];
}

static int hash_entry(struct cr_entry *e, struct cr_hash_cache *cache, struct cr_error *err)
{
    struct stat st;

    if (cr_hash_cache_file(cache, e->from, e->sha256, &st, err) < 0)
        return -1;
    e->size = st.st_size;
    e->mtime_ns = st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
    e->inode = (int64_t)st.st_ino;
    return 0;
}

static void *work(void *ud)
{
    struct hashing *h = ud;
    size_t i;

    while ((i = atomic_fetch_add(&h->next, 1)) < h->ctx->len && !atomic_load(&h->failed)) {
        struct cr_error why = {0};

        if (!lacks(&h->ctx->entry[i]) || hash_entry(&h->ctx->entry[i], h->cache, &why) == 0)
            continue;
        pthread_mutex_lock(&h->lock);
        if (i < h->first) {
            h->first = i;
            h->why = why;
        }
        pthread_mutex_unlock(&h->lock);
        atomic_store(&h->failed, true);
    }
    return NULL;
}

/* This thread works too; as many others as it may have, and there are files for. */
static int hash_all(struct hashing *h, size_t files, struct cr_error *err)
{
    int extra = cr_thread_cpus(WORKERS_MAX) - 1, started = 0;
    pthread_t thread[WORKERS_MAX];
    struct cr_error none;

    if ((size_t)extra >= files)
        extra = (int)files - 1;
    while (started < extra && cr_thread_start(&thread[started], work, h, &none) == 0)
        started++;
    work(h);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    if (atomic_load(&h->failed)) {
        *err = h->why;
        return -1;
    }
    return 0;
}

int cr_context_hash(struct cr_context *ctx, struct cr_hash_cache *cache, struct cr_error *err)
{
    struct hashing h = {.ctx = ctx, .cache = cache, .lock = PTHREAD_MUTEX_INITIALIZER, .first = SIZE_MAX};
    size_t files = 0;

    for (size_t i = 0; i < ctx->len; i++)
        files += lacks(&ctx->entry[i]);
    return files ? hash_all(&h, files, err) : 0;
}
