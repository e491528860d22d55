/*
 * copy.h - files of a new project: planned first, written only when none of them would overwrite one.
 *
 * Ownership: the list owns its texts. Errors: CR_E_CONFIG naming the first file in the way; CR_E_IO.
 */
#ifndef CLI_COPY_H
#define CLI_COPY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct cli_copy {
    struct cli_copy_file {
        char *to;   /* relative to the working directory */
        char *from; /* file to copy, or NULL */
        char *text; /* what to write when there is no file */
    } * file;
    size_t len;
};

#define CLI_AUTO_COPY __attribute__((cleanup(cli_copy_clear)))
void cli_copy_clear(struct cli_copy *c);
void cli_copy_add(struct cli_copy *c, const char *to, const char *from, const char *text); /* copies its texts */
/* Refuses before the first write when a file is there and `force` is not set. Streams: no size limit. */
int cli_copy_run(const struct cli_copy *c, bool force, struct cr_error *err) CR_CHECKED;

#endif
