/* onnx_infer.c - the operators that calculate, and the table of all that are known. */
#include <string.h>

#include "base/mem.h"
#include "core/onnx_infer.h"

const struct cr_onnx_shape *cr_onnx_in(const struct cr_onnx_step *s, uint32_t i)
{
    uint32_t at = i < s->node->n_in ? s->graph->link[s->node->in + i] : 0;

    return at && s->shape[at].rank >= 0 ? &s->shape[at] : NULL;
}

int64_t cr_onnx_number(const struct cr_onnx_step *s, const char *name, int64_t fallback)
{
    int64_t value;

    return cr_onnx_attribute(s->node, name, &value, 1) ? value : fallback;
}

bool cr_onnx_push(struct cr_onnx_shape *out, int64_t dim)
{
    if (out->rank == CR_ONNX_RANK || dim < 0)
        return false;
    out->dim[out->rank++] = dim;
    return true;
}

void cr_onnx_start(struct cr_onnx_shape *out, int type)
{
    *out = (struct cr_onnx_shape){.type = type, .wholes = -1};
}

static bool same(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *x = cr_onnx_in(s, 0);

    if (!x)
        return false;
    *out = *x;
    if (!cr_onnx_is(s->node, "Identity"))
        out->wholes = -1;
    return true;
}

static bool cast(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *x = cr_onnx_in(s, 0);

    if (!x)
        return false;
    *out = *x;
    out->type = (int)cr_onnx_number(s, "to", x->type);
    return true;
}

bool cr_onnx_stretch(struct cr_onnx_shape *x, const struct cr_onnx_shape *y)
{
    int rank = x->rank > y->rank ? x->rank : y->rank;
    int64_t dim[CR_ONNX_RANK] = {0};

    for (int i = 1; i <= rank; i++) {
        int64_t a = i <= x->rank ? x->dim[x->rank - i] : 1, b = i <= y->rank ? y->dim[y->rank - i] : 1;

        if (a != b && a != 1 && b != 1)
            return false;
        dim[rank - i] = a == 1 ? b : a;
    }
    x->rank = rank;
    memcpy(x->dim, dim, sizeof(dim));
    return true;
}

static bool calculate(const struct cr_onnx_node *node, int64_t a, int64_t b, int64_t *result)
{
    if (cr_onnx_is(node, "Add"))
        return !__builtin_add_overflow(a, b, result);
    if (cr_onnx_is(node, "Sub"))
        return !__builtin_sub_overflow(a, b, result);
    if (cr_onnx_is(node, "Mul"))
        return !__builtin_mul_overflow(a, b, result);
    if (!cr_onnx_is(node, "Div") || b <= 0)
        return false;
    *result = a / b;
    return true;
}

/* What a graph calculates with its own shapes: sums, products and quotients of few integers. */
static void calculate_all(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *a = cr_onnx_in(s, 0), *b = cr_onnx_in(s, 1);
    int n;

    out->wholes = -1;
    if (!a || !b || a->wholes < 1 || b->wholes < 1 || (a->wholes != b->wholes && a->wholes != 1 && b->wholes != 1))
        return;
    n = a->wholes > b->wholes ? a->wholes : b->wholes;
    for (int i = 0; i < n; i++)
        if (!calculate(s->node, a->whole[a->wholes == 1 ? 0 : i], b->whole[b->wholes == 1 ? 0 : i], &out->whole[i]))
            return;
    out->wholes = n;
}

static bool broadcast(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    uint32_t first = cr_onnx_is(s->node, "Where") ? 1 : 0;
    const struct cr_onnx_shape *x = cr_onnx_in(s, first);

    if (!x)
        return false;
    cr_onnx_start(out, x->type);
    for (uint32_t i = 0; i < s->node->n_in; i++)
        if (!cr_onnx_in(s, i) || !cr_onnx_stretch(out, cr_onnx_in(s, i)))
            return false;
    calculate_all(s, out);
    return true;
}

static bool compare(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    if (!broadcast(s, out))
        return false;
    out->type = CR_ONNX_BOOL;
    out->wholes = -1;
    return true;
}

/* A matrix from each, the dimensions before them stretched. */
static bool matmul(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *a = cr_onnx_in(s, 0), *b = cr_onnx_in(s, cr_onnx_is(s->node, "QLinearMatMul") ? 3 : 1);
    struct cr_onnx_shape left, right;

    if (!a || !b || a->rank < 1 || b->rank < 1)
        return false;
    left = *a;
    right = *b;
    left.rank = a->rank > 2 ? a->rank - 2 : 0;
    right.rank = b->rank > 2 ? b->rank - 2 : 0;
    if (!cr_onnx_stretch(&left, &right))
        return false;
    *out = left;
    out->wholes = -1;
    if (cr_onnx_is(s->node, "MatMulInteger"))
        out->type = CR_ONNX_INT32;
    if (a->rank > 1 && !cr_onnx_push(out, a->dim[a->rank - 2]))
        return false;
    return b->rank == 1 || cr_onnx_push(out, b->dim[b->rank - 1]);
}

static bool gemm(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *a = cr_onnx_in(s, 0), *b = cr_onnx_in(s, 1);

    if (!a || !b || a->rank != 2 || b->rank != 2)
        return false;
    cr_onnx_start(out, a->type);
    return cr_onnx_push(out, a->dim[cr_onnx_number(s, "transA", 0) ? 1 : 0]) &&
           cr_onnx_push(out, b->dim[cr_onnx_number(s, "transB", 0) ? 0 : 1]);
}

/* Conv and pools: a window that slides over all but the first two dimensions. */
static bool window(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    bool conv = cr_onnx_is(s->node, "Conv") || cr_onnx_is(s->node, "ConvInteger") || cr_onnx_is(s->node, "QLinearConv");
    const struct cr_onnx_shape *x = cr_onnx_in(s, 0), *w = cr_onnx_in(s, cr_onnx_is(s->node, "QLinearConv") ? 3 : 1);
    int64_t size[CR_ONNX_RANK], by[CR_ONNX_RANK], gap[CR_ONNX_RANK], pad[2 * CR_ONNX_RANK];
    size_t sizes = cr_onnx_attribute(s->node, "kernel_shape", size, CR_ONNX_RANK),
           steps = cr_onnx_attribute(s->node, "strides", by, CR_ONNX_RANK),
           gaps = cr_onnx_attribute(s->node, "dilations", gap, CR_ONNX_RANK),
           pads = cr_onnx_attribute(s->node, "pads", pad, CR_LEN(pad));
    size_t n;

    if (!x || x->rank < 3 || (conv && (!w || w->rank != x->rank)))
        return false;
    n = (size_t)x->rank - 2;
    cr_onnx_start(out, cr_onnx_is(s->node, "ConvInteger") ? CR_ONNX_INT32 : x->type);
    if (!cr_onnx_push(out, x->dim[0]) || !cr_onnx_push(out, conv ? w->dim[0] : x->dim[1]))
        return false;
    for (size_t i = 0; i < n; i++) {
        int64_t k = i < sizes ? size[i] : conv ? w->dim[i + 2] : 0, step = i < steps ? by[i] : 1;
        int64_t padded = pads == 2 * n ? cr_onnx_plus(pad[i], pad[i + n]) : 0;

        padded = cr_onnx_plus(x->dim[i + 2], padded);
        k = k < 1 ? 0 : cr_onnx_plus(cr_onnx_times(k - 1, i < gaps ? gap[i] : 1), 1);
        if (k < 1 || step < 1 || padded < k || !cr_onnx_push(out, (padded - k) / step + 1))
            return false;
    }
    return true;
}

static bool pool_all(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    if (!same(s, out))
        return false;
    for (int i = 2; i < out->rank; i++)
        out->dim[i] = 1;
    return true;
}

/* Names of operators between blanks, and what works their shapes out. */
static const struct {
    const char *ops;
    cr_onnx_operator *infer;
} rows[] = {
    {" Abs BatchNormalization Ceil Clip Cos CumSum Dropout Elu Erf Exp FastGelu Floor Gelu HardSigmoid HardSwish "
     "Identity "
     "InstanceNormalization LayerNormalization LeakyRelu Log LogSoftmax Neg Not Reciprocal Relu Round ScatterElements "
     "ScatterND Selu Sigmoid Sign SimplifiedLayerNormalization Sin SkipLayerNormalization Softmax Softplus Sqrt Tanh "
     "Trilu ",
     same},
    {" Add Div Max Min Mod Mul Pow PRelu Sub Sum Where ", broadcast},
    {" And Equal Greater GreaterOrEqual Less LessOrEqual Or Xor ", compare},
    {" FusedMatMul MatMul MatMulInteger QLinearMatMul ", matmul},
    {" ArgMax ArgMin ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare ", cr_onnx_reduce},
    {" AveragePool Conv ConvInteger MaxPool QLinearConv ", window},
    {" GlobalAveragePool GlobalMaxPool ", pool_all},
    {" ConstantOfShape Expand ", cr_onnx_fill},
    {" Cast ", cast},
    {" Concat ", cr_onnx_concat},
    {" Flatten ", cr_onnx_flatten},
    {" Gather ", cr_onnx_gather},
    {" Gemm ", gemm},
    {" Range ", cr_onnx_range},
    {" Reshape ", cr_onnx_reshape},
    {" Shape ", cr_onnx_shape_of},
    {" Slice ", cr_onnx_slice},
    {" Split ", cr_onnx_split},
    {" Squeeze ", cr_onnx_squeeze},
    {" Transpose ", cr_onnx_transpose},
    {" Unsqueeze ", cr_onnx_unsqueeze},
};

bool cr_onnx_infer(const struct cr_onnx_step *step, struct cr_onnx_shape *out)
{
    char word[64];

    snprintf(word, sizeof(word), " %.*s ", step->node->op.len < 60 ? (int)step->node->op.len : 60, step->node->op.at);
    for (size_t i = 0; i < CR_LEN(rows); i++)
        if (strstr(rows[i].ops, word))
            return rows[i].infer(step, out);
    return false;
}
