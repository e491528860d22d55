#include "lib/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "core/onnx_shape.h"
#include "core/onnx_wire.h"

#define CORPUS CR_SRCDIR "/tests/fuzz/corpus/onnx/"
#define EXAMPLES CR_SRCDIR "/examples/"

/* Weights: the sizes of all tensors in the file, added up. Lives: of tensor-linear 3 floats in and 2 out; of the
 * question-answering model what its nodes really gave in ONNX Runtime 1.32 with 96 tokens, every value made an output,
 * each let go behind its last reader; of the others the shapes of onnx.shape_inference (ONNX 1.23), counted the same
 * way: attention x + q + k + v + a while the softmax runs (384 tokens, 8 wide, 2 heads), image the convolution's
 * input and output, 4 * (3 * 32 * 32 + 2 * 16 * 16) floats. */
TEST(graphs_weigh_and_take_what_was_measured_elsewhere)
{
    static const struct {
        const char *path;
        int64_t length, weights, lives, batch;
    } rows[] = {
        {EXAMPLES "tensor-linear/model.onnx", 384, 32, 20, 0},
        {EXAMPLES "tiny-distilbert-qa/model.onnx", 96, 1612224, 479616, 0},
        {CORPUS "external", 10, 9437184, (10 * 768 + 10 * 3072) * 4, 0},
        {CORPUS "attention", 384, 5 * 8, 2 * 2 * 384 * 384 * 4, 0},
        {CORPUS "image", 384, 2 * 27 * 4, 4 * (3 * 32 * 32 + 2 * 16 * 16) * 4, 4},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct cr_onnx_free_dims dims = {.batch = 1, .length = rows[i].length};
        CR_AUTO_ONNX struct cr_onnx *g = NULL;
        struct cr_error err = {0};
        size_t guessed;
        int64_t lives;

        assert_ok(cr_onnx_open(rows[i].path, &g, &err), &err);
        lives = cr_onnx_peak(g, dims, &guessed);
        if (g->weights != rows[i].weights || lives != rows[i].lives || cr_onnx_batch(g) != rows[i].batch || guessed)
            fail_msg("%s: weights %" PRId64 ", lives %" PRId64 ", batch %" PRId64 ", %zu guessed", rows[i].path,
                     g->weights, lives, cr_onnx_batch(g), guessed);
    }
}

/* The value of that name, or a failure. */
static const struct cr_onnx_shape *shape_named(const struct cr_onnx *g, const struct cr_onnx_shape *shape,
                                               const char *name)
{
    for (size_t i = 0; i < g->values; i++)
        if (g->value[i].name.len == strlen(name) && memcmp(g->value[i].name.at, name, strlen(name)) == 0)
            return &shape[i];
    fail_msg("no value '%s'", name);
    return NULL;
}

static void expect_shape(const char *file, const char *name, const char *want, size_t guesses)
{
    const struct cr_onnx_free_dims dims = {.batch = 1, .length = 384};
    CR_AUTO_ONNX struct cr_onnx *g = NULL;
    CR_AUTO_FREE struct cr_onnx_shape *shape = NULL;
    const struct cr_onnx_shape *s;
    struct cr_error err = {0};
    char have[128] = "";
    size_t guessed, n = 0;

    assert_ok(cr_onnx_open(file, &g, &err), &err);
    shape = cr_onnx_shapes(g, dims, &guessed);
    s = shape_named(g, shape, name);
    for (int i = 0; i < s->rank; i++)
        n += (size_t)snprintf(have + n, sizeof(have) - n, "%s%" PRId64, i ? "," : "", s->dim[i]);
    if (strcmp(have, want) != 0 || guessed != guesses)
        fail_msg("%s: %s is [%s], not [%s]; %zu guessed", file, name, have, want, guessed);
}

/* By the definitions of the operators; compared with onnx.shape_inference. */
TEST(operators_give_the_shapes_of_their_definitions)
{
    static const struct {
        const char *file, *name, *want;
        size_t guesses;
    } rows[] = {
        {CORPUS "attention", "q", "1,384,2,4", 0}, /* reshaped by what Shape, Gather and Concat work out */
        {CORPUS "attention", "k", "1,2,4,384", 0},
        {CORPUS "attention", "y", "1,2,384,384", 0},
        {CORPUS "image", "c", "4,2,16,16", 0}, /* (32 + 2 - 3) / 2 + 1 */
        {CORPUS "image", "m", "4,2,15,15", 0}, /* stride 1 where none is said */
        {CORPUS "image", "f", "4,2", 0},
        {CORPUS "image", "z", "4,1", 0},
        {CORPUS "shapes", "s", "2,4,7", 2}, /* 1, 3, 5, 7 of 0 to 9, the last left out */
        {CORPUS "shapes", "r", "2,4", 2},
        {CORPUS "shapes", "i", "2,1", 2},
        {CORPUS "shapes", "g", "5", 2},
        {CORPUS "shapes", "e", "2,6", 2},
        {CORPUS "shapes", "y", "2,6",
         2}, /* nobody knows Mystery, and 6 cannot be squeezed: as large as the larger of what goes in */
        {CORPUS "branches", "n", "1,5", 1},
        {CORPUS "external", "y", "1,384,3072", 0},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++)
        expect_shape(rows[i].file, rows[i].name, rows[i].want, rows[i].guesses);
}

TEST(what_is_no_graph_is_refused)
{
    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {
        {"", 0},
        {"version https://git-lfs.github.com/spec/v1\n", 43},
        {"\x08\x08", 2},                                                      /* a version, and no graph */
        {"\x3a\x05\x0a\x01", 4},                                              /* the graph is longer than the file */
        {"\x3b\x3c", 2},                                                      /* a group */
        {"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 12},             /* a length of more than 64 bits */
        {"\x3a\x08\x2a\x06\x08\xff\xff\xff\xff\xff", 10},                     /* a tensor's dimensions are cut */
        {"\x3a\x0d\x2a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 15}, /* a dimension of -1 */
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_ONNX struct cr_onnx *g = NULL;
        struct cr_error err = {0};

        if (cr_onnx_parse(rows[i].bytes, rows[i].len, "m.onnx", &g, &err) == 0)
            fail_msg("row %zu is taken", i);
        assert_int_equal(err.code, CR_E_CONFIG);
        assert_non_null(strstr(err.msg, "'m.onnx' is no ONNX graph"));
        assert_non_null(strstr(err.hint, "git lfs pull"));
    }
}

TEST(sizes_end_at_what_a_number_holds)
{
    assert_int_equal(cr_onnx_bytes(CR_ONNX_FLOAT, 3), 12);
    assert_int_equal(cr_onnx_bytes(22, 3), 2); /* INT4: two in a byte */
    assert_int_equal(cr_onnx_bytes(CR_ONNX_FLOAT, INT64_MAX), INT64_MAX);
    assert_int_equal(cr_onnx_bytes(99, 3), 0);
    assert_int_equal(cr_onnx_times(INT64_MAX / 2, 3), INT64_MAX);
    assert_int_equal(cr_onnx_plus(INT64_MAX, 1), INT64_MAX);
}

TEST_MAIN(cmocka_unit_test(graphs_weigh_and_take_what_was_measured_elsewhere),
          cmocka_unit_test(operators_give_the_shapes_of_their_definitions),
          cmocka_unit_test(what_is_no_graph_is_refused), cmocka_unit_test(sizes_end_at_what_a_number_holds))
