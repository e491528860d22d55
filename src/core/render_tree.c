#include "core/render_tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "core/ignore.h"

#define DEPTH_MAX 16

struct walk {
    struct tree *tree;
    const char *root;
    char *real;
    bool trusted;
    struct cr_ignore *ignore; /* of the user's directory; NULL for our own */
};

void tree_clear(struct tree *tree)
{
    for (size_t i = 0; i < tree->len; i++) {
        free(tree->file[i].name);
        free(tree->file[i].path);
    }
    free(tree->file);
    *tree = (struct tree){0};
}

const struct tree_file *tree_find(const struct tree *tree, const char *name)
{
    for (size_t i = 0; i < tree->len; i++)
        if (!strcmp(tree->file[i].name, name))
            return &tree->file[i];
    return NULL;
}

static bool ends(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);

    return n > k && !strcmp(name + n - k, end);
}

/* What a build inside the source tree leaves among our own templates is no template: of those only sources are taken.
 * Of the user's everything is, but for what version control and make keep for themselves and what their ignore file
 * says. */
static bool is_template(const struct walk *w, const char *name, bool directory)
{
    static const char *const ignored[] = {"..",        ".",    "room.mk",    ".deps",
                                          ".dirstamp", ".git", ".gitignore", ".gcloudignore"};
    static const char *const sources[] = {".c", ".h", ".sh", ".md", ".mustache", ".Dockerfile"};

    for (size_t i = 0; i < CR_LEN(ignored); i++)
        if (!strcmp(name, ignored[i]))
            return false;
    if (!w->trusted)
        return !ends(name, ".o") && !ends(name, ".a") && !ends(name, "~");
    if (directory || !strcmp(name, "Makefile"))
        return *name != '.';
    for (size_t i = 0; i < CR_LEN(sources); i++)
        if (*name != '.' && ends(name, sources[i]))
            return true;
    return false;
}

static int check_link(const struct walk *w, const char *path, struct cr_error *err)
{
    CR_AUTO_FREE char *real = realpath(path, NULL);
    size_t n = strlen(w->real);

    if (!real)
        return cr_fail(err, CR_E_IO, "cannot open '%s': %s", path, strerror(errno));
    if (strncmp(real, w->real, n) != 0 || real[n] != '/')
        return cr_fail(err, CR_E_CONFIG, "the link '%s' leads out of '%s'", path, w->root);
    return 0;
}

static int add_file(struct walk *w, const char *rel, const char *path, unsigned mode, struct cr_error *err)
{
    const char *base = strrchr(rel, '/') ? strrchr(rel, '/') + 1 : rel;
    struct tree_file f = {.rendered = ends(rel, ".mustache"), .partial = *base == '_', .mode = mode};
    CR_AUTO_FREE char *name = cr_strndup(rel, strlen(rel) - (f.rendered ? strlen(".mustache") : 0));

    if (tree_find(w->tree, name))
        return cr_fail(err, CR_E_CONFIG, "'%s' and '%s.mustache' stand side by side in '%s'", name, name, w->root);
    f.name = CR_STEAL(name);
    f.path = cr_strdup(path);
    w->tree->file = cr_realloc(w->tree->file, (w->tree->len + 1) * sizeof(f));
    w->tree->file[w->tree->len++] = f;
    return 0;
}

static void closedirp(DIR **d)
{
    if (*d)
        closedir(*d);
}

static int walk_dir(struct walk *w, const char *rel, int depth, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = *rel ? cr_path_join(w->root, rel) : cr_strdup(w->root);
    CR_AUTO(closedirp) DIR *d = opendir(dir);
    const struct dirent *e;

    if (!d || depth == DEPTH_MAX)
        return cr_fail(err, CR_E_IO, "cannot read the templates in '%s': %s", dir,
                       d ? "too many directories inside one another" : strerror(errno));
    while ((e = readdir(d))) {
        CR_AUTO_FREE char *next = *rel ? cr_path_join(rel, e->d_name) : cr_strdup(e->d_name);
        CR_AUTO_FREE char *path = cr_path_join(w->root, next);
        struct stat st;

        if (!is_template(w, e->d_name, true)) /* whatever it is */
            continue;
        if (!w->trusted && check_link(w, path, err) < 0)
            return -1;
        if (stat(path, &st) < 0)
            return cr_fail(err, CR_E_IO, "cannot read '%s': %s", path, strerror(errno));
        if (!is_template(w, e->d_name, S_ISDIR(st.st_mode)) ||
            (w->ignore && cr_ignore_match(w->ignore, next, S_ISDIR(st.st_mode))))
            continue;
        if (S_ISDIR(st.st_mode) ? walk_dir(w, next, depth + 1, err) < 0
                                : S_ISREG(st.st_mode) && add_file(w, next, path, st.st_mode, err) < 0)
            return -1;
    }
    return 0;
}

static int load_one(const char *root, bool trusted, struct tree *tree, struct cr_error *err)
{
    CR_AUTO_FREE char *real = realpath(root, NULL);
    CR_AUTO_IGNORE struct cr_ignore *ignore = NULL;
    struct walk w = {.tree = tree, .root = root, .real = real, .trusted = trusted};

    if (!real)
        return cr_fail(err, CR_E_IO, "cannot open the templates in '%s': %s", root, strerror(errno));
    if (!trusted && cr_ignore_gcloud(root, NULL, &ignore, err) < 0)
        return -1;
    w.ignore = ignore;
    return walk_dir(&w, "", 0, err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct tree_file *)a)->name, ((const struct tree_file *)b)->name);
}

/* The user's files, and then those of ours that have no namesake among them. */
int tree_load(const char *own, const char *user, struct tree *out, struct cr_error *err)
{
    CR_AUTO(tree_clear) struct tree ours = {0}, all = {0};

    if (load_one(own, true, &ours, err) < 0 || (user && load_one(user, false, &all, err) < 0))
        return -1;
    for (size_t i = 0; i < ours.len; i++) {
        if (tree_find(&all, ours.file[i].name))
            continue;
        all.file = cr_realloc(all.file, (all.len + 1) * sizeof(*all.file));
        all.file[all.len++] = ours.file[i];
        ours.file[i] = (struct tree_file){0};
    }
    if (all.len)
        qsort(all.file, all.len, sizeof(*all.file), by_name);
    *out = all;
    all = (struct tree){0};
    return 0;
}
