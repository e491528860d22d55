/*
 * beneath.h - names that may not lead out of a directory: read as text, or resolved through the links on the disk.
 *
 * The directory is private to the platform, and nobody changes it while a name is resolved. Ownership: texts returned
 * are new. Errors: CR_E_API naming the name; CR_E_IO for the disk.
 */
#ifndef LOCAL_BENEATH_H
#define LOCAL_BENEATH_H

#include <stdbool.h>

#include "base/error.h"

/* Whether a relative name, read as text from `depth` directories below the top, never goes above the top. */
bool local_beneath_text(const char *name, int depth);

/* Resolves `path` below `top` part by part, through every link, the last one too, as the kernel does. *resolved: the
 * same place as a name below `top` without links and without ".."; "." is the top itself. What does not exist is no
 * error. Returns the number of links that were followed, or -1: the path leads out of `top`, or in circles. */
int local_beneath(const char *top, const char *path, char **resolved, struct cr_error *err) CR_CHECKED;

/* Resolves every symbolic link in the tree `top`; -1 for the first that leads out of it. Links to what does not exist,
 * and to each other in circles, are harmless. */
int local_beneath_links(const char *top, struct cr_error *err) CR_CHECKED;

#endif
