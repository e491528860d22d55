/*
 * pack_pool.h - a ring of blocks between one thread that fills them, workers that make them, and one thread that takes
 * them in the order they were filled. The ring bounds the memory, whatever the size of what passes.
 *
 *   filler:  b = pack_pool_next(); fill b->data; pack_pool_filled(); ... pack_pool_ended()
 *   taker:   b = pack_pool_take(); use it; pack_pool_taken(); ... pack_pool_stop(), join the filler, pack_pool_free()
 */
#ifndef PACK_POOL_H
#define PACK_POOL_H

#include "base/error.h"
#include "core/pack_block.h"

struct pack_pool;

/* New, with its workers running. */
int pack_pool_new(int workers, struct pack_pool **pool, struct cr_error *err) CR_CHECKED;
/* Stops and joins the workers. Takes NULL. The filler is gone. */
void pack_pool_free(struct pack_pool *pool);

struct pack_block *pack_pool_next(struct pack_pool *pool); /* empty; waits for one; NULL: stopped */
void pack_pool_filled(struct pack_pool *pool);
void pack_pool_ended(struct pack_pool *pool); /* no more comes */

struct pack_block *pack_pool_take(struct pack_pool *pool); /* made; waits for it; NULL: that was all */
void pack_pool_taken(struct pack_pool *pool);
void pack_pool_stop(struct pack_pool *pool); /* the taker wants no more: nobody waits from now on */

#endif
