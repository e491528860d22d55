/*
 * pack_block.h - one block of an archive, made into a byte-aligned piece of a single deflate stream, apart from all
 * other blocks: so many can be made at once, and each is the same whoever makes it, and when.
 *
 * Deflated or stored is decided for each block, by trying a sample of it: weights save nothing and cost the most. What
 * is deflated looks back into the block before, as one stream would. Units: bytes.
 * Ownership: pack_block_init() and pack_block_clear(), pack_deflater_new() and _free(). A deflater is for one thread.
 */
#ifndef PACK_BLOCK_H
#define PACK_BLOCK_H

#include <stddef.h>
#include <stdint.h>

enum {
    PACK_STORED_MAX = 65535,            /* of one stored block of deflate (RFC 1951, 3.2.4) */
    PACK_BLOCK = 4 * PACK_STORED_MAX,   /* content of a block */
    PACK_WINDOW = 32 << 10,             /* how far deflate looks back */
    PACK_OUT = PACK_BLOCK / 8 * 7 + 64, /* what does not fit here is stored */
};

struct pack_block {
    unsigned char *data; /* PACK_BLOCK bytes, and before them what came before */
    size_t len, before;  /* used of data; known bytes before it, at most PACK_WINDOW */
    unsigned char *out;  /* deflated */
    size_t out_len;      /* 0: store data as it is */
    uint32_t crc;        /* gzip's, of data */
};

struct pack_deflater;
struct pack_deflater *pack_deflater_new(void);
void pack_deflater_free(struct pack_deflater *d);

void pack_block_init(struct pack_block *b);
void pack_block_clear(struct pack_block *b);
/* Empties the block and lets it look back into the one before; prev may be NULL. */
void pack_block_follow(struct pack_block *b, const struct pack_block *prev);
/* Fills crc, out and out_len from data and len. */
void pack_block_make(struct pack_deflater *d, struct pack_block *b);
/* gzip's crc of what `crc` is of, and then the block. */
uint32_t pack_block_crc(uint32_t crc, const struct pack_block *b);
/* Version of zlib: another one may deflate the same bytes otherwise. */
const char *pack_block_library(void);

#endif
