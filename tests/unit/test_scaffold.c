#include "lib/test.h"

#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "core/check.h"
#include "core/jsonschema.h"
#include "core/scaffold.h"

static char dir[] = "/tmp/test_scaffold.XXXXXX";

static void put(const char *name, const char *text)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, name), *parent = cr_strndup(path, (size_t)(strrchr(path, '/') - path));
    struct cr_error err = {0};

    assert_ok(cr_dir_make(parent, 0755, &err), &err);
    assert_ok(cr_file_write(path, text, strlen(text), 0644, &err), &err);
}

static void fresh(void)
{
    struct cr_error err = {0};

    assert_ok(cr_dir_remove(dir, &err), &err);
    assert_ok(cr_dir_make(dir, 0755, &err), &err);
}

TEST(a_hugging_face_directory_is_understood)
{
    static const struct {
        const char *graph, *config, *tokenizer;     /* files to make; NULL: none */
        const char *task, *model, *length, *stride; /* what comes out */
    } rows[] = {
        {"model.onnx", "{\"architectures\":[\"BertForQuestionAnswering\"],\"max_position_embeddings\":512}", NULL,
         "question-answering", "model.onnx", "384", "128"},
        {"onnx/model.onnx", "{\"architectures\":[\"DistilBertForQuestionAnswering\"],\"max_position_embeddings\":96}",
         NULL, "question-answering", "onnx/model.onnx", "96", "32"},
        {"model.onnx", "{\"architectures\":[\"BertForQuestionAnswering\"],\"max_position_embeddings\":512}",
         "{\"model_max_length\":256}", "question-answering", "model.onnx", "256", "85"},
        {"model.onnx", "{\"architectures\":[\"BertForQuestionAnswering\"]}", "{\"model_max_length\":1e30}",
         "question-answering", "model.onnx", "384", "128"},
        {"model.onnx", "{\"architectures\":[\"BertForMaskedLM\"]}", NULL, "tensor", "model.onnx", NULL, NULL},
        {"model.onnx", NULL, NULL, "tensor", "model.onnx", NULL, NULL},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_SCAFFOLD struct cr_scaffold s = {0};
        struct cr_error err = {0};

        fresh();
        put(rows[i].graph, "x");
        if (rows[i].config)
            put("config.json", rows[i].config);
        if (rows[i].tokenizer)
            put("tokenizer_config.json", rows[i].tokenizer);
        put("vocab.txt", "x");
        assert_ok(cr_scaffold_look(dir, &s, &err), &err);
        assert_string_equal(s.text[CR_KEY_MODEL_TASK], rows[i].task);
        assert_string_equal(s.text[CR_KEY_FILE_MODEL], rows[i].model);
        assert_string_equal(s.text[CR_KEY_FILE_VOCAB], "vocab.txt");
        assert_null(s.text[CR_KEY_FILE_TOKENIZER]);
        assert_int_equal(s.text[CR_KEY_FILE_CONFIG] != NULL, rows[i].config != NULL);
        if (!rows[i].length) {
            assert_null(s.text[CR_KEY_SERVER_MAX_LENGTH]);
            continue;
        }
        assert_string_equal(s.text[CR_KEY_SERVER_MAX_LENGTH], rows[i].length);
        assert_string_equal(s.text[CR_KEY_SERVER_STRIDE], rows[i].stride);
    }
    fresh();
}

TEST(a_directory_that_is_none_says_why)
{
    CR_AUTO_SCAFFOLD struct cr_scaffold s = {0};
    struct cr_error err = {0};

    fresh();
    assert_int_equal(cr_scaffold_look(dir, &s, &err), -1);
    assert_int_equal(err.code, CR_E_CONFIG);
    assert_non_null(strstr(err.hint, "onnx"));
    put("model.onnx", "x");
    put("config.json", "{");
    assert_int_equal(cr_scaffold_look(dir, &s, &err), -1);
    assert_non_null(strstr(err.msg, "config.json:1:"));
}

/* Makes every indented comment a line. */
static void uncomment(char *text)
{
    for (char *line = text; line; line = strchr(line, '\n')) {
        size_t indent = strspn(++line, " ");

        if (indent && strncmp(line + indent, "# ", 2) == 0)
            memmove(line + indent, line + indent + 2, strlen(line + indent + 2) + 1);
    }
}

/* What init writes is read back without a fault, also with every comment made a line. */
TEST(the_manifest_written_is_a_manifest)
{
    static const char *const tasks[] = {"question-answering", "tensor"};

    for (size_t i = 0; i < 2 * CR_LEN(tasks); i++) {
        CR_AUTO_SCAFFOLD struct cr_scaffold s = {.samples = true};
        CR_AUTO_MANIFEST struct cr_manifest m = {0};
        CR_AUTO_PLAN struct cr_plan plan = {0};
        CR_AUTO_PROBLEMS struct cr_problems p = {0};
        struct cr_layer layers[CR_ORIGIN_COUNT] = {0};
        struct cr_error err = {0};
        CR_AUTO_FREE char *text = NULL;

        cr_scaffold_set(&s, CR_KEY_NAME, "x");
        cr_scaffold_set(&s, CR_KEY_MODEL_TASK, tasks[i % 2]);
        cr_scaffold_set(&s, CR_KEY_FILE_VOCAB, "a \"b\\c: d.txt");
        text = cr_scaffold_manifest(&s);
        if (i >= CR_LEN(tasks))
            uncomment(text);
        assert_ok(cr_manifest_parse(text, strlen(text), "m.yaml", ".", &m, &p, &err), &err);
        if (p.len)
            fail_msg("%s: %s in:\n%s", p.row[0].place, p.row[0].msg, text);
        assert_string_equal(m.text[CR_KEY_FILE_VOCAB], "a \"b\\c: d.txt");
        assert_int_equal(m.samples, i % 2 == 0);
        assert_ok(cr_plan_make(&m, layers, &plan, &p, &err), &err);
        /* Examples that are commented out are legal each, not all together: a GPU wants more CPU. */
        assert_ok(cr_check(&plan, i < CR_LEN(tasks) ? CR_PROFILE_CURRENT : CR_PROFILE_NONE, false, false, &p, &err),
                  &err);
        if (p.len)
            fail_msg("%s: %s", p.row[0].place, p.row[0].msg);
    }
}

TEST(names_are_made_legal)
{
    static const struct {
        const char *text, *name;
    } rows[] = {
        {"My Model", "my-model"},
        {"9 lives", "lives"},
        {"a__b--", "a-b"},
        {"", "model"},
        {"...", "model"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbb", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        char name[50];

        cr_scaffold_name(rows[i].text, name);
        assert_string_equal(name, rows[i].name);
        assert_true(cr_name_ok(name));
    }
}

TEST(the_schema_knows_every_key)
{
    json_auto_t *schema = cr_jsonschema();

    assert_string_equal(json_string_value(json_object_get(schema, "$schema")),
                        "https://json-schema.org/draft/2020-12/schema");
    for (int key = 0; key < CR_KEY_COUNT; key++) {
        CR_AUTO_FREE char *path = cr_strdup(cr_keys[key].path);
        json_t *at = schema;
        char *rest = path, *part;

        while ((part = strsep(&rest, "."))) {
            assert_true(json_is_false(json_object_get(at, "additionalProperties")));
            at = json_object_get(json_object_get(at, "properties"), part);
        }
        assert_string_equal(json_string_value(json_object_get(at, "description")), cr_keys[key].help);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hugging_face_directory_is_understood),
        cmocka_unit_test(a_directory_that_is_none_says_why),
        cmocka_unit_test(the_manifest_written_is_a_manifest),
        cmocka_unit_test(names_are_made_legal),
        cmocka_unit_test(the_schema_knows_every_key),
    };
    struct cr_error err = {0};
    int failed;

    if (!mkdtemp(dir))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    return cr_dir_remove(dir, &err) < 0 ? 1 : failed;
}
