#include "core/context.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "core/hash_cache.h"
#include "core/ignore.h"

static void entry_clear(struct cr_entry *e)
{
    free(e->path);
    free(e->from);
    free(e->bytes);
}

void cr_context_clear(struct cr_context *ctx)
{
    for (size_t i = 0; i < ctx->len; i++)
        entry_clear(&ctx->entry[i]);
    free(ctx->entry);
    *ctx = (struct cr_context){0};
}

static int check_path(const char *path, struct cr_error *err)
{
    const char *part = path;

    for (;;) {
        size_t n = strcspn(part, "/");

        if (!n || (n == 1 && *part == '.') || (n == 2 && !memcmp(part, "..", 2)))
            return cr_fail(err, CR_E_CONFIG, "'%s' is no path inside a build context", path);
        part += n;
        if (!*part)
            return 0;
        part++;
    }
}

/* Takes what the entry owns when it works. */
static int add(struct cr_context *ctx, struct cr_entry *e, struct cr_error *err)
{
    if (ctx->sealed)
        return cr_fail(err, CR_E_IO, "'%s' comes too late: the context has its name", e->path);
    if (check_path(e->path, err) < 0)
        return -1;
    if (ctx->len == ctx->cap) {
        ctx->cap = ctx->cap ? ctx->cap * 2 : 64;
        ctx->entry = cr_realloc(ctx->entry, ctx->cap * sizeof(*ctx->entry));
    }
    ctx->entry[ctx->len++] = *e;
    *e = (struct cr_entry){0};
    return 0;
}

static unsigned normal_mode(unsigned mode)
{
    return mode & 0111 ? 0755 : 0644;
}

int cr_context_add_bytes(struct cr_context *ctx, const char *path, const void *bytes, size_t len, unsigned mode,
                         struct cr_error *err)
{
    CR_AUTO(entry_clear)
    struct cr_entry e = {.kind = CR_ENTRY_BYTES,
                         .path = cr_strdup(path),
                         .size = (int64_t)len,
                         .mode = normal_mode(mode),
                         .bytes = cr_malloc(len)};

    if (len)
        memcpy(e.bytes, bytes, len);
    cr_sha256(bytes, len, e.sha256);
    return add(ctx, &e, err);
}

int cr_context_add_file(struct cr_context *ctx, const char *path, const char *from, struct cr_error *err)
{
    CR_AUTO(entry_clear) struct cr_entry e = {.kind = CR_ENTRY_FILE, .path = cr_strdup(path), .from = cr_strdup(from)};
    struct stat st;

    if (stat(from, &st) < 0)
        return cr_fail(err, CR_E_IO, "cannot open '%s': %s", from, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return cr_fail(err, CR_E_CONFIG, "'%s' is no regular file", from);
    e.mode = normal_mode(st.st_mode);
    e.size = st.st_size;
    e.mtime_ns = st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
    e.inode = (int64_t)st.st_ino;
    return add(ctx, &e, err);
}

static int target_of(struct cr_entry *e, const char *at, struct cr_error *err)
{
    ssize_t n;

    e->from = cr_calloc(1, PATH_MAX);
    n = readlink(at, e->from, PATH_MAX - 1);
    if (n < 0)
        return cr_fail(err, CR_E_IO, "cannot read the link '%s': %s", at, strerror(errno));
    cr_sha256(e->from, (size_t)n, e->sha256);
    return 0;
}

int cr_context_add_as_is(struct cr_context *ctx, const char *path, const char *from, struct cr_error *err)
{
    CR_AUTO(entry_clear) struct cr_entry e = {.path = cr_strdup(path)};
    struct stat st, to;

    if (lstat(from, &st) < 0)
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", from, strerror(errno));
    e.mode = st.st_mode & 07777;
    if (S_ISDIR(st.st_mode)) {
        e.kind = CR_ENTRY_DIR;
    } else if (S_ISLNK(st.st_mode)) {
        e.kind = CR_ENTRY_LINK;
        e.mode = stat(from, &to) == 0 && S_ISDIR(to.st_mode) ? to.st_mode & 07777 : 0777;
        if (target_of(&e, from, err) < 0)
            return -1;
    } else if (S_ISREG(st.st_mode)) {
        e.kind = CR_ENTRY_FILE;
        e.from = cr_strdup(from);
        e.size = st.st_size;
        e.mtime_ns = st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
        e.inode = (int64_t)st.st_ino;
    } else {
        cr_fail(err, CR_E_CONFIG, "'%s' is neither a file nor a directory nor a link", from);
        return cr_hint(err, "remove it, or name it in an ignore file");
    }
    return add(ctx, &e, err);
}

/* ---- trees ---- */

struct walk {
    struct cr_context *ctx;
    const char *prefix, *root;
    char *real; /* the root without symlinks */
    const struct cr_ignore *ignore;
};

/* Whether a link at `rel`, read as text, stays below the root: a link that dangles has nothing else to go by. */
static bool leads_inside(const char *rel, const char *target)
{
    int depth = 0;

    if (*target == '/')
        return false;
    for (const char *c = rel; *c; c++)
        depth += *c == '/';
    for (const char *part = target; *part; part += *part == '/') {
        size_t n = strcspn(part, "/");

        if (n == 2 && !memcmp(part, "..", 2)) {
            if (--depth < 0)
                return false;
        } else if (n && !(n == 1 && *part == '.')) {
            depth++;
        }
        part += n;
    }
    return true;
}

static int add_link(struct walk *w, const char *rel, const char *at, char **path, struct cr_error *err)
{
    CR_AUTO(entry_clear) struct cr_entry e = {.kind = CR_ENTRY_LINK, .mode = 0755};
    CR_AUTO_FREE char *real = NULL;
    size_t root = strlen(w->real);
    bool inside;

    if (target_of(&e, at, err) < 0)
        return -1;
    e.path = CR_STEAL(*path);
    real = realpath(at, NULL); /* another link on the way may lead out where the text does not */
    inside = leads_inside(rel, e.from) &&
             (!real || (!strncmp(real, w->real, root) && (!real[root] || real[root] == '/' || root == 1)));
    if (!inside) {
        cr_fail(err, CR_E_CONFIG, "the link '%s' leads out of '%s', to '%s'", at, w->root, e.from);
        return cr_hint(err, "put the file itself there, as with: cp -L --remove-destination '%s' '%s'", at, at);
    }
    return add(w->ctx, &e, err);
}

static int walk_dir(struct walk *w, const char *rel, struct cr_error *err);

static int add_dir(struct walk *w, const char *rel, bool ignored, char **path, struct cr_error *err)
{
    if (!ignored) {
        CR_AUTO(entry_clear) struct cr_entry e = {.kind = CR_ENTRY_DIR, .path = CR_STEAL(*path), .mode = 0755};

        if (add(w->ctx, &e, err) < 0)
            return -1;
    } else if (cr_ignore_prunes(w->ignore)) {
        return 0;
    }
    return walk_dir(w, rel, err);
}

static int add_found(struct walk *w, const char *rel, struct cr_error *err)
{
    CR_AUTO_FREE char *at = cr_path_join(w->root, rel), *path = cr_path_join(w->prefix, rel);
    struct stat st, to;
    bool ignored, is_dir;

    if (lstat(at, &st) < 0)
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", at, strerror(errno));
    /* gcloud asks about a link to a directory as about a directory */
    is_dir = S_ISDIR(st.st_mode) || (S_ISLNK(st.st_mode) && stat(at, &to) == 0 && S_ISDIR(to.st_mode));
    ignored = w->ignore && cr_ignore_match(w->ignore, rel, is_dir);
    if (S_ISDIR(st.st_mode))
        return add_dir(w, rel, ignored, &path, err);
    if (ignored)
        return 0;
    if (S_ISLNK(st.st_mode))
        return add_link(w, rel, at, &path, err);
    if (!S_ISREG(st.st_mode)) {
        cr_fail(err, CR_E_CONFIG, "'%s' is neither a file nor a directory nor a link", at);
        return cr_hint(err, "remove it, or name it in an ignore file");
    }
    return cr_context_add_file(w->ctx, path, at, err);
}

struct step {
    struct walk *w;
    const char *rel;
};

static int step_in(void *ud, const char *name, struct cr_error *err)
{
    const struct step *s = ud;
    CR_AUTO_FREE char *next = *s->rel ? cr_path_join(s->rel, name) : cr_strdup(name);

    return add_found(s->w, next, err);
}

static int walk_dir(struct walk *w, const char *rel, struct cr_error *err)
{
    CR_AUTO_FREE char *at = *rel ? cr_path_join(w->root, rel) : cr_strdup(w->root);

    return cr_dir_each(at, step_in, &(struct step){w, rel}, err);
}

int cr_context_add_tree(struct cr_context *ctx, const char *prefix, const char *dir, const struct cr_ignore *ignore,
                        struct cr_error *err)
{
    CR_AUTO_FREE char *real = realpath(dir, NULL);
    struct walk w = {.ctx = ctx, .prefix = prefix, .root = dir, .real = real, .ignore = ignore};

    if (!real)
        return cr_fail(err, CR_E_IO, "cannot open the directory '%s': %s", dir, strerror(errno));
    return walk_dir(&w, "", err);
}

/* ---- the name ---- */

const struct cr_entry *cr_context_find(const struct cr_context *ctx, const char *path)
{
    for (size_t i = 0; i < ctx->len; i++)
        if (!strcmp(ctx->entry[i].path, path))
            return &ctx->entry[i];
    return NULL;
}

static int by_path(const void *a, const void *b)
{
    const struct cr_entry *x = a, *y = b;
    int order = strcmp(x->path, y->path);

    return order ? order : (int)x->kind - (int)y->kind;
}

static void add_parents(struct cr_context *ctx)
{
    size_t own = ctx->len;

    for (size_t i = 0; i < own; i++) {
        for (size_t n = 0; ctx->entry[i].path[n]; n++) {
            struct cr_entry e = {.kind = CR_ENTRY_DIR, .mode = 0755};
            struct cr_error never;

            if (ctx->entry[i].path[n] != '/' || (i && !strncmp(ctx->entry[i - 1].path, ctx->entry[i].path, n + 1)))
                continue; /* the entry before it, in the same directory, has brought it */
            e.path = cr_strndup(ctx->entry[i].path, n);
            if (add(ctx, &e, &never) < 0)
                entry_clear(&e);
        }
    }
}

/* Sorts; a directory that is there twice is one, two files of one path are a fault, as is a file where a directory is.
 */
static int sort(struct cr_context *ctx, struct cr_error *err)
{
    size_t keep = 0;

    if (!ctx->len)
        return cr_fail(err, CR_E_CONFIG, "the build context is empty");
    qsort(ctx->entry, ctx->len, sizeof(*ctx->entry), by_path);
    add_parents(ctx);
    qsort(ctx->entry, ctx->len, sizeof(*ctx->entry), by_path);
    for (size_t i = 1; i < ctx->len; i++) {
        const struct cr_entry *a = &ctx->entry[keep], *b = &ctx->entry[i];

        if (strcmp(a->path, b->path) != 0) {
            ctx->entry[++keep] = *b;
        } else if (a->kind == CR_ENTRY_DIR && b->kind == CR_ENTRY_DIR) {
            entry_clear(&ctx->entry[i]);
        } else {
            cr_fail(err, CR_E_CONFIG, "two files want to be '%s' in the build context", b->path);
            for (keep++; i < ctx->len; i++)
                ctx->entry[keep++] = ctx->entry[i];
            ctx->len = keep;
            return -1;
        }
    }
    ctx->len = keep + 1;
    return 0;
}

int cr_context_name(struct cr_context *ctx, struct cr_hash_cache *cache, char sha256[CR_SHA256_HEX],
                    struct cr_error *err)
{
    static const char kinds[] = {
        [CR_ENTRY_DIR] = 'd', [CR_ENTRY_BYTES] = 'f', [CR_ENTRY_FILE] = 'f', [CR_ENTRY_LINK] = 'l'};
    struct cr_sha256 *h;

    if (!ctx->sealed) {
        if (sort(ctx, err) < 0 || cr_context_hash(ctx, cache, err) < 0)
            return -1;
        h = cr_sha256_new();
        cr_sha256_add(h, CR_CONTEXT_PACKER, sizeof(CR_CONTEXT_PACKER));
        for (size_t i = 0; i < ctx->len; i++) {
            const struct cr_entry *e = &ctx->entry[i];
            CR_AUTO_FREE char *row =
                cr_format("%c %04o %lld %s %s", kinds[e->kind], e->mode, (long long)e->size, e->sha256, e->path);

            cr_sha256_add(h, row, strlen(row) + 1); /* the NUL ends a row: no path has one */
        }
        cr_sha256_end(h, ctx->sha256);
        ctx->sealed = true;
    }
    memcpy(sha256, ctx->sha256, CR_SHA256_HEX);
    return 0;
}

char *cr_context_object(const struct cr_context *ctx)
{
    return cr_format("source/%s.tgz", ctx->sha256);
}

int64_t cr_context_size(const struct cr_context *ctx)
{
    int64_t size = 0;

    for (size_t i = 0; i < ctx->len; i++)
        size += ctx->entry[i].size;
    return size;
}
