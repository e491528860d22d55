/*
 * file.h - whole files, read and written so that a crash leaves the old one or the new one, never half of one.
 *
 * Units: bytes. Ownership: texts and paths returned are new; the caller frees them.
 * Errors: CR_E_IO naming the path; outputs are untouched on failure.
 */
#ifndef CR_FILE_H
#define CR_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Opens a file for reading; *fd is the caller's. It must be a regular file: a directory, a FIFO, a socket or a device
 * is refused by name, without waiting for anybody to write into it. Only what the process was started with, /dev/stdin
 * and /dev/fd/N of a shell's <(COMMAND), may be a pipe or a terminal. */
int cr_file_open(const char *path, int *fd, struct cr_error *err) CR_CHECKED;

/* Reads a file, as cr_file_open() opens it, of at most `max` bytes. *text is NUL-terminated; *len (may be NULL)
 * excludes that. */
int cr_file_read(const char *path, size_t max, char **text, size_t *len, struct cr_error *err) CR_CHECKED;

/* Replaces `path` with the bytes, through a temporary file beside it, fsync and rename. Mode as for open(2), umask
 * not applied. */
int cr_file_write(const char *path, const void *bytes, size_t len, unsigned mode, struct cr_error *err) CR_CHECKED;

bool cr_file_exists(const char *path); /* without following a last symlink */

/* mkdir -p with the mode for what is made. */
int cr_dir_make(const char *path, unsigned mode, struct cr_error *err) CR_CHECKED;

/* rm -r; a missing path is fine; symlinks are removed, never followed. */
int cr_dir_remove(const char *path, struct cr_error *err) CR_CHECKED;

/* Calls each() for every name in the directory but "." and "..", in no order; what fails there ends it. */
int cr_dir_each(const char *path, int (*each)(void *ud, const char *name, struct cr_error *err), void *ud,
                struct cr_error *err) CR_CHECKED;

char *cr_path_join(const char *dir, const char *name); /* name alone when it is absolute */

enum cr_xdg { CR_XDG_CONFIG, CR_XDG_STATE, CR_XDG_CACHE };
/* crdeploy's own directory under an XDG base directory; cr_xdg_dir() makes it (0700) when it is missing, cr_xdg_path()
 * only names it, for who reads. Source: XDG Base Directory Specification 0.8; a relative value is ignored, as it says.
 */
int cr_xdg_path(enum cr_xdg which, const char *sub, char **path, struct cr_error *err) CR_CHECKED;
int cr_xdg_dir(enum cr_xdg which, const char *sub, char **path, struct cr_error *err) CR_CHECKED;

#endif
