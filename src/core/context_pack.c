/*
 * The archive: GNU tar, since its names are bytes in every locale and its sizes have no bound, in gzip without a name
 * or a time. Everything that could tell one machine from another is set, not left to a default.
 *
 *   one thread   reads and writes tar into blocks, checking every file against its hash
 *   workers      deflate or store a block each (pack_block.h)
 *   the caller   puts the blocks behind one another, in their order, as one gzip stream
 *
 * libarchive writes the headers and paddings, without a buffer of its own: content is read into the block where it
 * stays, and libarchive hands the same address on. It is never told of a failure, for a writer that fails leaks
 * (libarchive 3.6): what comes after is dropped.
 *
 * Where blocks begin follows from the context alone, and so does what becomes of each: the archive is the same on any
 * number of cores.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/thread.h"
#include "core/context_read.h"
#include "core/pack_pool.h"

enum { WORKERS_MAX = 8 };

/* ---- reading: a thread of its own ---- */

struct filler {
    const struct cr_context *ctx;
    struct pack_pool *pool;
    struct pack_block *block; /* being filled, or NULL */
    struct archive *tar;
    struct cr_error err;
    bool failed; /* err is filled, or nobody wants more; everything else is dropped */
};

static int broken(struct filler *f, const char *what)
{
    if (!f->failed)
        cr_fail(&f->err, CR_E_IO, "cannot pack '%s': %s", what, archive_error_string(f->tar));
    f->failed = true;
    return -1;
}

/* Room for at least one byte; NULL when the taker has stopped. */
static struct pack_block *room(struct filler *f)
{
    if (!f->block)
        f->block = pack_pool_next(f->pool);
    f->failed |= !f->block;
    return f->block;
}

static void hand_over(struct filler *f)
{
    if (f->block && f->block->len) {
        f->block = NULL;
        pack_pool_filled(f->pool);
    }
}

static ssize_t from_tar(struct archive *a, void *ud, const void *bytes, size_t n)
{
    struct filler *f = ud;
    const unsigned char *at = bytes;

    (void)a;
    for (size_t left = n, take; left && !f->failed && room(f); at += take, left -= take) {
        struct pack_block *b = f->block;

        take = left < PACK_BLOCK - b->len ? left : PACK_BLOCK - b->len;
        if (at != b->data + b->len) /* else it was read right where it belongs */
            memcpy(b->data + b->len, at, take);
        b->len += take;
        if (b->len == PACK_BLOCK)
            hand_over(f);
    }
    return (ssize_t)n;
}

static int open_tar(struct filler *f)
{
    struct archive *a = f->tar;

    if (archive_write_set_format_gnutar(a) != ARCHIVE_OK || archive_write_set_bytes_per_block(a, 0) != ARCHIVE_OK ||
        archive_write_open(a, f, NULL, from_tar, NULL) != ARCHIVE_OK)
        return broken(f, "the context");
    return 0;
}

static void entry_freep(struct archive_entry **e)
{
    archive_entry_free(*e);
}

static int put_header(struct filler *f, const struct cr_entry *e)
{
    CR_AUTO(entry_freep) struct archive_entry *h = cr_oom_check(archive_entry_new());

    archive_entry_set_pathname(h, e->path);
    archive_entry_set_uid(h, 0);
    archive_entry_set_gid(h, 0);
    archive_entry_set_uname(h, "root");
    archive_entry_set_gname(h, "root");
    archive_entry_set_mtime(h, 0, 0);
    archive_entry_set_nlink(h, 1);
    archive_entry_set_filetype(h, e->kind == CR_ENTRY_DIR ? AE_IFDIR : e->kind == CR_ENTRY_LINK ? AE_IFLNK : AE_IFREG);
    archive_entry_set_perm(h, e->kind == CR_ENTRY_LINK ? 0777 : e->mode);
    archive_entry_set_size(h, e->size);
    if (e->kind == CR_ENTRY_LINK)
        archive_entry_set_symlink(h, e->from);
    if (archive_write_header(f->tar, h) != ARCHIVE_OK)
        return broken(f, e->path);
    return f->failed ? -1 : 0;
}

static int put_content(struct filler *f, const struct cr_entry *e)
{
    CR_AUTO(cr_reader_close) struct cr_reader r = {.fd = -1};
    size_t n;

    if (cr_reader_open(&r, e, &f->err) < 0) {
        f->failed = true;
        return -1;
    }
    while (!f->failed && room(f)) {
        const unsigned char *at = f->block->data + f->block->len;

        if (cr_reader_next(&r, f->block->data + f->block->len, PACK_BLOCK - f->block->len, &n, &f->err) < 0)
            f->failed = true;
        else if (!n)
            return 0;
        else if (archive_write_data(f->tar, at, n) != (la_ssize_t)n)
            return broken(f, e->path);
    }
    return -1;
}

/* A large file has blocks of its own: what is before and behind it says nothing about it. */
static int put_entry(struct filler *f, const struct cr_entry *e)
{
    bool large = e->size >= PACK_BLOCK;

    if (put_header(f, e) < 0)
        return -1;
    if (large)
        hand_over(f);
    if ((e->kind == CR_ENTRY_FILE || e->kind == CR_ENTRY_BYTES) && put_content(f, e) < 0)
        return -1;
    if (large)
        hand_over(f);
    return 0;
}

static void *fill(void *ud)
{
    struct filler *f = ud;
    size_t i = 0;

    f->tar = cr_oom_check(archive_write_new());
    if (open_tar(f) == 0)
        while (i < f->ctx->len && put_entry(f, &f->ctx->entry[i]) == 0)
            i++;
    if (!f->failed && archive_write_close(f->tar) != ARCHIVE_OK)
        broken(f, "the context");
    if (!f->failed)
        hand_over(f);
    f->failed = f->failed || i < f->ctx->len;
    archive_write_free(f->tar); /* closes what is open: the end of an archive that has none goes nowhere */
    pack_pool_ended(f->pool);
    return NULL;
}

/* ---- putting together: the caller's thread ---- */

struct gzip {
    cr_sink *write;
    void *ud;
    uint32_t crc, size;
};

static void put_le32(unsigned char *to, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(n >> 8 * i);
}

static int put_stored(struct gzip *z, const struct pack_block *b, struct cr_error *err)
{
    for (size_t at = 0; at < b->len; at += PACK_STORED_MAX) {
        size_t n = b->len - at < PACK_STORED_MAX ? b->len - at : PACK_STORED_MAX;
        unsigned char head[5] = {0, (unsigned char)n, (unsigned char)(n >> 8), (unsigned char)~n,
                                 (unsigned char)(~n >> 8)};

        if (z->write(z->ud, head, sizeof(head), err) < 0 || z->write(z->ud, b->data + at, n, err) < 0)
            return -1;
    }
    return 0;
}

static int put_block(struct gzip *z, const struct pack_block *b, struct cr_error *err)
{
    z->crc = pack_block_crc(z->crc, b);
    z->size += (uint32_t)b->len; /* modulo 2^32, as gzip has it */
    return b->out_len ? z->write(z->ud, b->out, b->out_len, err) : put_stored(z, b, err);
}

/* RFC 1952: no name, no time, an unknown system. At the end an empty last block, the sum and the size. */
static int put_all(struct gzip *z, struct pack_pool *pool, const struct filler *f, struct cr_error *err)
{
    static const unsigned char head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff};
    unsigned char tail[10] = {3, 0};
    const struct pack_block *b;

    if (z->write(z->ud, head, sizeof(head), err) < 0)
        return -1;
    while ((b = pack_pool_take(pool))) {
        if (put_block(z, b, err) < 0)
            return -1;
        pack_pool_taken(pool);
    }
    if (f->failed) {
        *err = f->err;
        return -1;
    }
    put_le32(tail + 2, z->crc);
    put_le32(tail + 6, z->size);
    return z->write(z->ud, tail, sizeof(tail), err);
}

int cr_context_pack_on(const struct cr_context *ctx, int workers, cr_sink *write, void *ud, struct cr_error *err)
{
    struct filler f = {.ctx = ctx};
    struct gzip z = {.write = write, .ud = ud};
    pthread_t thread;
    int rc = -1;

    if (pack_pool_new(workers, &f.pool, err) < 0)
        return -1;
    if (cr_thread_start(&thread, fill, &f, err) == 0) {
        rc = put_all(&z, f.pool, &f, err);
        pack_pool_stop(f.pool);
        pthread_join(thread, NULL);
    }
    pack_pool_free(f.pool);
    return rc;
}

int cr_context_pack(const struct cr_context *ctx, cr_sink *write, void *ud, struct cr_error *err)
{
    return cr_context_pack_on(ctx, cr_thread_cpus(WORKERS_MAX), write, ud, err);
}

char *cr_context_packer(void)
{
    return cr_format("packer %s, zlib %s, %s", CR_CONTEXT_PACKER, pack_block_library(), archive_version_string());
}
