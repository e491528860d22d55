#include "core/render_model.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"

#define PREFIX "model/"
#define PARTS_MAX 64 /* files of external weights: MODEL_data_1 … */

/* Puts the place of the value in front of what err says. */
static int at_place(const struct cr_plan *plan, enum cr_key key, struct cr_error *err)
{
    const char *where = plan->value[key].where;

    return where && *where ? cr_wrap(err, "%s", where) : -1;
}

/* Drops "." and doubled slashes; what is absolute or climbs is no file inside the source. */
static int normal(const char *name, char **out, struct cr_error *err)
{
    CR_AUTO_FREE char *path = cr_calloc(strlen(name) + 1, 1);
    size_t len = 0;

    for (const char *part = name; *part; part += strspn(part, "/")) {
        size_t n = strcspn(part, "/");

        if (!n || (n == 2 && !memcmp(part, "..", 2))) {
            cr_fail(err, CR_E_CONFIG, "'%s' is not inside the model's source", name);
            return cr_hint(err, "name the file relative to model.source, without '..'");
        }
        if (n != 1 || *part != '.') {
            if (len)
                path[len++] = '/';
            memcpy(path + len, part, n);
            len += n;
        }
        part += n;
    }
    if (!len)
        return cr_fail(err, CR_E_CONFIG, "'%s' is no name of a file", name);
    *out = CR_STEAL(path);
    return 0;
}

int render_model_path(const struct cr_plan *plan, enum cr_key key, char **path, struct cr_error *err)
{
    CR_AUTO_FREE char *name = NULL;

    if (!cr_plan_has(plan, key)) {
        *path = NULL;
        return 0;
    }
    if (normal(cr_plan_text(plan, key), &name, err) < 0)
        return at_place(plan, key, err);
    *path = cr_format(PREFIX "%s", name);
    return 0;
}

/* A link is followed inside the source, and no further: what the manifest names must be in the directory it names. */
static int check_inside(const char *source, const char *file, struct cr_error *err)
{
    CR_AUTO_FREE char *root = realpath(source, NULL), *real = realpath(file, NULL);
    size_t n = root ? strlen(root) : 0;

    if (!root)
        return cr_fail(err, CR_E_CONFIG, "the model's source '%s' is not there: %s", source, strerror(errno));
    if (!real)
        return cr_fail(err, CR_E_CONFIG, "the file '%s' is not there: %s", file, strerror(errno));
    if (n > 1 && (strncmp(real, root, n) != 0 || real[n] != '/')) {
        cr_fail(err, CR_E_CONFIG, "the link '%s' leads out of '%s', to '%s'", file, source, real);
        return cr_hint(err, "put the file itself there, as with: cp -L --remove-destination '%s' '%s'", real, file);
    }
    return 0;
}

static int add(const char *source, const char *path, struct cr_context *ctx, struct cr_error *err)
{
    CR_AUTO_FREE char *file = cr_path_join(source, path + strlen(PREFIX));

    if (cr_context_find(ctx, path))
        return 0;
    if (check_inside(source, file, err) < 0)
        return -1;
    return cr_context_add_file(ctx, path, file, err);
}

/* Graphs over 2 GiB keep their weights beside them, under a name that follows the graph's. */
static int add_weights(const char *source, const char *graph, struct cr_context *ctx, struct cr_error *err)
{
    for (int i = -1; i < PARTS_MAX; i++) {
        CR_AUTO_FREE char *path = i < 0 ? cr_format("%s.data", graph)
                                  : i   ? cr_format("%s_data_%d", graph, i)
                                        : cr_format("%s_data", graph);
        CR_AUTO_FREE char *file = cr_path_join(source, path + strlen(PREFIX));

        if (!cr_file_exists(file)) {
            if (i > 0)
                break;
        } else if (add(source, path, ctx, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int render_model_files(const struct cr_plan *plan, struct cr_hash_cache *cache, struct cr_context *ctx,
                       struct cr_error *err)
{
    CR_AUTO_FREE char *source = cr_plan_path(plan, CR_KEY_MODEL_SOURCE);

    for (enum cr_key key = CR_KEY_FILE_MODEL; key <= CR_KEY_FILE_CONFIG; key++) {
        CR_AUTO_FREE char *path = NULL;

        if (render_model_path(plan, key, &path, err) < 0)
            return -1;
        if (!path)
            continue;
        if (add(source ? source : ".", path, ctx, err) < 0 ||
            (key == CR_KEY_FILE_MODEL && add_weights(source ? source : ".", path, ctx, err) < 0))
            return at_place(plan, key, err);
    }
    return cr_context_hash(ctx, cache, err);
}

void render_model_lock(const struct cr_plan *plan, const struct cr_context *ctx, struct cr_lock *lock)
{
    lock->source = cr_strdup(cr_plan_text(plan, CR_KEY_MODEL_SOURCE));
    for (size_t i = 0; i < ctx->len; i++) {
        const struct cr_entry *e = &ctx->entry[i];

        if (e->kind == CR_ENTRY_FILE && !strncmp(e->path, PREFIX, strlen(PREFIX)))
            cr_lock_add(lock, e->path + strlen(PREFIX), e->size, e->sha256);
    }
}
