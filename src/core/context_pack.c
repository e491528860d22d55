/*
 * The archive: GNU tar, since its names are bytes in every locale and its sizes have no bound, in gzip without a name or a
 * time. Everything that could tell one machine from another is set, not left to a default.
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
    struct archive *to;
    cr_sink *write;
    void *ud;
    struct cr_error *err;
    bool failed; /* the sink said so; err is its own */
};

static ssize_t give_out(struct archive *a, void *ud, const void *bytes, size_t n)
{
    struct packer *p = ud;

    if (p->failed || p->write(p->ud, bytes, n, p->err) < 0) {
        p->failed = true;
        archive_set_error(a, EIO, "the sink failed");
        return -1;
    }
    return (ssize_t)n;
}

static int broken(struct packer *p, const char *what)
{
    if (p->failed)
        return -1;
    return cr_fail(p->err, CR_E_IO, "cannot pack '%s': %s", what, archive_error_string(p->to));
}

static int open_archive(struct packer *p, bool dense)
{
    struct archive *a = p->to;

    if (archive_write_set_format_gnutar(a) != ARCHIVE_OK || archive_write_add_filter_gzip(a) != ARCHIVE_OK ||
        archive_write_set_filter_option(a, "gzip", "timestamp", NULL) != ARCHIVE_OK ||
        archive_write_set_filter_option(a, "gzip", "compression-level", dense ? "1" : "6") != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(a, BLOCK) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
        archive_write_open(a, p, NULL, give_out, NULL) != ARCHIVE_OK)
        return broken(p, "the context");
    return 0;
}

static void entry_freep(struct archive_entry **e)
{
    archive_entry_free(*e);
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
    return archive_write_header(p->to, h) == ARCHIVE_OK ? 0 : broken(p, e->path);
}

static int put_data(void *ud, const void *bytes, size_t n, struct cr_error *err)
{
    struct packer *p = ud;
    const char *at = bytes;

    (void)err; /* the same as p->err */
    while (n) {
        la_ssize_t took = archive_write_data(p->to, at, n);

        if (took <= 0)
            return broken(p, "a file");
        at += took;
        n -= (size_t)took;
    }
    return 0;
}

static int pack_all(struct packer *p, const struct cr_context *ctx)
{
    for (size_t i = 0; i < ctx->len; i++)
        if (put_header(p, &ctx->entry[i]) < 0 || cr_entry_read(&ctx->entry[i], put_data, p, p->err) < 0)
            return -1;
    return archive_write_close(p->to) == ARCHIVE_OK ? 0 : broken(p, "the context");
}

int cr_context_pack(const struct cr_context *ctx, cr_sink *write, void *ud, struct cr_error *err)
{
    struct packer p = {.write = write, .ud = ud, .err = err};
    bool dense;
    int rc;

    if (cr_context_is_dense(ctx, &dense, err) < 0)
        return -1;
    p.to = cr_oom_check(archive_write_new());
    rc = open_archive(&p, dense) < 0 ? -1 : pack_all(&p, ctx);
    if (rc < 0)
        archive_write_fail(p.to); /* or freeing it would write the end of an archive that has none */
    archive_write_free(p.to);
    return rc;
}
