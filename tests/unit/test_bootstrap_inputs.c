#include "lib/test.h"

#include <string.h>

#include "inputs.h"

static struct model_io ids = {.name = (char *)"ids", .type = TENSOR_INT64, .rank = 2, .shape = {-1, -1}};
static struct model_io memory = {.name = (char *)"state", .type = TENSOR_FP32, .rank = 3, .shape = {2, -1, 128}};
static struct model_io flags[2] = {{.name = (char *)"a", .type = TENSOR_BOOL, .rank = 0},
                                   {.name = (char *)"b", .type = TENSOR_INT32, .rank = 0}};

static struct tensor make(struct model_io *io, int shape, int run)
{
    const struct model_signature s = {.inputs = io, .n_inputs = 1};
    struct tensor t = {0};
    struct error err = {0};

    assert_ok(inputs_make(&s, shape, run, &t, &err), &err);
    return t;
}

TEST(the_first_free_dimension_of_every_input_is_one_size)
{
    for (int shape = 0; shape < INPUTS_SHAPES; shape++) {
        struct tensor a = make(&ids, shape, 0), b = make(&memory, shape, 0);

        assert_true(a.shape[0] > 0 && a.shape[1] > 0);
        assert_int_equal(a.shape[0], b.shape[1]);
        assert_int_equal(b.shape[0], 2);
        assert_int_equal(b.shape[2], 128);
        tensor_free(&a);
        tensor_free(&b);
    }
}

TEST(the_same_inputs_come_each_time_and_others_in_another_run)
{
    struct tensor a = make(&memory, 0, 1), b = make(&memory, 0, 1), c = make(&memory, 0, 2);

    assert_memory_equal(a.data, b.data, a.count * sizeof(float));
    assert_memory_not_equal(a.data, c.data, a.count * sizeof(float));
    for (size_t i = 0; i < a.count; i++)
        assert_true(((float *)a.data)[i] >= -1 && ((float *)a.data)[i] <= 1);
    tensor_free(&a);
    tensor_free(&b);
    tensor_free(&c);
}

TEST(two_conditions_take_every_pair)
{
    const struct model_signature s = {.inputs = flags, .n_inputs = 2};
    bool seen[2][2] = {{false}};

    for (int run = 0; run < INPUTS_RUNS; run++) {
        struct tensor t[2] = {{0}};
        struct error err = {0};

        assert_ok(inputs_make(&s, 0, run, t, &err), &err);
        assert_true(*(unsigned char *)t[0].data < 2);
        assert_true(*(int32_t *)t[1].data == 0 || *(int32_t *)t[1].data == 1);
        seen[*(unsigned char *)t[0].data][*(int32_t *)t[1].data] = true;
        tensor_free(&t[0]);
        tensor_free(&t[1]);
    }
    assert_true(seen[0][0] && seen[0][1] && seen[1][0] && seen[1][1]);
}

TEST(every_type_is_made)
{
    for (int type = 0; type < TENSOR_TYPES; type++) {
        struct model_io io = {.name = (char *)"x", .type = (enum tensor_type)type, .rank = 1, .shape = {5}};
        struct tensor t = make(&io, 0, 0);

        assert_int_equal(t.count, 5);
        if (type == TENSOR_FP16)
            for (size_t i = 0; i < t.count; i++) /* at most 1, and neither infinite nor no number */
                assert_true((((uint16_t *)t.data)[i] & 0x7fff) <= 0x3c00);
        tensor_free(&t);
    }
}

TEST_MAIN(cmocka_unit_test(the_first_free_dimension_of_every_input_is_one_size),
          cmocka_unit_test(the_same_inputs_come_each_time_and_others_in_another_run),
          cmocka_unit_test(two_conditions_take_every_pair), cmocka_unit_test(every_type_is_made))
