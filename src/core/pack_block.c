#include "core/pack_block.h"

#include <string.h>
#include <zlib.h>

#include "base/mem.h"

enum { SAMPLES = 4, SAMPLE_BYTES = 2048, TEXT_LEVEL = 4 };

struct pack_deflater {
    z_stream fast, text;
};

enum verdict { STORE, FAST, TEXT };

static void open_stream(z_stream *z, int level)
{
    /* negative window bits: deflate alone, without zlib's own header */
    cr_oom_check(deflateInit2(z, level, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK ? z : NULL);
}

struct pack_deflater *pack_deflater_new(void)
{
    struct pack_deflater *d = cr_calloc(1, sizeof(*d));

    open_stream(&d->fast, 1);
    open_stream(&d->text, TEXT_LEVEL);
    return d;
}

void pack_deflater_free(struct pack_deflater *d)
{
    if (!d)
        return;
    deflateEnd(&d->fast);
    deflateEnd(&d->text);
    free(d);
}

void pack_block_init(struct pack_block *b)
{
    *b = (struct pack_block){0};
    b->data = (unsigned char *)cr_malloc(PACK_WINDOW + PACK_BLOCK) + PACK_WINDOW;
    b->out = cr_malloc(PACK_OUT);
}

void pack_block_clear(struct pack_block *b)
{
    if (b->data)
        free(b->data - PACK_WINDOW);
    free(b->out);
    *b = (struct pack_block){0};
}

void pack_block_follow(struct pack_block *b, const struct pack_block *prev)
{
    size_t known = prev ? prev->before + prev->len : 0;

    b->len = 0;
    b->before = known < PACK_WINDOW ? known : PACK_WINDOW;
    if (b->before)
        memcpy(b->data - b->before, prev->data + prev->len - b->before, b->before);
}

/* Deflates a few pieces, evenly spread, the fast way: a thirty-second of the block, for the time of its crc. Weights in
 * 32 bits save a tenth, which is not worth a second for every hundred megabytes; in 16 and 8 bits they save a sixth,
 * but only the fast way is worth it. */
static enum verdict try_sample(z_stream *z, const struct pack_block *b, unsigned char *scratch)
{
    size_t taken = 0, made;

    if (b->len <= (size_t)SAMPLES * SAMPLE_BYTES)
        return TEXT; /* too little to be worth a question */
    deflateReset(z);
    z->next_out = scratch;
    z->avail_out = PACK_OUT;
    for (size_t i = 0; i < SAMPLES; i++, taken += SAMPLE_BYTES) {
        z->next_in = b->data + (b->len - SAMPLE_BYTES) / (SAMPLES - 1) * i;
        z->avail_in = SAMPLE_BYTES;
        deflate(z, i + 1 < SAMPLES ? Z_NO_FLUSH : Z_FINISH);
    }
    made = PACK_OUT - z->avail_out;
    return made > taken / 8 * 7 ? STORE : made > taken / 3 * 2 ? FAST : TEXT;
}

/* 0: it became too long. */
static size_t deflate_all(z_stream *z, struct pack_block *b)
{
    deflateReset(z);
    if (b->before)
        deflateSetDictionary(z, b->data - b->before, (uInt)b->before);
    z->next_in = b->data;
    z->avail_in = (uInt)b->len;
    z->next_out = b->out;
    z->avail_out = PACK_OUT;
    /* The flush ends the piece on a byte, so that the next one can be put behind it. */
    if (deflate(z, Z_SYNC_FLUSH) != Z_OK || z->avail_in || !z->avail_out)
        return 0;
    return PACK_OUT - z->avail_out;
}

void pack_block_make(struct pack_deflater *d, struct pack_block *b)
{
    enum verdict how = try_sample(&d->fast, b, b->out);

    b->crc = (uint32_t)crc32(0, b->data, (uInt)b->len);
    b->out_len = how == STORE ? 0 : deflate_all(how == FAST ? &d->fast : &d->text, b);
    if (b->out_len > b->len)
        b->out_len = 0;
}

uint32_t pack_block_crc(uint32_t crc, const struct pack_block *b)
{
    return (uint32_t)crc32_combine(crc, b->crc, (z_off_t)b->len);
}

const char *pack_block_library(void)
{
    return zlibVersion();
}
