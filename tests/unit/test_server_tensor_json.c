#include "lib/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensor_json.h"

/* Parses a tensor and writes it again; *text is what comes out, or the error. */
static int round_trip(const char *json, char text[512])
{
    json_auto_t *in = json_loads(json, 0, NULL);
    struct tensor t = {.name = "x"};
    struct error err = {0};
    json_t *out;
    char *dump;

    assert_non_null(in);
    if (tensor_from_json(&t, in, &err) < 0) {
        assert_int_equal(err.status, 400);
        snprintf(text, 512, "%s", err.msg);
        tensor_free(&t);
        return -1;
    }
    assert_int_equal(tensor_to_json(&t, &out, &err), 0);
    dump = json_dumps(json_object_get(out, "data"), JSON_COMPACT | JSON_REAL_PRECISION(9));
    snprintf(text, 512, "%s", dump);
    free(dump);
    json_decref(out);
    tensor_free(&t);
    return 0;
}

TEST(numbers_come_back_as_they_went)
{
    static const struct {
        const char *json, *data;
    } cases[] = {
        {"{'shape':[2,2],'datatype':'FP32','data':[1,2.5,-3,0.1]}", "[1.0,2.5,-3.0,0.100000001]"},
        {"{'shape':[2,2],'datatype':'FP32','data':[[1,2],[3,4]]}", "[1.0,2.0,3.0,4.0]"},
        {"{'shape':[],'datatype':'FP64','data':[7]}", "[7.0]"},
        {"{'shape':[0,3],'datatype':'INT64','data':[]}", "[]"},
        {"{'shape':[2],'datatype':'INT64','data':[9223372036854775807,-9223372036854775808]}",
         "[9223372036854775807,-9223372036854775808]"},
        {"{'shape':[2],'datatype':'UINT8','data':[0,255]}", "[0,255]"},
        {"{'shape':[2],'datatype':'INT8','data':[-128,127]}", "[-128,127]"},
        {"{'shape':[1],'datatype':'UINT16','data':[65535]}", "[65535]"},
        {"{'shape':[1],'datatype':'INT16','data':[-32768]}", "[-32768]"},
        {"{'shape':[1],'datatype':'UINT32','data':[4294967295]}", "[4294967295]"},
        {"{'shape':[1],'datatype':'INT32','data':[-2147483648]}", "[-2147483648]"},
        {"{'shape':[1],'datatype':'UINT64','data':[9223372036854775807]}", "[9223372036854775807]"},
        {"{'shape':[2],'datatype':'BOOL','data':[true,false]}", "[true,false]"},
        {"{'shape':[4],'datatype':'FP16','data':[1,-2,65504,0.000000059604645]}", "[1.0,-2.0,65504.0,5.96046448e-8]"},
        {"{'shape':[3],'datatype':'FP16','data':[2049,2051,0.0000305]}", "[2048.0,2052.0,3.05175781e-5]"},
        {"{'shape':[2],'datatype':'FP32','data':[3.4028234e38,-3.4028234e38]}", "[3.40282347e38,-3.40282347e38]"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char json[256], text[512];

        snprintf(json, sizeof(json), "%s", cases[i].json);
        for (char *p = json; *p; p++)
            *p = *p == '\'' ? '"' : *p;
        assert_int_equal(round_trip(json, text), 0);
        assert_string_equal(text, cases[i].data);
    }
}

TEST(what_is_not_a_number_is_null)
{
    float values[] = {NAN, INFINITY, -INFINITY, 1};
    struct tensor t = {.name = "x",
                       .type = TENSOR_FP32,
                       .rank = 1,
                       .shape = {4},
                       .count = 4,
                       .data = values,
                       .capacity = sizeof(values)};
    struct error err = {0};
    json_t *out;
    char *text;

    assert_ok(tensor_to_json(&t, &out, &err), &err);
    text = json_dumps(json_object_get(out, "data"), JSON_COMPACT);
    assert_string_equal(text, "[null,null,null,1.0]");
    free(text);
    json_decref(out);
}

TEST(what_is_wrong_is_named)
{
    static const struct {
        const char *json, *says;
    } cases[] = {
        {"{'shape':[1],'datatype':'FP16','data':[65505]}", "data[0] is outside FP16: 65505"},
        {"{'shape':[2],'datatype':'FP32','data':[1,-1e300]}", "data[1] is outside FP32: -1e+300"},
        {"{'shape':[1],'datatype':'FP32','data':[null]}", "data[0] is not a number"},
        {"{'shape':[2],'datatype':'FP32','data':[1]}", "the shape holds 2 elements, data 1"},
        {"{'shape':[2,2],'datatype':'FP32','data':[[1,2],[3]]}", "expected 2 elements at depth 1"},
        {"{'shape':[2],'datatype':'FP32','data':[[1],[2]]}", "data[0] is not a number"},
        {"{'shape':[1],'datatype':'FP32','data':['1']}", "data[0] is not a number"},
        {"{'shape':[1],'datatype':'INT32','data':[1.5]}", "data[0] is not an integer"},
        {"{'shape':[1],'datatype':'INT8','data':[128]}", "data[0] is outside INT8: 128"},
        {"{'shape':[1],'datatype':'UINT64','data':[-1]}", "data[0] is outside UINT64: -1"},
        {"{'shape':[1],'datatype':'BOOL','data':[1]}", "data[0] is not true or false"},
        {"{'shape':[1],'datatype':'BYTES','data':['a']}", "datatype 'BYTES' is not known"},
        {"{'shape':[1],'data':[1]}", "datatype is missing"},
        {"{'datatype':'FP32','data':[1]}", "shape is missing"},
        {"{'shape':[-1],'datatype':'FP32','data':[1]}", "shape[0] is not a whole number"},
        {"{'shape':['a'],'datatype':'FP32','data':[1]}", "shape[0] is not a whole number"},
        {"{'shape':[1,1,1,1,1,1,1,1,1],'datatype':'FP32','data':[1]}", "at most 8 are taken"},
        {"{'shape':[4294967296,4294967296],'datatype':'FP32','data':[1]}", "the shape asks for more than"},
        {"{'shape':[1],'datatype':'FP32'}", "data is missing"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char json[256], text[512];

        snprintf(json, sizeof(json), "%s", cases[i].json);
        for (char *p = json; *p; p++)
            *p = *p == '\'' ? '"' : *p;
        assert_int_equal(round_trip(json, text), -1);
        if (!strstr(text, cases[i].says))
            fail_msg("%s: says '%s', not '%s'", json, text, cases[i].says);
    }
}

TEST_MAIN(cmocka_unit_test(numbers_come_back_as_they_went), cmocka_unit_test(what_is_not_a_number_is_null),
          cmocka_unit_test(what_is_wrong_is_named))
