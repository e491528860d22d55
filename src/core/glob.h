/*
 * glob.h - the two ways ignore files compare a pattern with a path. Text is UTF-8; a broken byte is a character of its
 * own.
 *
 * Errors: none; a malformed pattern of Docker's is -1, one of Python's matches itself.
 * Source: docs.python.org/3/library/fnmatch; pkg.go.dev/path/filepath#Match; docs.docker.com/build/concepts/context.
 */
#ifndef CR_GLOB_H
#define CR_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* One component against one pattern component, as Python's fnmatch: *, ?, [seq], [!seq]. */
bool cr_glob_component(const char *pattern, size_t pattern_len, const char *text, size_t text_len);

/* A whole path against a clean pattern: Go's filepath.Match, and `**`, as Docker reads them. 1, 0, or -1: malformed. */
int cr_glob_docker(const char *pattern, const char *path);

#endif
