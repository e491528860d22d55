#include "lib/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "answers.h"

/* A model of one input and one output, both of four elements; what comes out is what a case says. */
struct model {
    struct model_io x, y;
    struct model_signature signature;
    const void *numbers;
    int64_t length; /* of the output */
};

const struct model_signature *model_signature(const struct model *m)
{
    return &m->signature;
}

int model_run(struct model *m, const struct tensor *inputs, size_t n_inputs, struct tensor *outputs, size_t n_outputs,
              struct error *err)
{
    (void)inputs;
    (void)n_inputs;
    (void)n_outputs;
    assert_ok(tensor_shape(outputs, m->y.type, &m->length, 1, err), err);
    memcpy(outputs->data, m->numbers, outputs->count * tensor_size(m->y.type));
    return 0;
}

static void set(struct model *m, enum tensor_type type, const void *numbers, int64_t length)
{
    m->x = (struct model_io){.name = (char *)"x", .type = TENSOR_FP32, .rank = 1, .shape = {4}};
    m->y = (struct model_io){.name = (char *)"y", .type = type, .rank = 1, .shape = {-1}};
    m->signature = (struct model_signature){.inputs = &m->x, .outputs = &m->y, .n_inputs = 1, .n_outputs = 1};
    m->numbers = numbers;
    m->length = length;
}

static int compare(struct model *original, struct model *prepared, bool quantised, struct error *err)
{
    struct answers answers;
    int rc;

    assert_ok(answers_take(original, NULL, NULL, &answers, err), err);
    rc = answers_compare(&answers, prepared, NULL, NULL, quantised, err);
    answers_free(&answers);
    return rc;
}

static const float one[] = {1, -2, 100, 0}, near_one[] = {1.0009f, -2.05f, 100.09f, -0.05f},
                   far_one[] = {1, -2, 100.2f, 0}, further_one[] = {1, -2, 106, 0}, none[] = {1, -2, 100, NAN},
                   endless[] = {1, INFINITY, 100, 0};
static const double wide[] = {1, -2, 3, 0}, wide_far[] = {1, -2, 3.01, 0};
/* 1, -2, 0.5 and the smallest; 1 and -2 one step on; 0.5 become 0.6. */
static const uint16_t half[] = {0x3c00, 0xc000, 0x3800, 1}, half_near[] = {0x3c01, 0xc001, 0x3800, 0},
                      half_far[] = {0x3c00, 0xc000, 0x38cd, 1};
static const int8_t bytes[] = {100, -100, 3, 0}, bytes_near[] = {101, -101, 2, 1}, bytes_far[] = {100, -100, 30, 0};
static const uint8_t counts[] = {200, 0, 3, 0}, counts_near[] = {201, 1, 2, 0};
static const int64_t whole[] = {1, 2, 3, 1000000}, whole_near[] = {1, 2, 3, 1000001};

static const struct {
    const char *what;
    enum tensor_type type;
    const void *original, *prepared;
    bool quantised, alike;
} rows[] = {
    {"the same floats", TENSOR_FP32, one, one, false, true},
    {"floats within a thousandth of the largest", TENSOR_FP32, one, near_one, false, true},
    {"a float beyond it", TENSOR_FP32, one, far_one, false, false},
    {"the same float of a graph that quantises", TENSOR_FP32, one, far_one, true, true},
    {"a float beyond that as well", TENSOR_FP32, one, further_one, true, false},
    {"no number in both", TENSOR_FP32, none, none, false, true},
    {"no number in one", TENSOR_FP32, one, none, false, false},
    {"infinity in both", TENSOR_FP32, endless, endless, false, true},
    {"infinity in one", TENSOR_FP32, one, endless, false, false},
    {"infinity that became a number", TENSOR_FP32, endless, one, false, false},
    {"the same doubles", TENSOR_FP64, wide, wide, false, true},
    {"a double too far off", TENSOR_FP64, wide, wide_far, false, false},
    {"halves a step apart", TENSOR_FP16, half, half_near, false, true},
    {"halves further apart", TENSOR_FP16, half, half_far, false, false},
    {"bytes a step apart", TENSOR_INT8, bytes, bytes_near, false, false},
    {"bytes a step apart of a graph that quantises", TENSOR_INT8, bytes, bytes_near, true, true},
    {"bytes further apart", TENSOR_INT8, bytes, bytes_far, true, false},
    {"unsigned bytes a step apart", TENSOR_UINT8, counts, counts_near, true, true},
    {"the same whole numbers", TENSOR_INT64, whole, whole, false, true},
    {"a whole number that is another, quantised or not", TENSOR_INT64, whole, whole_near, true, false},
};

TEST(answers_are_alike_within_the_tolerance_of_their_type)
{
    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct model original, prepared;
        struct error err = {0};

        set(&original, rows[i].type, rows[i].original, 4);
        set(&prepared, rows[i].type, rows[i].prepared, 4);
        if ((compare(&original, &prepared, rows[i].quantised, &err) == 0) != rows[i].alike)
            fail_msg("%s: %s", rows[i].what, rows[i].alike ? err.msg : "taken for alike");
    }
}

TEST(another_shape_or_type_is_not_alike)
{
    struct model original, shorter, other;
    struct error err = {0};

    set(&original, TENSOR_FP32, one, 4);
    set(&shorter, TENSOR_FP32, one, 3);
    set(&other, TENSOR_INT32, one, 4);
    assert_int_equal(compare(&original, &shorter, false, &err), -1);
    assert_string_equal(err.msg, "output 'y' has another type or shape");
    assert_int_equal(compare(&original, &other, false, &err), -1);
}

TEST_MAIN(cmocka_unit_test(answers_are_alike_within_the_tolerance_of_their_type),
          cmocka_unit_test(another_shape_or_type_is_not_alike))
