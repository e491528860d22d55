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

int cr_entry_read(const struct cr_entry *e, cr_sink *write, void *ud, struct cr_error *err) CR_CHECKED;

/* Whether compressing is mostly lost on this context: more than half of its bytes look random, as weights do. The same
 * answer for the same content. */
int cr_context_is_dense(const struct cr_context *ctx, bool *dense, struct cr_error *err) CR_CHECKED;

#endif
