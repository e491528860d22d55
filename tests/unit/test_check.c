#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "core/check.h"

#define QA "name: x\nmodel: {task: question-answering, files: {vocab: vocab.txt}}\n"
#define TENSOR "name: x\nmodel: {task: tensor}\n"

static void check(const char *yaml, const char *dir, bool files, struct cr_problems *p)
{
    struct cr_layer layers[CR_ORIGIN_COUNT] = {0};
    CR_AUTO_MANIFEST struct cr_manifest m = {0};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    struct cr_error err = {0};

    assert_ok(cr_manifest_parse(yaml, strlen(yaml), "m.yaml", dir, &m, p, &err), &err);
    assert_ok(cr_plan_make(&m, layers, &plan, p, &err), &err);
    assert_ok(cr_check(&plan, CR_PROFILE_CURRENT, files, false, p, &err), &err);
}

TEST(one_fault_one_row)
{
    static const struct {
        const char *yaml, *place, *msg, *hint;
        bool warning;
    } rows[] = {
        {"model: {task: tensor}\n", "m.yaml", "name is missing", "name: my-model", false},
        {"name: x\n", "m.yaml", "model.task is missing", "task: tensor", false},
        {"name: My_Model\nmodel: {task: tensor}\n", "m.yaml:1:7", "'My_Model' is no name", "write my-model", false},
        {"name: 9lives\nmodel: {task: tensor}\n", "m.yaml:1:7", "'9lives' is no name", "write lives", false},
        {"name: a-\nmodel: {task: tensor}\n", "m.yaml:1:7", "'a-' is no name", "write a", false},
        {"name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\nmodel: {task: tensor}\n", "m.yaml:1:7", "'aaa",
         "write aaa", false},
        {"name: x\nmodel: {task: question-answering}\n", "m.yaml:2:15", "needs a tokenizer", "tokenizer.json", false},
        {TENSOR "deploy: {max_instances: 0}\n", "m.yaml:3:25", "reads it as no maximum", "1 is the smallest", false},
        {TENSOR "deploy: {max: 0}\n", "m.yaml:3:15", "reads it as no maximum", "1 is the smallest", false},
        {TENSOR "labels: {Team: a}\n", "m.yaml:3:9", "'Team' is no key", "write team", false},
        {TENSOR "labels: {v: v1.0}\n", "m.yaml:3:9", "'v1.0' is no value", "write v1-0", false},
        {TENSOR "deploy: {env: {PORT: 1}}\n", "m.yaml:3:15", "'PORT' is no name", "--port", false},
        {TENSOR "deploy: {env: {K_SERVICE: 1}}\n", "m.yaml:3:15", "'K_SERVICE' is no name", "remove", false},
        {TENSOR "deploy: {env: {'A=B': 1}}\n", "m.yaml:3:15", "'A=B'", "write A_B", false},
        {TENSOR "deploy: {env: {'A B': 1}}\n", "m.yaml:3:15", "'A B'", "write A_B", false},
        {TENSOR "server: {path: predict}\n", "m.yaml:3:16", "'predict' is no path", "/predict", false},
        {TENSOR "server: {path: /ready}\n", "m.yaml:3:16", "the server answers these itself", "/predict", false},
        {TENSOR "server: {path: /healthz}\n", "m.yaml:3:16", "end in z", "/predict", true},
        {TENSOR "server: {stride: 384}\n", "m.yaml:3:18", "stride 384 is not below max_length 384", "stride: 383",
         false},
        {TENSOR "deploy: {port: 0}\n", "m.yaml:3:16", "port 0 is too low", "port: 1", false},
        {"name: x\nmodel: {task: tensor, files: {model: ../m.onnx}}\n", "m.yaml:2:38", "leads out of the source",
         "inside", false},
        {"name: x\nmodel: {task: tensor, files: {model: /m.onnx}}\n", "m.yaml:2:38", "leads out of the source",
         "inside", false},
        {QA "samples: [{request: {context: a}}]\n", "m.yaml:3:11", "context and question", "request: {", false},
        {QA "samples: [{request: {context: 1, question: b}}]\n", "m.yaml:3:11", "context and question", "quote", false},
        {QA "samples: [{request: {context: a, question: b}, response: 7}]\n", "m.yaml:3:11", "the answer as text", "\"",
         false},
        {QA "server: {output: full}\nsamples: [{request: {context: a, question: b}, response: c}]\n", "m.yaml:4:11",
         "an object with an answer", "answer", false},
        {TENSOR "samples: [{request: {x: 1}}]\n", "m.yaml:3:11", "needs inputs", "datatype", false},
        {TENSOR "samples: [{request: {inputs: [{name: x, shape: [1], datatype: FP32, data: [1]}]}, response: 1}]\n",
         "m.yaml:3:11", "needs outputs", "outputs", false},
        {TENSOR "deploy: {project: p/q}\n", "m.yaml:3:19", "'p/q' is no project", "--project", false},
        {TENSOR "deploy: {region: a b}\n", "m.yaml:3:18", "'a b' is no region", "--region", false},
        {TENSOR "deploy: {image: a b}\n", "m.yaml:3:17", "'a b' is no image", "docker.pkg.dev", false},
        {TENSOR "deploy: {image: ''}\n", "m.yaml:3:17", "'' is no image", "docker.pkg.dev", false},
        {TENSOR "build: {image: models/x:1}\n", "m.yaml:3:16", "'models/x:1' names no registry", "docker.pkg.dev",
         false},
        {TENSOR "build: {image: 'x:1'}\n", "m.yaml:3:16", "'x:1' names no registry", "docker.pkg.dev", false},
        {"name: x\nmodel: {task: fill-mask}\n", "m.yaml:2:15", "comes later", "tensor", false},
        {"name: x\nmodel: {task: tensor, source: 'hf://a/b'}\n", "m.yaml:2:31", "hf:// comes later", "directory",
         false},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_PROBLEMS struct cr_problems p = {0};

        check(rows[i].yaml, ".", false, &p);
        if (p.len != 1)
            fail_msg("row %zu: %zu faults, last: %s", i, p.len, p.len ? p.row[p.len - 1].msg : "");
        if (strcmp(p.row[0].place, rows[i].place) != 0 || !strstr(p.row[0].msg, rows[i].msg) ||
            !strstr(p.row[0].hint, rows[i].hint) || p.row[0].warning != rows[i].warning)
            fail_msg("row %zu: %s: %s; %s", i, p.row[0].place, p.row[0].msg, p.row[0].hint);
    }
}

TEST(good_manifests_have_no_fault)
{
    static const char *const rows[] = {
        TENSOR,
        QA,
        QA "server: {output: full}\nsamples: [{request: {context: a, question: b}, response: {answer: c}}]\n",
        TENSOR "labels: {a-b_1: '', k: v}\ndeploy: {env: {A: '', B: 'x,y'}, cpu: 0.5, memory: 1Gi}\n",
        TENSOR "deploy: {cpu: 2, memory: 3G, concurrency: 1}\nserver: {stride: 383}\n",
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_PROBLEMS struct cr_problems p = {0};

        check(rows[i], ".", false, &p);
        if (p.len)
            fail_msg("row %zu: %s: %s", i, p.row[0].place, p.row[0].msg);
    }
}

TEST(files_are_looked_at)
{
    char dir[] = "/tmp/test_check.XXXXXX";
    struct cr_error err = {0};
    static const struct {
        const char *make, *yaml, *msg, *hint;
    } rows[] = {
        {"a", TENSOR, "model.files.model", "put the file there"},
        {"onnx/model.onnx", TENSOR, "model.files.model", "model: onnx/model.onnx"},
        {"model.onnx", QA, "model.files.vocab", "put the file there"},
        {"vocab.txt", "name: x\nmodel: {task: question-answering}\n", "needs a tokenizer", "vocab: vocab.txt"},
        {"vocab.txt", "name: x\nmodel: {task: tensor, source: nowhere}\n", "is not a directory", "make it"},
        {"vocab.txt", "name: x\nmodel: {task: tensor, files: {model: onnx}}\n", "is not a file",
         "there is 'model.onnx'"},
        {"vocab.txt", TENSOR "build: {template_dir: t}\n", "is not a directory", "make it"},
        {"vocab.txt", QA, NULL, NULL},
    };

    assert_non_null(mkdtemp(dir));
    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_PROBLEMS struct cr_problems p = {0};
        CR_AUTO_FREE char *path = cr_path_join(dir, rows[i].make), *parent = cr_path_join(dir, "onnx");

        assert_ok(cr_dir_make(parent, 0755, &err), &err);
        assert_ok(cr_file_write(path, "\x3a", 2, 0644, &err), &err); /* an empty graph is one, too */
        check(rows[i].yaml, dir, true, &p);
        if (!rows[i].msg) {
            assert_int_equal(p.len, 0);
            continue;
        }
        if (p.len != 1 || !strstr(p.row[0].msg, rows[i].msg) || !strstr(p.row[0].hint, rows[i].hint))
            fail_msg("row %zu: %zu faults: %s; %s", i, p.len, p.len ? p.row[0].msg : "", p.len ? p.row[0].hint : "");
    }
    assert_ok(cr_dir_remove(dir, &err), &err);
}

TEST(a_target_is_needed_to_send)
{
    struct cr_layer layers[CR_ORIGIN_COUNT] = {0};
    struct cr_layer *options = &layers[CR_FROM_OPTION];
    static const struct {
        const char *project, *region, *msg; /* NULL: good */
    } rows[] = {
        {NULL, NULL, "no project is set"},
        {"p", NULL, "no region is set"},
        {"p", "r", NULL},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_PLAN struct cr_plan plan = {0};
        CR_AUTO_PROBLEMS struct cr_problems p = {0};
        struct cr_error err = {0};

        options->text[CR_KEY_PROJECT] = rows[i].project;
        options->text[CR_KEY_REGION] = rows[i].region;
        assert_ok(cr_plan_make(NULL, layers, &plan, &p, &err), &err);
        if (!rows[i].msg) {
            assert_ok(cr_check_target(&plan, &err), &err);
            continue;
        }
        assert_int_equal(cr_check_target(&plan, &err), -1);
        assert_int_equal(err.code, CR_E_CONFIG);
        assert_string_equal(err.msg, rows[i].msg);
        assert_non_null(strstr(err.hint, "--"));
    }
}

TEST_MAIN(cmocka_unit_test(one_fault_one_row), cmocka_unit_test(good_manifests_have_no_fault),
          cmocka_unit_test(files_are_looked_at), cmocka_unit_test(a_target_is_needed_to_send))
