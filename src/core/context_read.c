#include "core/context_read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/mem.h"

static int changed(const struct cr_entry *e, struct cr_error *err)
{
    cr_fail(err, CR_E_IO, "'%s' changed while the context was made", e->from);
    return cr_hint(err, "run the command again when nothing writes to '%s'", e->from);
}

static ssize_t read_some(int fd, char *to, size_t n)
{
    ssize_t got;

    do
        got = read(fd, to, n);
    while (got < 0 && errno == EINTR);
    return got;
}

static int open_entry(const struct cr_entry *e, int *fd, struct cr_error *err)
{
    struct stat st;

    if (cr_file_open(e->from, fd, err) < 0)
        return -1;
    if (fstat(*fd, &st) < 0 || st.st_size != e->size || (int64_t)st.st_ino != e->inode ||
        st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec != e->mtime_ns)
        return changed(e, err);
    return 0;
}

int cr_reader_open(struct cr_reader *r, const struct cr_entry *e, struct cr_error *err)
{
    struct cr_reader opened = {.entry = e, .fd = -1};

    if (e->kind == CR_ENTRY_FILE) {
        if (open_entry(e, &opened.fd, err) < 0) {
            cr_reader_close(&opened);
            return -1;
        }
        opened.hash = cr_sha256_new();
        if (e->size > CR_CONTEXT_PIECE)
            posix_fadvise(opened.fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    *r = opened;
    return 0;
}

/* The end of a file: it has all been what was hashed. */
static int verify(struct cr_reader *r, struct cr_error *err)
{
    char sha256[CR_SHA256_HEX];

    if (r->at != r->entry->size)
        return changed(r->entry, err);
    cr_sha256_end(CR_STEAL(r->hash), sha256);
    return strcmp(sha256, r->entry->sha256) == 0 ? 0 : changed(r->entry, err);
}

int cr_reader_next(struct cr_reader *r, void *buf, size_t max, size_t *n, struct cr_error *err)
{
    const struct cr_entry *e = r->entry;
    ssize_t got;

    if (cr_interrupt_check(err) < 0) /* weights take long to read, and longer to compress */
        return -1;
    if (e->kind == CR_ENTRY_BYTES) {
        *n = (int64_t)max < e->size - r->at ? max : (size_t)(e->size - r->at);
        memcpy(buf, e->bytes + r->at, *n);
        r->at += (int64_t)*n;
        return 0;
    }
    if (!r->hash) { /* no content, or all of it given */
        *n = 0;
        return 0;
    }
    got = read_some(r->fd, buf, max);
    if (got < 0)
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", e->from, strerror(errno));
    if (got > e->size - r->at)
        return changed(e, err);
    cr_sha256_add(r->hash, buf, (size_t)got);
    r->at += got;
    *n = (size_t)got;
    return got ? 0 : verify(r, err);
}

void cr_reader_close(struct cr_reader *r)
{
    char unused[CR_SHA256_HEX];

    if (r->hash)
        cr_sha256_end(r->hash, unused);
    if (r->fd >= 0)
        close(r->fd);
    *r = (struct cr_reader){.fd = -1};
}

int cr_entry_read(const struct cr_entry *e, cr_sink *write, void *ud, struct cr_error *err)
{
    CR_AUTO(cr_reader_close) struct cr_reader r = {.fd = -1};
    CR_AUTO_FREE char *piece = cr_malloc(CR_CONTEXT_PIECE);
    size_t n;

    if (cr_reader_open(&r, e, err) < 0)
        return -1;
    do {
        if (cr_reader_next(&r, piece, CR_CONTEXT_PIECE, &n, err) < 0 || (n && write(ud, piece, n, err) < 0))
            return -1;
    } while (n);
    return 0;
}
