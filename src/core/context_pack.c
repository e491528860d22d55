/*
 * The archive: GNU tar, since its names are bytes in every locale and its sizes have no bound, in gzip without a name
 * or a time. Everything that could tell one machine from another is set, not left to a default.
 *
 * Two writers of libarchive stand behind one another, tar and gzip, and neither is ever told that the sink has failed:
 * what comes after is dropped. A writer that fails leaks (libarchive 3.6), and one writer for both would compress the
 * rest of the file as zeros before it let go, which takes seconds when Ctrl-C meets the middle of the weights.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/context_read.h"

#define BLOCK (64 << 10) /* bytes the sink gets at a time */

struct packer {
    struct archive *tar, *gzip;
    cr_sink *write;
    void *ud;
    struct cr_error *err;
    bool failed; /* err is filled, everything else is dropped */
};

static int broken(struct packer *p, struct archive *a, const char *what)
{
    if (!p->failed)
        cr_fail(p->err, CR_E_IO, "cannot pack '%s': %s", what, archive_error_string(a));
    p->failed = true;
    return -1;
}

static ssize_t from_gzip(struct archive *a, void *ud, const void *bytes, size_t n)
{
    struct packer *p = ud;

    (void)a;
    if (!p->failed && p->write(p->ud, bytes, n, p->err) < 0)
        p->failed = true;
    return (ssize_t)n;
}

/* All of the bytes, into either writer. */
static int put(struct packer *p, struct archive *a, const void *bytes, size_t n)
{
    const char *at = bytes;

    while (n && !p->failed) {
        la_ssize_t took = archive_write_data(a, at, n);

        if (took <= 0)
            return broken(p, a, "the context");
        at += took;
        n -= (size_t)took;
    }
    return p->failed ? -1 : 0;
}

static ssize_t from_tar(struct archive *a, void *ud, const void *bytes, size_t n)
{
    struct packer *p = ud;

    (void)a;
    (void)put(p, p->gzip, bytes, n);
    return (ssize_t)n;
}

static void entry_freep(struct archive_entry **e)
{
    archive_entry_free(*e);
}

static int open_gzip(struct packer *p, bool dense)
{
    CR_AUTO(entry_freep) struct archive_entry *stream = cr_oom_check(archive_entry_new());
    struct archive *a = p->gzip;

    archive_entry_set_filetype(stream, AE_IFREG);
    if (archive_write_set_format_raw(a) != ARCHIVE_OK || archive_write_add_filter_gzip(a) != ARCHIVE_OK ||
        archive_write_set_filter_option(a, "gzip", "timestamp", NULL) != ARCHIVE_OK ||
        archive_write_set_filter_option(a, "gzip", "compression-level", dense ? "1" : "6") != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(a, BLOCK) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
        archive_write_open(a, p, NULL, from_gzip, NULL) != ARCHIVE_OK || archive_write_header(a, stream) != ARCHIVE_OK)
        return broken(p, a, "the context");
    return 0;
}

static int open_tar(struct packer *p)
{
    struct archive *a = p->tar;

    if (archive_write_set_format_gnutar(a) != ARCHIVE_OK || archive_write_set_bytes_per_block(a, BLOCK) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
        archive_write_open(a, p, NULL, from_tar, NULL) != ARCHIVE_OK)
        return broken(p, a, "the context");
    return 0;
}

static int put_header(struct packer *p, const struct cr_entry *e)
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
    if (archive_write_header(p->tar, h) != ARCHIVE_OK)
        return broken(p, p->tar, e->path);
    return p->failed ? -1 : 0;
}

static int put_data(void *ud, const void *bytes, size_t n, struct cr_error *err)
{
    struct packer *p = ud;

    (void)err; /* the same as p->err */
    return put(p, p->tar, bytes, n);
}

static int pack_all(struct packer *p, const struct cr_context *ctx)
{
    for (size_t i = 0; i < ctx->len; i++)
        if (put_header(p, &ctx->entry[i]) < 0 || cr_entry_read(&ctx->entry[i], put_data, p, p->err) < 0)
            return -1;
    if (archive_write_close(p->tar) != ARCHIVE_OK)
        return broken(p, p->tar, "the context");
    if (!p->failed && archive_write_close(p->gzip) != ARCHIVE_OK)
        return broken(p, p->gzip, "the context");
    return p->failed ? -1 : 0;
}

int cr_context_pack(const struct cr_context *ctx, cr_sink *write, void *ud, struct cr_error *err)
{
    struct packer p = {.write = write, .ud = ud, .err = err};
    bool dense;
    int rc;

    if (cr_context_is_dense(ctx, &dense, err) < 0)
        return -1;
    p.tar = cr_oom_check(archive_write_new());
    p.gzip = cr_oom_check(archive_write_new());
    rc = open_gzip(&p, dense) < 0 || open_tar(&p) < 0 ? -1 : pack_all(&p, ctx);
    p.failed = true; /* freeing closes what is open: the end of an archive that has none goes nowhere */
    archive_write_free(p.tar);
    archive_write_free(p.gzip);
    return rc;
}
