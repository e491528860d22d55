/*
 * archive_list.h - what is in an archive that somebody else made, as source.h lists a context.
 *
 * Ownership: the list is new, sorted by name. Errors: CR_E_CONFIG for a file that is no archive, CR_E_IO for the disk.
 */
#ifndef CR_ARCHIVE_LIST_H
#define CR_ARCHIVE_LIST_H

#include <jansson.h>

#include "base/error.h"

/* [{name, type, mode, uid, gid, uname, gname, size, link}] of a .tar.gz; a .zip has no owners: uid is null there. */
int cr_archive_list(const char *path, json_t **list, struct cr_error *err) CR_CHECKED;

#endif
