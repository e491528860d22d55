#include "core/context_read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/mem.h"

#define SAMPLES 4
#define SAMPLE_BYTES 4096

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

    *fd = open(e->from, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return cr_fail(err, CR_E_IO, "cannot open '%s': %s", e->from, strerror(errno));
    if (fstat(*fd, &st) < 0 || st.st_size != e->size || (int64_t)st.st_ino != e->inode ||
        st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec != e->mtime_ns)
        return changed(e, err);
    return 0;
}

/* Gives out e->size bytes; a file that is shorter or longer by now has changed. */
static int read_file(const struct cr_entry *e, int fd, struct cr_sha256 *h, cr_sink *write, void *ud,
                     struct cr_error *err)
{
    CR_AUTO_FREE char *piece = cr_malloc(CR_CONTEXT_PIECE);
    int64_t left = e->size;

    for (;;) {
        ssize_t n = read_some(fd, piece, CR_CONTEXT_PIECE);

        if (cr_interrupt_check(err) < 0) /* weights take long to read, and longer to compress */
            return -1;
        if (n < 0)
            return cr_fail(err, CR_E_IO, "cannot read '%s': %s", e->from, strerror(errno));
        if (n > left || (n == 0 && left))
            return changed(e, err);
        if (n == 0)
            return 0;
        left -= n;
        cr_sha256_add(h, piece, (size_t)n);
        if (write(ud, piece, (size_t)n, err) < 0)
            return -1;
    }
}

int cr_entry_read(const struct cr_entry *e, cr_sink *write, void *ud, struct cr_error *err)
{
    char sha256[CR_SHA256_HEX];
    CR_AUTO_FD int fd = -1;
    struct cr_sha256 *h;
    int rc;

    if (e->kind == CR_ENTRY_BYTES)
        return e->size ? write(ud, e->bytes, (size_t)e->size, err) : 0;
    if (e->kind != CR_ENTRY_FILE)
        return 0;
    if (open_entry(e, &fd, err) < 0)
        return -1;
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    h = cr_sha256_new();
    rc = read_file(e, fd, h, write, ud, err);
    cr_sha256_end(h, sha256);
    if (rc == 0 && strcmp(sha256, e->sha256) != 0)
        return changed(e, err);
    return rc;
}

/* Counts the bytes of a few pieces, evenly spread. */
static int sample(const struct cr_entry *e, int64_t count[256], struct cr_error *err)
{
    unsigned char piece[SAMPLE_BYTES];
    CR_AUTO_FD int fd = -1;

    if (e->kind == CR_ENTRY_FILE && open_entry(e, &fd, err) < 0)
        return -1;
    for (int64_t i = 0; i < SAMPLES; i++) {
        int64_t at = e->size / SAMPLES * i, n = e->size - at < SAMPLE_BYTES ? e->size - at : SAMPLE_BYTES;
        const unsigned char *from = piece;

        if (e->kind == CR_ENTRY_BYTES)
            from = (const unsigned char *)e->bytes + at;
        else if (pread(fd, piece, (size_t)n, at) != n)
            return changed(e, err);
        for (int64_t k = 0; k < n; k++)
            count[from[k]]++;
    }
    return 0;
}

/* The chance that two bytes of the samples are equal: 1/256 for noise, about 1/85 for floating point weights, 1/15 for
 * text. Whole numbers, so that every machine decides alike. */
static bool looks_random(const int64_t count[256])
{
    int64_t total = 0, equal = 0;

    for (int i = 0; i < 256; i++) {
        total += count[i];
        equal += count[i] * count[i];
    }
    return equal * 40 < total * total;
}

int cr_context_is_dense(const struct cr_context *ctx, bool *dense, struct cr_error *err)
{
    int64_t random = 0;

    for (size_t i = 0; i < ctx->len; i++) {
        const struct cr_entry *e = &ctx->entry[i];
        int64_t count[256] = {0};

        if (e->size < SAMPLES * SAMPLE_BYTES || e->kind == CR_ENTRY_DIR || e->kind == CR_ENTRY_LINK)
            continue;
        if (sample(e, count, err) < 0)
            return -1;
        if (looks_random(count))
            random += e->size;
    }
    *dense = random > cr_context_size(ctx) / 2;
    return 0;
}
