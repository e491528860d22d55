/*
 * render_tree.h - the template files of a build context: crdeploy's own, with the user's in their place.
 *
 * A file's name in the context is its path without ".mustache". A file whose name starts with "_" is a partial only.
 * What a build in the source tree leaves behind (objects, room.mk) is no template.
 *
 * Ownership: the tree owns its rows. Errors: CR_E_IO for the disk; CR_E_CONFIG for two files of one name in one
 *   directory, and for a link of the user's that leads out of his directory.
 */
#ifndef CR_RENDER_TREE_H
#define CR_RENDER_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct tree_file {
    char *name; /* in the context: "server/main.c" */
    char *path; /* on disk */
    unsigned mode;
    bool rendered, partial;
};

struct tree {
    struct tree_file *file; /* sorted by name */
    size_t len;
};

/* own: crdeploy's templates, trusted to link anywhere; user: NULL, or a directory that replaces and adds. */
int tree_load(const char *own, const char *user, struct tree *tree, struct cr_error *err) CR_CHECKED;
const struct tree_file *tree_find(const struct tree *tree, const char *name); /* or NULL */
void tree_clear(struct tree *tree);

#endif
