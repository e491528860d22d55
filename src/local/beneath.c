#include "local/beneath.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"

enum { LINKS_MAX = 40 }; /* as in Linux, path_resolution(7) */

bool local_beneath_text(const char *name, int depth)
{
    if (*name == '/')
        return false;
    while (*name) {
        size_t n = strcspn(name, "/");

        if (n == 2 && strncmp(name, "..", 2) == 0)
            depth--;
        else if (n > 0 && !(n == 1 && *name == '.'))
            depth++;
        if (depth < 0)
            return false;
        name += n + (name[n] == '/');
    }
    return true;
}

struct walk {
    const char *top;
    char *done; /* resolved so far, below top; "" is the top */
    char *rest; /* still to be resolved */
    int links;
};

static void walk_clear(struct walk *w)
{
    free(w->done);
    free(w->rest);
}

static void replace(char **text, char *with)
{
    free(*text);
    *text = with;
}

/* Removes the last part of what is resolved; -1 at the top. */
static int go_up(struct walk *w)
{
    char *slash = strrchr(w->done, '/');

    if (!*w->done)
        return -1;
    *(slash ? slash : w->done) = '\0';
    return 0;
}

/* Takes one name: a link's target is put in front of the rest. What the disk does not have is no link. */
static int enter(struct walk *w, const char *name)
{
    CR_AUTO_FREE char *next = cr_format("%s%s%s", w->done, *w->done ? "/" : "", name);
    CR_AUTO_FREE char *path = cr_format("%s/%s", w->top, next);
    char target[PATH_MAX];
    ssize_t n = readlink(path, target, sizeof(target) - 1);

    if (n < 0 && errno != EINVAL && errno != ENOENT && errno != ENOTDIR)
        return -1;
    if (n < 0) {
        replace(&w->done, CR_STEAL(next));
        return 0;
    }
    target[n] = '\0';
    errno = *target == '/' ? EXDEV : ELOOP;
    if (*target == '/' || ++w->links > LINKS_MAX)
        return -1;
    replace(&w->rest, cr_format("%s/%s", target, w->rest));
    return 0;
}

/* -1 with errno: EXDEV when it leads out, ELOOP when in circles, or what the disk says. */
static int resolve(struct walk *w)
{
    while (*w->rest) {
        size_t n = strcspn(w->rest, "/");
        CR_AUTO_FREE char *name = cr_strndup(w->rest, n);

        replace(&w->rest, cr_strdup(w->rest + n + strspn(w->rest + n, "/")));
        if (!*name || strcmp(name, ".") == 0)
            continue;
        errno = EXDEV;
        if (strcmp(name, "..") == 0 ? go_up(w) : enter(w, name))
            return -1;
    }
    return 0;
}

int local_beneath(const char *top, const char *path, char **resolved, struct cr_error *err)
{
    CR_AUTO(walk_clear) struct walk w = {.top = top, .done = cr_strdup(""), .rest = cr_strdup(path)};

    errno = EXDEV;
    if (*path == '/' || resolve(&w) < 0)
        return errno == EXDEV ? cr_fail(err, CR_E_API, "'%s' leads out of the workspace", path)
                              : cr_fail(err, CR_E_API, "cannot resolve '%s': %s", path, strerror(errno));
    *resolved = *w.done ? CR_STEAL(w.done) : cr_strdup(".");
    return w.links;
}

static int check_link(const char *top, const char *name, struct cr_error *err)
{
    CR_AUTO(walk_clear) struct walk w = {.top = top, .done = cr_strdup(""), .rest = cr_strdup(name)};

    if (resolve(&w) == 0 || errno == ELOOP)
        return 0;
    return errno == EXDEV ? cr_fail(err, CR_E_API, "the link '%s' leads out of the workspace", name)
                          : cr_fail(err, CR_E_API, "cannot resolve the link '%s': %s", name, strerror(errno));
}

static void closep(FTS **tree)
{
    if (*tree)
        fts_close(*tree);
}

int local_beneath_links(const char *top, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = cr_strdup(top);
    CR_AUTO(closep) FTS *tree = fts_open((char *[]){dir, NULL}, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    const FTSENT *e;

    if (!tree)
        return cr_fail(err, CR_E_IO, "cannot read the directory '%s': %s", top, strerror(errno));
    for (errno = 0; (e = fts_read(tree)); errno = 0) {
        if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
            return cr_fail(err, CR_E_IO, "cannot read '%s': %s", e->fts_path, strerror(e->fts_errno));
        if (e->fts_info == FTS_SL && check_link(top, e->fts_path + strlen(top) + 1, err) < 0)
            return -1;
    }
    return errno ? cr_fail(err, CR_E_IO, "cannot read the directory '%s': %s", top, strerror(errno)) : 0;
}
