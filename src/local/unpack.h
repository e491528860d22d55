/*
 * unpack.h - an uploaded build context, .tar.gz or .zip, into an empty directory.
 *
 * Nothing is ever written outside the directory, and no link in it leads out: absolute names, "..", and anything below
 * a symbolic link are refused, and so are device files and hard links to or through symbolic links. Links are kept when
 * they point inside, both as text and as they resolve once everything is unpacked; owners and times of the archive are
 * not taken over but the time of modification, and modes are without set-user-ID and set-group-ID. Units: bytes.
 * Errors: CR_E_API naming the archive's entry; what was unpacked until then stays, for the caller to remove.
 */
#ifndef LOCAL_UNPACK_H
#define LOCAL_UNPACK_H

#include <stdint.h>

#include "base/error.h"

/* `max_bytes` bounds the sum of the unpacked sizes, holes of sparse files included, and 4 KiB for each entry. The
 * directory must exist. */
int local_unpack(const char *archive, const char *dir, int64_t max_bytes, struct cr_error *err) CR_CHECKED;

#endif
