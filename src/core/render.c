#include "core/render.h"

#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "core/label.h"
#include "core/render_model.h"
#include "core/render_tree.h"
#include "core/template.h"

#define TEMPLATE_MAX (16 << 20)

/* ---- crdeploy.json ---- */

static int config_files(const struct cr_plan *plan, json_t *files, struct cr_error *err)
{
    for (enum cr_key key = CR_KEY_FILE_MODEL; key <= CR_KEY_FILE_CONFIG; key++) {
        CR_AUTO_FREE char *path = NULL;

        if (render_model_path(plan, key, &path, err) < 0)
            return -1;
        if (json_object_set_new(files, cr_key_name(key), path ? json_string(path) : json_null()) < 0)
            return cr_fail(err, CR_E_CONFIG, "%s: '%s' is not UTF-8", plan->value[key].where, path);
    }
    return 0;
}

static json_t *config_server(const struct cr_plan *plan)
{
    static const enum cr_key numbers[] = {CR_KEY_SERVER_MAX_LENGTH, CR_KEY_SERVER_STRIDE,
                                          CR_KEY_SERVER_MAX_ANSWER_TOKENS, CR_KEY_SERVER_QUEUE, CR_KEY_SERVER_MAX_BODY};
    json_t *server = json_object();

    json_object_set_new(server, "path", json_string(cr_plan_text(plan, CR_KEY_SERVER_PATH)));
    json_object_set_new(server, "output", json_string(cr_plan_text(plan, CR_KEY_SERVER_OUTPUT)));
    for (size_t i = 0; i < CR_LEN(numbers); i++)
        json_object_set_new(server, cr_key_name(numbers[i]), json_integer(plan->number[numbers[i]]));
    if (cr_plan_has(plan, CR_KEY_SERVER_THREADS)) /* else the server takes as many as its container has CPUs */
        json_object_set_new(server, "threads", json_integer(plan->number[CR_KEY_SERVER_THREADS]));
    return server;
}

static json_t *config_samples(const struct cr_manifest *m)
{
    json_t *samples = json_array();

    for (size_t i = 0; m && i < m->samples; i++)
        json_array_append_new(samples, json_pack("{s:O, s:O*, s:f}", "request", m->sample[i].request, "response",
                                                 m->sample[i].response, "tolerance", m->sample[i].tolerance));
    return samples;
}

int cr_render_config(const struct cr_plan *plan, json_t **config, struct cr_error *err)
{
    json_auto_t *files = json_object();

    if (config_files(plan, files, err) < 0)
        return -1;
    *config = json_pack("{s:s, s:s, s:s, s:O, s:o, s:o}", "name", cr_plan_text(plan, CR_KEY_NAME), "task",
                        cr_plan_text(plan, CR_KEY_MODEL_TASK), "optimize", cr_plan_text(plan, CR_KEY_BUILD_OPTIMIZE),
                        "files", files, "server", config_server(plan), "samples", config_samples(plan->manifest));
    cr_oom_check(*config);
    return 0;
}

/* ---- templates ---- */

struct job {
    const struct tree *tree;
    const json_t *data;
};

/* {{> name}} is a template's path in the tree, with or without the "_" of a partial. */
static int partial(void *ud, const char *name, char **text, size_t *len, struct cr_error *err)
{
    const struct job *job = ud;
    CR_AUTO_FREE char *hidden = cr_format("_%s", name);
    const struct tree_file *f = tree_find(job->tree, name);

    if (!f)
        f = tree_find(job->tree, hidden);
    if (!f)
        return cr_fail(err, CR_E_CONFIG, "there is no partial '%s' among the templates", name);
    return cr_file_read(f->path, TEMPLATE_MAX, text, len, err);
}

static int add_template(const struct job *job, const struct tree_file *f, struct cr_context *ctx, struct cr_error *err)
{
    CR_AUTO_FREE char *text = NULL, *out = NULL;
    size_t len, out_len;
    struct cr_template t = {.name = f->path, .escape = cr_escape_of(f->name), .partial = partial, .ud = (void *)job};

    if (cr_file_read(f->path, TEMPLATE_MAX, &text, &len, err) < 0)
        return -1;
    if (!f->rendered)
        return cr_context_add_bytes(ctx, f->name, text, len, f->mode, err);
    t.text = text;
    t.len = len;
    if (cr_template_render(&t, job->data, &out, &out_len, err) < 0)
        return -1;
    return cr_context_add_bytes(ctx, f->name, out, out_len, f->mode, err);
}

/* crdeploy.json and what only templates want to know. */
static json_t *template_data(const struct cr_plan *plan, const json_t *config, const struct cr_lock *lock)
{
    CR_AUTO_FREE char *base =
        lock->base_digest ? cr_format(CR_BASE_IMAGE "@%s", lock->base_digest) : cr_strdup(CR_BASE_IMAGE);
    json_t *data = cr_oom_check(json_deep_copy(config));

    json_object_set_new(data, "description", json_string(cr_plan_text(plan, CR_KEY_DESCRIPTION)));
    json_object_set_new(data, "base_image", json_string(base));
    json_object_set_new(data, "version", json_string(CR_VERSION));
    json_object_set_new(data, "snapshot", json_string(cr_plan_text(plan, CR_KEY_BUILD_SNAPSHOT)));
    json_object_set_new(data, "labels", cr_label_list(plan, lock, base));
    return data;
}

static int add_templates(const struct cr_plan *plan, const char *dir, const json_t *data, struct cr_context *ctx,
                         struct cr_error *err)
{
    CR_AUTO_FREE char *user = cr_plan_path(plan, CR_KEY_BUILD_TEMPLATE_DIR);
    CR_AUTO(tree_clear) struct tree tree = {0};
    struct job job = {.tree = &tree, .data = data};

    if (tree_load(dir, user, &tree, err) < 0)
        return -1;
    if (!tree_find(&tree, "Dockerfile")) {
        cr_fail(err, CR_E_IO, "there is no Dockerfile among the templates in '%s'", dir);
        return cr_hint(err, "install crdeploy anew, or add Dockerfile.mustache to build.template_dir");
    }
    for (size_t i = 0; i < tree.len; i++)
        if (!tree.file[i].partial && add_template(&job, &tree.file[i], ctx, err) < 0)
            return -1;
    return 0;
}

static int add_text(struct cr_context *ctx, const char *path, const char *text, struct cr_error *err)
{
    return cr_context_add_bytes(ctx, path, text, strlen(text), 0644, err);
}

static int fill(const struct cr_plan *plan, const char *templates_dir, const char *base_digest,
                struct cr_hash_cache *cache, struct cr_context *ctx, struct cr_lock *lock, struct cr_error *err)
{
    CR_AUTO_FREE char *dump = NULL, *text = NULL, *locked = NULL;
    json_auto_t *config = NULL, *data = NULL;
    char name[CR_SHA256_HEX];

    if (cr_render_config(plan, &config, err) < 0 || render_model_files(plan, cache, ctx, err) < 0)
        return -1;
    render_model_lock(plan, ctx, lock);
    cr_lock_base(lock, CR_BASE_IMAGE, base_digest);
    data = template_data(plan, config, lock);
    if (add_templates(plan, templates_dir, data, ctx, err) < 0)
        return -1;
    locked = cr_lock_text(lock);
    dump = cr_oom_check(json_dumps(config, JSON_INDENT(1) | JSON_SORT_KEYS));
    text = cr_format("%s\n", dump);
    if (add_text(ctx, CR_CONTEXT_MARK, text, err) < 0 || add_text(ctx, CR_LOCK_NAME, locked, err) < 0)
        return -1;
    return cr_context_name(ctx, cache, name, err);
}

int cr_render_context(const struct cr_plan *plan, const char *templates_dir, const char *base_digest,
                      struct cr_hash_cache *cache, struct cr_context *ctx, struct cr_lock *lock, struct cr_error *err)
{
    CR_AUTO_CONTEXT struct cr_context made = {0};
    CR_AUTO_LOCK struct cr_lock pins = {0};

    if (fill(plan, templates_dir, base_digest, cache, &made, &pins, err) < 0)
        return -1;
    *ctx = made;
    made = (struct cr_context){0};
    if (lock) {
        *lock = pins;
        pins = (struct cr_lock){0};
    }
    return 0;
}
