/*
 * context_read.h - the content of one entry, in pieces, checked against its hash. For the packer and the directory
 * writer.
 *
 * Errors: CR_E_IO when the file is gone, or is not any more the one that was hashed; the pieces before that have been
 * given out.
 */
#ifndef CR_CONTEXT_READ_H
#define CR_CONTEXT_READ_H

#include "core/context.h"

struct cr_reader {
    const struct cr_entry *entry; /* borrowed */
    int fd;
    struct cr_sha256 *hash; /* of a file's content, until its end */
    int64_t at;
};

/* Closed with cr_reader_close(), which takes {.fd = -1} too. */
int cr_reader_open(struct cr_reader *r, const struct cr_entry *e, struct cr_error *err) CR_CHECKED;
/* Puts up to `max` bytes into buf; *n is 0 at the end, and then all was as it should be. */
int cr_reader_next(struct cr_reader *r, void *buf, size_t max, size_t *n, struct cr_error *err) CR_CHECKED;
void cr_reader_close(struct cr_reader *r);

/* All of it, through a sink. */
int cr_entry_read(const struct cr_entry *e, cr_sink *write, void *ud, struct cr_error *err) CR_CHECKED;

#endif
