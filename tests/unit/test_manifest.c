#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "core/manifest.h"

/* Fails the file at once, or leaves one fault per line of `want` in the list: "line:column: part of the text". */
struct row {
    const char *text, *want, *hint;
};

static int parse(const char *text, size_t len, struct cr_manifest *m, struct cr_problems *p, struct cr_error *err)
{
    return cr_manifest_parse(text, len, "m.yaml", ".", m, p, err);
}

TEST(faults_carry_their_place_and_a_remedy)
{
    static const struct row rows[] = {
        {"name: a\nnmae: b\n", "m.yaml:2:1 unknown key 'nmae'", "did you mean 'name'?"},
        {"cpu: 2\n", "m.yaml:1:1 unknown key 'cpu'", "'cpu' stands under 'deploy'"},
        {"deploy: {name: x}\n", "m.yaml:1:10 unknown key 'name' in 'deploy'", "at the top"},
        {"deploy: {zzzzzz: 1}\n", "m.yaml:1:10 unknown key 'zzzzzz' in 'deploy'", "project, region"},
        {"deploy.cpu: 2\n", "m.yaml:1:1 unknown key 'deploy.cpu'", "nest it"},
        {"name: a\nname: b\n", "m.yaml:2:1 name stands here a second time", "line 1"},
        {"deploy: {cpu: 1}\ndeploy: {cpu: 1}\n", "m.yaml:2:1 deploy stands here a second time", "line 1"},
        {"name: [a]\n", "m.yaml:1:7 name must be a plain value, not a list", ""},
        {"name: {a: b}\n", "m.yaml:1:7 name must be a plain value, not a mapping", ""},
        {"name:\n", "m.yaml:1:6 name has no value", "such as"},
        {"name: !!int 3\n", "m.yaml:1:7 name has the tag", "leave the tag out"},
        {"deploy: 3\n", "m.yaml:1:9 deploy must be a mapping", ""},
        {"- a\n", "m.yaml:1:1 a manifest must be a mapping", ""},
        {"labels: [a]\n", "m.yaml:1:9 labels must be a mapping", "labels: {"},
        {"labels: {a: [b]}\n", "m.yaml:1:13 'a' in labels must be a plain value", ""},
        {"labels: {a: b, a: c}\n", "m.yaml:1:16 'a' in labels stands here a second time", ""},
        {"samples: {}\n", "m.yaml:1:10 samples must be a list", "- request:"},
        {"samples: [1]\n", "m.yaml:1:11 samples[0] must be a mapping", ""},
        {"samples: [{response: 1}]\n", "m.yaml:1:11 samples[0] has no request", "request"},
        {"samples: [{request: 1, respnse: 2}]\n", "m.yaml:1:24 unknown key 'respnse'", "'response'"},
        {"samples: [{request: 1, tolerance: -1}]\n", "m.yaml:1:35 tolerance '-1'", "0.001"},
        {"samples: [{request: 1, tolerance: nan}]\n", "m.yaml:1:35 tolerance 'nan'", "0.001"},
        {"samples: [{request: {a: 1, a: 2}}]\n", "m.yaml:1:28 request: 'a' stands here a second time", ""},
        {"samples: [{request: .inf}]\n", "m.yaml:1:21 request: JSON has no number '.inf'", "quote"},
        {"samples: [{request: 1e999}]\n", "m.yaml:1:21 request: JSON has no number '1e999'", "quote"},
        {"samples:\n  - request: &a [*a]\n", "m.yaml:2:14 request: an alias leads back to its own anchor", ""},
        {"name: a\n---\nname: b\n", "m.yaml:3:1 a second document", "---"},
        {"server: &s {path: *s}\n", "m.yaml:1:9 server.path must be a plain value", ""},
        {"model: &m {files: *m}\n", "m.yaml:1:12 unknown key 'files' in 'model.files'", ""},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_MANIFEST struct cr_manifest m = {0};
        CR_AUTO_PROBLEMS struct cr_problems p = {0};
        struct cr_error err = {0};
        CR_AUTO_FREE char *got = NULL;

        assert_ok(parse(rows[i].text, strlen(rows[i].text), &m, &p, &err), &err);
        if (p.len != 1)
            fail_msg("%zu faults in '%s', first: %s", p.len, rows[i].text, p.len ? p.row[0].msg : "");
        got = cr_format("%s %s", p.row[0].place, p.row[0].msg);
        if (strncmp(got, rows[i].want, strlen(rows[i].want)) != 0 || !strstr(p.row[0].hint, rows[i].hint))
            fail_msg("'%s' gives '%s', hint '%s'", rows[i].text, got, p.row[0].hint);
    }
}

TEST(no_yaml_fails_with_a_place)
{
    static const struct row rows[] = {
        {"name: x\nmodel:\n\ttask: tensor\n", "m.yaml:3:1: a tab cannot indent YAML", "spaces"},
        {"name: 'x\n", "m.yaml:2:1: ", "line 1"},
        {"name: *nobody\n", "m.yaml:1:7: ", ""},
        {"a: b: c\n", "m.yaml:1:5: ", ""},
        {"name: \xff\n", "m.yaml:1:7: ", "UTF-8"},
        {"name: a\x01\n", "m.yaml:1:8: ", "control characters"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_MANIFEST struct cr_manifest m = {0};
        CR_AUTO_PROBLEMS struct cr_problems p = {0};
        struct cr_error err = {0};

        assert_int_equal(parse(rows[i].text, strlen(rows[i].text), &m, &p, &err), -1);
        assert_int_equal(err.code, CR_E_CONFIG);
        if (strncmp(err.msg, rows[i].want, strlen(rows[i].want)) != 0 || !strstr(err.hint, rows[i].hint))
            fail_msg("'%s' gives '%s', hint '%s'", rows[i].text, err.msg, err.hint);
    }
}

TEST(scalars_stay_text)
{
    static const char text[] =
        "name: no\ndescription: 1e3\ndeploy:\n  cpu: 0x2\n  memory: 3G\n  env: {A: yes, B: 007}\n"
        "server:\nbuild: # all of it in comments\n  # timeout: 3s\n";
    CR_AUTO_MANIFEST struct cr_manifest m = {0};
    CR_AUTO_PROBLEMS struct cr_problems p = {0};
    struct cr_error err = {0};

    assert_ok(parse(text, strlen(text), &m, &p, &err), &err);
    assert_int_equal(p.len, 0);
    assert_string_equal(m.text[CR_KEY_NAME], "no");
    assert_string_equal(m.text[CR_KEY_DESCRIPTION], "1e3");
    assert_string_equal(m.text[CR_KEY_CPU], "0x2");
    assert_int_equal(m.line[CR_KEY_CPU], 4);
    assert_int_equal(m.column[CR_KEY_CPU], 8);
    assert_string_equal(json_string_value(json_object_get(m.map[CR_KEY_ENV], "A")), "yes");
    assert_string_equal(json_string_value(json_object_get(m.map[CR_KEY_ENV], "B")), "007");
    assert_null(m.text[CR_KEY_BUILD_TIMEOUT]);
}

TEST(samples_become_json_by_the_core_schema)
{
    static const char text[] = "samples:\n- request: [1, -2, +3, 0x1f, 0o17, 1.5, .5, 5., 1e2, true, False, null, ~, "
                               "yes, no, 'true', \"1\", 1_0,"
                               " 08, 0x, 99999999999999999999, 2001-01-01, {a: {b: []}}, !!str 7, \"\\u00e9\"]\n"
                               "  tolerance: 0.25\n- {request: &q {x: 1}, response: *q}\n";
    static const char want[] =
        "[1,-2,3,31,15,1.5,0.5,5.0,100.0,true,false,null,null,\"yes\",\"no\",\"true\",\"1\",\"1_0\",8,"
        "\"0x\",1e20,\"2001-01-01\",{\"a\":{\"b\":[]}},7,\"\xc3\xa9\"]";
    CR_AUTO_MANIFEST struct cr_manifest m = {0};
    CR_AUTO_PROBLEMS struct cr_problems p = {0};
    CR_AUTO_FREE char *got = NULL;
    struct cr_error err = {0};

    assert_ok(parse(text, strlen(text), &m, &p, &err), &err);
    if (p.len)
        fail_msg("%s", p.row[0].msg);
    assert_int_equal(m.samples, 2);
    got = json_dumps(m.sample[0].request, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_string_equal(got, want);
    assert_true(m.sample[0].tolerance == 0.25 && m.sample[1].tolerance == 1e-3);
    assert_null(m.sample[0].response);
    assert_true(json_equal(m.sample[1].request, m.sample[1].response));
    assert_int_equal(m.sample[1].line, 4);
}

/* Nine levels of nine aliases are 3.8e8 values from 500 bytes. */
TEST(a_bomb_is_refused)
{
    char text[2048];
    size_t n = (size_t)snprintf(text, sizeof(text), "samples:\n- request:\n  - &a0 [x,x,x,x,x,x,x,x,x]\n");
    CR_AUTO_MANIFEST struct cr_manifest m = {0};
    CR_AUTO_PROBLEMS struct cr_problems p = {0};
    struct cr_error err = {0};

    for (int i = 1; i < 9; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "  - &a%d [", i);
        for (int j = 0; j < 9; j++)
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%s*a%d", j ? "," : "", i - 1);
        n += (size_t)snprintf(text + n, sizeof(text) - n, "]\n");
    }
    assert_ok(parse(text, n, &m, &p, &err), &err);
    assert_int_equal(p.len, 1);
    assert_non_null(strstr(p.row[0].msg, "aliases repeat too much"));
}

TEST(depth_and_size_have_ceilings)
{
    static char text[(1 << 20) + 16];
    CR_AUTO_MANIFEST struct cr_manifest m = {0};
    CR_AUTO_PROBLEMS struct cr_problems p = {0};
    struct cr_error err = {0};

    memset(text, '\n', sizeof(text));
    assert_int_equal(parse(text, sizeof(text), &m, &p, &err), -1);
    assert_non_null(strstr(err.msg, "over the limit"));
    memset(text, '[', 5000);
    err = (struct cr_error){0};
    assert_int_equal(parse(text, 5000, &m, &p, &err), -1);
    memcpy(text, "samples: [{request: ", 20);
    memset(text + 20, '[', 100);
    memset(text + 120, ']', 100);
    memcpy(text + 220, "}]\n", 3);
    assert_ok(parse(text, 223, &m, &p, &err), &err);
    assert_int_equal(p.len, 1);
    assert_non_null(strstr(p.row[0].msg, "deeper than"));
}

TEST(a_missing_file_and_a_directory_say_so)
{
    CR_AUTO_MANIFEST struct cr_manifest m = {0};
    CR_AUTO_PROBLEMS struct cr_problems p = {0};
    struct cr_error err = {0};

    assert_int_equal(cr_manifest_load("/nowhere/crdeploy.yaml", &m, &p, &err), -1);
    assert_int_equal(err.code, CR_E_IO);
    assert_int_equal(cr_manifest_load("/", &m, &p, &err), -1);
    assert_non_null(strstr(err.msg, "is a directory"));
}

TEST_MAIN(cmocka_unit_test(faults_carry_their_place_and_a_remedy), cmocka_unit_test(no_yaml_fails_with_a_place),
          cmocka_unit_test(scalars_stay_text), cmocka_unit_test(samples_become_json_by_the_core_schema),
          cmocka_unit_test(a_bomb_is_refused), cmocka_unit_test(depth_and_size_have_ceilings),
          cmocka_unit_test(a_missing_file_and_a_directory_say_so))
