#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "core/plan.h"

static void make(const char *yaml, const char *dir, struct cr_layer *layers, struct cr_manifest *m,
                 struct cr_plan *plan, struct cr_problems *p)
{
    struct cr_error err = {0};

    if (yaml)
        assert_ok(cr_manifest_parse(yaml, strlen(yaml), "m.yaml", dir, m, p, &err), &err);
    assert_ok(cr_plan_make(yaml ? m : NULL, layers, plan, p, &err), &err);
}

/* Every origin says something else; each in turn is taken away from the top. */
TEST(the_highest_origin_wins)
{
    static const struct {
        enum cr_origin origin;
        const char *value, *where;
    } rows[] = {
        {CR_FROM_OPTION, "7", "--concurrency"}, {CR_FROM_ENV, "6", "$CRDEPLOY_CONCURRENCY"},
        {CR_FROM_MANIFEST, "5", "m.yaml:1:23"}, {CR_FROM_CONFIG, "4", "config"},
        {CR_FROM_GCLOUD, "3", "gcloud"},        {CR_FROM_PLATFORM, "2", "platform"},
        {CR_FROM_DEFAULT, "1", "default"},
    };
    struct cr_layer layers[CR_ORIGIN_COUNT] = {0};

    for (size_t i = 0; i < CR_LEN(rows); i++)
        layers[rows[i].origin].text[CR_KEY_CONCURRENCY] = rows[i].value;
    layers[CR_FROM_ENV].where[CR_KEY_CONCURRENCY] = "$CRDEPLOY_CONCURRENCY";
    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_MANIFEST struct cr_manifest m = {0};
        CR_AUTO_PLAN struct cr_plan plan = {0};
        CR_AUTO_PROBLEMS struct cr_problems p = {0};

        make(rows[i].origin >= CR_FROM_MANIFEST ? "deploy: {concurrency: 5}\n" : NULL, ".", layers, &m, &plan, &p);
        assert_int_equal(p.len, 0);
        assert_string_equal(cr_plan_text(&plan, CR_KEY_CONCURRENCY), rows[i].value);
        assert_int_equal(plan.number[CR_KEY_CONCURRENCY], rows[i].value[0] - '0');
        assert_string_equal(plan.value[CR_KEY_CONCURRENCY].where, rows[i].where);
        assert_int_equal(plan.value[CR_KEY_CONCURRENCY].origin, rows[i].origin);
        layers[rows[i].origin].text[CR_KEY_CONCURRENCY] = NULL;
    }
}

TEST(every_default_can_be_read)
{
    struct cr_layer layers[CR_ORIGIN_COUNT] = {0};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    CR_AUTO_PROBLEMS struct cr_problems p = {0};

    make(NULL, ".", layers, NULL, &plan, &p);
    assert_int_equal(p.len, 0);
    for (int key = 0; key < CR_KEY_COUNT; key++) {
        assert_non_null(cr_keys[key].path);
        assert_non_null(cr_keys[key].help);
        assert_int_equal(cr_plan_has(&plan, key), cr_keys[key].fallback != NULL);
    }
    assert_int_equal(plan.number[CR_KEY_MEMORY], 1073741824);
    assert_int_equal(plan.number[CR_KEY_CPU], 1000);
}

TEST(a_value_that_cannot_be_read_is_a_fault_where_it_stands)
{
    static const struct {
        enum cr_key key;
        const char *text, *msg, *hint;
    } rows[] = {
        {CR_KEY_CPU, "two", "'two' is not a number of CPUs", "2, 0.5"},
        {CR_KEY_MEMORY, "3GB", "'3GB' is not a size", "3G or 3Gi"},
        {CR_KEY_TIMEOUT, "soon", "'soon' is not a time", "5m"},
        {CR_KEY_CONCURRENCY, "1e1", "'1e1' is not a whole number", "digits"},
        {CR_KEY_CONCURRENCY, " 1", "' 1' is not a whole number", "digits"},
        {CR_KEY_PORT, "99999999999999999999", "is not a whole number", "digits"},
        {CR_KEY_PORT, "", "port is empty", "8080"},
        {CR_KEY_ALLOW_UNAUTHENTICATED, "yes", "'yes' is neither true nor false", "write true"},
        {CR_KEY_PLATFORM, "knative", "comes later", "managed, local"},
        {CR_KEY_PLATFORM, "lokal", "is unknown", "did you mean 'local'?"},
        {CR_KEY_MODEL_TASK, "fill-mask", "comes later", "question-answering, tensor"},
        {CR_KEY_MODEL_TASK, "tensr", "is unknown", "'tensor'"},
        {CR_KEY_MODEL_SOURCE, "hf://a/b@c", "a source of hf:// comes later", "directory"},
        {CR_KEY_MODEL_SOURCE, "gs://bucket/x", "a source of gs:// comes later", "directory"},
        {CR_KEY_MODEL_SOURCE, "https://x/y", "a source of https:// comes later", "directory"},
        {CR_KEY_MODEL_SOURCE, "ftp://x/y", "is not a directory", "directory"},
        {CR_KEY_ENV, "A", "'A' is not KEY=VALUE", "KEY=VALUE"},
        {CR_KEY_ENV, "=1", "'=1' is not KEY=VALUE", "KEY=VALUE"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_layer layers[CR_ORIGIN_COUNT] = {0};
        CR_AUTO_PLAN struct cr_plan plan = {0};
        CR_AUTO_PROBLEMS struct cr_problems p = {0};

        layers[CR_FROM_ENV].text[rows[i].key] = rows[i].text;
        layers[CR_FROM_ENV].where[rows[i].key] = "$HERE";
        make(NULL, ".", layers, NULL, &plan, &p);
        assert_int_equal(p.len, 1);
        assert_string_equal(p.row[0].place, "$HERE");
        if (!strstr(p.row[0].msg, rows[i].msg) || !strstr(p.row[0].hint, rows[i].hint))
            fail_msg("'%s': %s; %s", rows[i].text, p.row[0].msg, p.row[0].hint);
        assert_false(cr_plan_has(&plan, rows[i].key));
    }
}

TEST(maps_are_merged_entry_by_entry)
{
    struct cr_layer layers[CR_ORIGIN_COUNT] = {0};
    CR_AUTO_MANIFEST struct cr_manifest m = {0};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    CR_AUTO_PROBLEMS struct cr_problems p = {0};

    layers[CR_FROM_OPTION].text[CR_KEY_ENV] = "B=3,C=x\\,y=z,D=";
    make("deploy: {env: {A: 1, B: 2}}\n", ".", layers, &m, &plan, &p);
    assert_int_equal(p.len, 0);
    assert_string_equal(cr_plan_text(&plan, CR_KEY_ENV), "A=1,B=3,C=x\\,y=z,D=");
    assert_string_equal(json_string_value(json_object_get(plan.map[CR_KEY_ENV], "C")), "x,y=z");
    assert_int_equal(plan.value[CR_KEY_ENV].origin, CR_FROM_OPTION);
}

TEST(paths_start_where_they_were_written)
{
    struct cr_layer layers[CR_ORIGIN_COUNT] = {0};
    CR_AUTO_MANIFEST struct cr_manifest m = {0};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    CR_AUTO_PROBLEMS struct cr_problems p = {0};
    CR_AUTO_FREE char *source = NULL, *model = NULL, *templates = NULL, *vocab = NULL;

    layers[CR_FROM_OPTION].text[CR_KEY_BUILD_TEMPLATE_DIR] = "mine";
    make("model: {source: weights, files: {model: onnx/m.onnx}}\n", "sub", layers, &m, &plan, &p);
    source = cr_plan_path(&plan, CR_KEY_MODEL_SOURCE);
    model = cr_plan_path(&plan, CR_KEY_FILE_MODEL);
    templates = cr_plan_path(&plan, CR_KEY_BUILD_TEMPLATE_DIR);
    vocab = cr_plan_path(&plan, CR_KEY_FILE_VOCAB);
    assert_string_equal(source, "sub/weights");
    assert_string_equal(model, "sub/weights/onnx/m.onnx");
    assert_string_equal(templates, "mine");
    assert_null(vocab);
}

TEST_MAIN(cmocka_unit_test(the_highest_origin_wins), cmocka_unit_test(every_default_can_be_read),
          cmocka_unit_test(a_value_that_cannot_be_read_is_a_fault_where_it_stands),
          cmocka_unit_test(maps_are_merged_entry_by_entry), cmocka_unit_test(paths_start_where_they_were_written))
