#include "lib/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "core/label.h"
#include "core/render.h"

static const char manifest_text[] = "name: scorer\n"
                                    "description: 'says \"hi\"'\n"
                                    "model:\n"
                                    "  task: tensor\n"
                                    "  source: ./files\n"
                                    "  files: {model: ./onnx//model.onnx, vocab: vocab.txt}\n"
                                    "server: {max_body: 2Mi, threads: 2}\n"
                                    "deploy: {cpu: 1500m, port: 9000}\n"
                                    "samples:\n"
                                    "  - request: {b: [1, 2.5], a: é}\n"
                                    "    response: {y: 0.1}\n"
                                    "    tolerance: 0.5\n"
                                    "  - request: plain\n";

struct place {
    char dir[64];
    struct cr_manifest manifest;
    struct cr_plan plan;
    struct cr_context ctx;
    struct cr_lock lock;
    const char *base; /* digest of the base image, or NULL */
};

static void put(const struct place *p, const char *name, const char *text, unsigned mode)
{
    CR_AUTO_FREE char *path = cr_path_join(p->dir, name), *parent = cr_strdup(path);
    struct cr_error err = {0};

    *strrchr(parent, '/') = '\0';
    assert_ok(cr_dir_make(parent, 0755, &err), &err);
    assert_ok(cr_file_write(path, text, strlen(text), mode, &err), &err);
}

static int make_place(void **state)
{
    struct place *p = cr_calloc(1, sizeof(*p));

    snprintf(p->dir, sizeof(p->dir), "/tmp/test_render.XXXXXX");
    *state = p;
    if (!mkdtemp(p->dir))
        return -1;
    put(p, "files/onnx/model.onnx", "graph", 0600);
    put(p, "files/onnx/model.onnx_data", "weights", 0644);
    put(p, "files/onnx/model.onnx_data_1", "more", 0644);
    put(p, "files/onnx/model.onnx.data", "other", 0644);
    put(p, "files/onnx/model.onnx_data_3", "no neighbour", 0644);
    put(p, "files/vocab.txt", "[PAD]\n", 0644);
    put(p, "files/secret.txt", "not named", 0644);
    put(p, "templates/Dockerfile.mustache", "FROM {{base_image}}\nLABEL d=\"{{description}}\"\nEXPOSE 8080\n", 0644);
    put(p, "templates/server/name.h.mustache", "{{>note}}\n#define NAME \"{{name}} {{description}}\"\n", 0644);
    put(p, "templates/server/run.sh", "exec {{name}}\n", 0755);
    put(p, "templates/_note.mustache", "/* {{server.threads}} */\n", 0644);
    put(p, "templates/room.mk", "no", 0644);
    put(p, "templates/server/main.o", "no", 0644);
    put(p, "templates/server/crdeploy-server-echo", "no", 0755); /* what a build inside the tree leaves */
    put(p, "templates/server/.dirstamp", "no", 0644);
    put(p, "templates/server/.main.c.swp", "no", 0644);
    put(p, "templates/server/.deps/main.Po", "no", 0644);
    return 0;
}

static int drop_place(void **state)
{
    struct place *p = *state;
    struct cr_error err;
    int rc = cr_dir_remove(p->dir, &err);

    cr_context_clear(&p->ctx);
    cr_lock_clear(&p->lock);
    cr_plan_clear(&p->plan);
    cr_manifest_clear(&p->manifest);
    free(p);
    return rc;
}

static int render(struct place *p, const char *text, const char *template_dir, struct cr_error *err)
{
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    CR_AUTO_FREE char *templates = cr_path_join(p->dir, "templates");
    struct cr_layer layers[CR_ORIGIN_COUNT] = {0};

    layers[CR_FROM_OPTION].text[CR_KEY_BUILD_TEMPLATE_DIR] = template_dir;
    layers[CR_FROM_OPTION].where[CR_KEY_BUILD_TEMPLATE_DIR] = "--template-dir";
    assert_ok(cr_manifest_parse(text, strlen(text), "crdeploy.yaml", p->dir, &p->manifest, &problems, err), err);
    assert_ok(cr_plan_make(&p->manifest, layers, &p->plan, &problems, err), err);
    if (problems.len)
        fail_msg("%s: %s", problems.row[0].place, problems.row[0].msg);
    return cr_render_context(&p->plan, templates, p->base, NULL, &p->ctx, &p->lock, err);
}

static void has(const struct place *p, const char *path, const char *text, unsigned mode)
{
    const struct cr_entry *e = cr_context_find(&p->ctx, path);

    if (!e)
        fail_msg("'%s' is not in the context", path);
    assert_int_equal(e->mode, mode);
    if (strlen(text) != (size_t)e->size || memcmp(text, e->bytes, strlen(text)) != 0)
        fail_msg("'%s' is '%.*s', not '%s'", path, (int)e->size, e->bytes, text);
}

TEST(the_context_is_templates_model_settings_and_lock)
{
    struct place *p = *state;
    struct cr_error err = {0};

    assert_ok(render(p, manifest_text, NULL, &err), &err);
    has(p, "Dockerfile", "FROM docker.io/library/debian:trixie-slim\nLABEL d=\"says \\\"hi\\\"\"\nEXPOSE 8080\n", 0644);
    has(p, "server/name.h", "/* 2 */\n#define NAME \"scorer says \\042hi\\042\"\n", 0644);
    has(p, "server/run.sh", "exec {{name}}\n", 0755);
    assert_non_null(cr_context_find(&p->ctx, "model/onnx/model.onnx"));
    assert_non_null(cr_context_find(&p->ctx, "model/onnx/model.onnx_data"));
    assert_non_null(cr_context_find(&p->ctx, "model/onnx/model.onnx_data_1"));
    assert_non_null(cr_context_find(&p->ctx, "model/onnx/model.onnx.data"));
    assert_non_null(cr_context_find(&p->ctx, "model/vocab.txt"));
    assert_int_equal(p->ctx.len, 8 + 2 + 3); /* files above, settings and lock, and three directories */
    assert_int_equal(strlen(p->ctx.sha256), 64);
}

TEST(settings_are_resolved)
{
    struct place *p = *state;
    struct cr_error err = {0};

    assert_ok(render(p, manifest_text, NULL, &err), &err);
    has(p, "crdeploy.json",
        "{\n \"files\": {\n  \"config\": null,\n  \"model\": \"model/onnx/model.onnx\",\n  \"tokenizer\": null,\n"
        "  \"vocab\": \"model/vocab.txt\"\n },\n \"name\": \"scorer\",\n \"optimize\": \"all\",\n \"samples\": [\n  {\n"
        "   \"request\": {\n    \"a\": \"é\",\n    \"b\": [\n     1,\n     2.5\n    ]\n   },\n   \"response\": {\n"
        "    \"y\": 0.10000000000000001\n   },\n   \"tolerance\": 0.5\n  },\n  {\n   \"request\": \"plain\",\n"
        "   \"tolerance\": 0.001\n  }\n ],\n \"server\": {\n  \"max_answer_tokens\": 15,\n"
        "  \"max_body\": 2097152,\n  \"max_length\": 384,\n  \"output\": \"answer\",\n  \"path\": \"/predict\",\n"
        "  \"queue\": 16,\n  \"stride\": 128,\n  \"threads\": 2\n },\n \"task\": \"tensor\"\n}\n",
        0644);
}

TEST(what_only_deploy_wants_leaves_the_name_alone)
{
    static const char *const deploys[] = {"{cpu: 1, memory: 512Mi}",
                                          "{cpu: 4, memory: 2Gi, port: 9999, max_instances: 3}"};
    struct place *p = *state;
    char names[CR_LEN(deploys)][CR_SHA256_HEX];
    struct cr_error err = {0};

    for (size_t i = 0; i < CR_LEN(deploys); i++) {
        CR_AUTO_FREE char *text = cr_format("name: n\nmodel: {task: tensor, source: files, files: {model: vocab.txt}}\n"
                                            "deploy: %s\n",
                                            deploys[i]);

        assert_ok(render(p, text, NULL, &err), &err);
        assert_null(memmem(cr_context_find(&p->ctx, "crdeploy.json")->bytes,
                           (size_t)cr_context_find(&p->ctx, "crdeploy.json")->size, "threads", 7));
        memcpy(names[i], p->ctx.sha256, sizeof(names[i]));
        cr_context_clear(&p->ctx);
        cr_lock_clear(&p->lock);
        cr_plan_clear(&p->plan);
        cr_manifest_clear(&p->manifest);
    }
    assert_string_equal(names[0], names[1]);
}

TEST(the_lock_pins_what_is_under_model)
{
    struct place *p = *state;
    CR_AUTO_FREE char *text = NULL;
    char sha256[CR_SHA256_HEX];
    struct cr_error err = {0};

    assert_ok(render(p, manifest_text, NULL, &err), &err);
    assert_int_equal(p->lock.files, 5);
    assert_string_equal(p->lock.source, "./files");
    cr_sha256("graph", 5, sha256);
    assert_string_equal(p->lock.file[0].path, "onnx/model.onnx");
    assert_string_equal(p->lock.file[0].sha256, sha256);
    text = cr_lock_text(&p->lock);
    has(p, "crdeploy.lock", text, 0644);
}

TEST(own_templates_replace_and_add_single_files)
{
    struct place *p = *state;
    CR_AUTO_FREE char *dir = cr_path_join(p->dir, "mine");
    struct cr_error err = {0};

    put(p, "mine/server/name.h", "plain {{name}}\n", 0644); /* in the place of a rendered one */
    put(p, "mine/server/run.sh.mustache", "exec {{{name}}}\n", 0755);
    put(p, "mine/_note.mustache", "unused\n", 0644);
    put(p, "mine/extra/page.html.mustache", "<p>{{description}}</p>", 0644);
    assert_ok(render(p, manifest_text, dir, &err), &err);
    has(p, "server/name.h", "plain {{name}}\n", 0644);
    has(p, "server/run.sh", "exec scorer\n", 0755);
    has(p, "extra/page.html", "<p>says &quot;hi&quot;</p>", 0644);
    assert_null(cr_context_find(&p->ctx, "_note"));
    assert_non_null(cr_context_find(&p->ctx, "Dockerfile"));
}

TEST(templates_see_the_labels_of_the_image)
{
    static const char licensed[] =
        "name: n\nmodel: {task: tensor, license: MIT, source: files, files: {model: vocab.txt}}\n"
        "build: {snapshot: 20261101T020304Z}\nsamples: [{request: 1}, {request: 2}]\n";
    static const char pairs[] = "{{#labels}}{{key}}={{value}}\n{{/labels}}{{snapshot}}\n";
    struct place *p = *state;
    CR_AUTO_FREE char *dir = cr_path_join(p->dir, "labels"), *want = NULL;
    char digest[CR_SHA256_HEX];
    struct cr_error err = {0};

    put(p, "labels/Dockerfile.mustache", pairs, 0644);
    assert_ok(render(p, licensed, dir, &err), &err);
    cr_lock_digest(&p->lock, digest);
    want = cr_format(CR_LABEL_BASE "=docker.io/library/debian:trixie-slim\n" CR_LABEL_SAMPLES "=2\n" CR_LABEL_TASK
                                   "=tensor\n" CR_LABEL_VERSION "=" CR_VERSION "\n" CR_LABEL_CREATED
                                   "=2026-11-01T02:03:04Z\n" CR_LABEL_LICENSES "=MIT\n" CR_LABEL_REVISION
                                   "=%s\n" CR_LABEL_SOURCE "=files\n" CR_LABEL_TITLE "=n\n" CR_LABEL_MODEL_VERSION
                                   "=%.12s\n20261101T020304Z\n",
                     digest, digest);
    has(p, "Dockerfile", want, 0644);
}

TEST(a_locked_base_image_is_named_by_its_digest)
{
    struct place *p = *state;
    CR_AUTO_FREE char *text = NULL;
    struct cr_error err = {0};

    p->base = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    assert_ok(render(p, manifest_text, NULL, &err), &err);
    text =
        cr_format("FROM docker.io/library/debian:trixie-slim@%s\nLABEL d=\"says \\\"hi\\\"\"\nEXPOSE 8080\n", p->base);
    has(p, "Dockerfile", text, 0644);
    assert_string_equal(p->lock.base_digest, p->base);
    assert_string_equal(p->lock.base_image, CR_BASE_IMAGE);
}

TEST(an_ignore_file_among_own_templates_is_obeyed)
{
    struct place *p = *state;
    CR_AUTO_FREE char *dir = cr_path_join(p->dir, "ignoring");
    struct cr_error err = {0};

    put(p, "ignoring/.gcloudignore", "*.bak\nnotes/\n", 0644);
    put(p, "ignoring/extra.txt", "kept", 0644);
    put(p, "ignoring/extra.txt.bak", "left", 0644);
    put(p, "ignoring/notes/todo.txt", "left", 0644);
    assert_ok(render(p, manifest_text, dir, &err), &err);
    has(p, "extra.txt", "kept", 0644);
    assert_null(cr_context_find(&p->ctx, "extra.txt.bak"));
    assert_null(cr_context_find(&p->ctx, "notes/todo.txt"));
    assert_null(cr_context_find(&p->ctx, ".gcloudignore"));
}

struct fault {
    const char *manifest, *want;
    enum cr_code code;
};

static void refuse(struct place *p, const struct fault *f, const char *template_dir)
{
    struct cr_error err = {0};

    assert_int_equal(render(p, f->manifest, template_dir, &err), -1);
    if (!strstr(err.msg, f->want))
        fail_msg("got '%s', want '%s'", err.msg, f->want);
    assert_int_equal(err.code, f->code);
    assert_int_equal(p->ctx.len, 0);
    assert_int_equal(p->lock.files, 0);
    cr_plan_clear(&p->plan);
    cr_manifest_clear(&p->manifest);
}

TEST(files_of_the_model_must_be_inside_its_source)
{
#define MODEL(files) "name: n\nmodel:\n  task: tensor\n  source: files\n  files: {model: " files "}\n"
    static const struct fault faults[] = {
        {MODEL("gone.onnx"), "crdeploy.yaml:5:18: the file '", CR_E_CONFIG},
        {MODEL("../templates/room.mk"), "crdeploy.yaml:5:18: '../templates/room.mk' is not inside", CR_E_CONFIG},
        {MODEL("/etc/passwd"), "crdeploy.yaml:5:18: '/etc/passwd' is not inside", CR_E_CONFIG},
        {MODEL("out.onnx"), "leads out of '", CR_E_CONFIG},
        {MODEL("onnx"), "is no regular file", CR_E_CONFIG},
    };
    struct place *p = *state;
    CR_AUTO_FREE char *link = cr_path_join(p->dir, "files/out.onnx"), *inside = cr_path_join(p->dir, "files/in.onnx");
    struct cr_error err = {0};

    assert_int_equal(symlink("../templates/room.mk", link), 0);
    assert_int_equal(symlink("onnx/model.onnx", inside), 0);
    for (size_t i = 0; i < CR_LEN(faults); i++)
        refuse(p, &faults[i], NULL);
    assert_ok(render(p, MODEL("in.onnx"), NULL, &err),
              &err); /* a link inside is followed: its content is what was named */
    assert_int_equal(cr_context_find(&p->ctx, "model/in.onnx")->size, 5);
    assert_int_equal(cr_context_find(&p->ctx, "model/in.onnx")->kind, CR_ENTRY_FILE);
}

TEST(faults_of_templates_are_told_with_their_place)
{
    static const struct {
        const char *file, *text;
        struct fault fault;
    } rows[] = {
        {"bad/a.mustache", "x\n{{#y}}", {manifest_text, "a.mustache:2:1: the section 'y'", CR_E_CONFIG}},
        {"bad/a.mustache", "{{>none}}", {manifest_text, "there is no partial 'none'", CR_E_CONFIG}},
        {"bad/a", "beside a.mustache", {manifest_text, "'a' and 'a.mustache' stand side by side", CR_E_CONFIG}},
    };
    struct place *p = *state;
    CR_AUTO_FREE char *dir = cr_path_join(p->dir, "bad"), *link = cr_path_join(p->dir, "linked/x"),
                      *linked = cr_path_join(p->dir, "linked");
    struct fault out = {manifest_text, "leads out of", CR_E_CONFIG},
                 reserved = {manifest_text, "two files want to be", CR_E_CONFIG};

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        put(p, rows[i].file, rows[i].text, 0644);
        refuse(p, &rows[i].fault, dir);
    }
    assert_int_equal(mkdir(linked, 0755), 0);
    assert_int_equal(symlink("../files/secret.txt", link), 0);
    refuse(p, &out, linked);
    assert_int_equal(unlink(link), 0);
    put(p, "linked/crdeploy.json", "{}", 0644);
    refuse(p, &reserved, linked);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_place, drop_place)
TEST_MAIN(CASE(the_context_is_templates_model_settings_and_lock), CASE(settings_are_resolved),
          CASE(what_only_deploy_wants_leaves_the_name_alone), CASE(the_lock_pins_what_is_under_model),
          CASE(own_templates_replace_and_add_single_files), CASE(an_ignore_file_among_own_templates_is_obeyed),
          CASE(templates_see_the_labels_of_the_image), CASE(a_locked_base_image_is_named_by_its_digest),
          CASE(files_of_the_model_must_be_inside_its_source), CASE(faults_of_templates_are_told_with_their_place))
