/*
 * ignore.h - .gcloudignore and .dockerignore: which files of a directory stay behind.
 *
 * .gcloudignore is what gcloud does, its departures from git included: patterns match from the right, so `foo/bar` also
 *   matches x/foo/bar; `dir/` with two stars after it matches dir itself; nothing below an ignored directory can come
 * back. .dockerignore is what Docker does: patterns start at the root, `*` stays within a component, `**` does not, and
 * `!` can bring back a file below an excluded directory.
 *
 * Ownership: cr_ignore_new() to cr_ignore_free(). Errors: CR_E_CONFIG with file:line.
 * Source: gcloud topic gcloudignore; docs.docker.com/build/concepts/context/#dockerignore-files; Go
 * path/filepath.Match.
 */
#ifndef CR_IGNORE_H
#define CR_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum cr_ignore_kind { CR_IGNORE_GCLOUD, CR_IGNORE_DOCKER };

struct cr_ignore;
struct cr_ignore *cr_ignore_new(enum cr_ignore_kind kind);
void cr_ignore_free(struct cr_ignore *ig); /* NULL is fine */

static inline void cr_ignore_freep(struct cr_ignore **ig)
{
    cr_ignore_free(*ig);
}
#define CR_AUTO_IGNORE __attribute__((cleanup(cr_ignore_freep)))

/* Appends the patterns of a text. `name` is what messages show; `dir` is where `#!include:` finds its file (NULL: an
 * include is an error). */
int cr_ignore_parse(struct cr_ignore *ig, const char *text, size_t len, const char *name, const char *dir,
                    struct cr_error *err) CR_CHECKED;

/* What gcloud would use for `dir`: its .gcloudignore; else, where .git or .gitignore stands, the default that leaves
 * out those and what .gitignore says; else nothing (*ig is then an empty list). `file` (NULL: none) is used instead of
 * all that. */
int cr_ignore_gcloud(const char *dir, const char *file, struct cr_ignore **ig, struct cr_error *err) CR_CHECKED;
/* DIR/.dockerignore, or an empty list. */
int cr_ignore_docker(const char *dir, struct cr_ignore **ig, struct cr_error *err) CR_CHECKED;

/* Where a rule stands, and as it is written there. */
struct cr_ignore_origin {
    char *place, *text; /* ".gcloudignore:3", "*.o" */
};
/* The rule that leaves the file or directory behind; NULL when it goes along. Borrowed: one rule, one pointer. */
const struct cr_ignore_origin *cr_ignore_why(const struct cr_ignore *ig, const char *path, bool is_dir);
/* Whether the file or directory stays behind; `path` is relative, with slashes, without a leading one. */
bool cr_ignore_match(const struct cr_ignore *ig, const char *path, bool is_dir);
/* Whether nothing below an ignored directory can come back, so that a walk need not enter it. */
bool cr_ignore_prunes(const struct cr_ignore *ig);

#endif
