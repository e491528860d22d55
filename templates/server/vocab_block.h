/*
 * vocab_block.h - the flat form of a vocabulary: a header, then sections in a fixed order, each aligned to 8 bytes:
 * nodes of three tries, added tokens, span of each id, labels of three tries, text (the prefix first).
 *
 * The form is for the machine that made it: the byte order is checked, not converted.
 */
#ifndef SERVER_VOCAB_BLOCK_H
#define SERVER_VOCAB_BLOCK_H

#include "vocab.h"

#define BLOCK_MAGIC "CRVOCAB1" /* eight bytes, without the NUL */
#define BLOCK_ORDER 0x01020304u

enum block_trie { BLOCK_PIECES, BLOCK_RAW, BLOCK_NORMAL, BLOCK_TRIES };

struct block_header {
    char magic[8];
    uint32_t order, flags;
    uint32_t unk, cls, sep, max_word;
    uint32_t prefix_len, n_ids, n_added, n_text;
    uint32_t n_nodes[BLOCK_TRIES];
    uint32_t unused;
};

static inline size_t block_align(size_t at)
{
    return (at + 7) & ~(size_t)7;
}

uint32_t block_flags(const struct normalizer *n);
size_t block_size(const struct block_header *h); /* of the whole */

/* Looks over a block and gives a vocabulary that owns it: freed with it, or unmapped. On failure the caller keeps it.
 */
int block_open(void *block, size_t size, bool mapped, struct vocab **out, struct error *err);

#endif
