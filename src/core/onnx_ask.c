/* onnx_ask.c - what is asked of a graph that was read. */
#include <string.h>

#include "core/onnx.h"
#include "core/onnx_wire.h"

enum { NODE_ATTRIBUTE = 5, ATTRIBUTE_NAME = 1, ATTRIBUTE_INT = 3, ATTRIBUTE_INTS = 8 };

static bool is(struct cr_onnx_text text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

bool cr_onnx_is(const struct cr_onnx_node *node, const char *op)
{
    return is(node->op, op);
}

static struct cr_wire wire_of(struct cr_onnx_text text)
{
    return (struct cr_wire){(const uint8_t *)text.at, (const uint8_t *)text.at + text.len};
}

/* An attribute's integers, when it has that name. */
static size_t read_ints(struct cr_wire w, const char *name, int64_t *to, size_t max)
{
    struct cr_wire_field f;
    bool named = false;
    size_t n = 0;

    while (cr_wire_next(&w, &f) > 0) {
        if (f.number == ATTRIBUTE_NAME)
            named = is((struct cr_onnx_text){(const char *)f.bytes, f.len}, name);
        else if ((f.number == ATTRIBUTE_INT || f.number == ATTRIBUTE_INTS) && cr_wire_numbers(&f, to, max, &n) < 0)
            return 0;
    }
    return !named ? 0 : n < max ? n : max;
}

size_t cr_onnx_attribute(const struct cr_onnx_node *node, const char *name, int64_t *to, size_t max)
{
    struct cr_wire w = wire_of(node->source);
    struct cr_wire_field f;
    int64_t got[CR_ONNX_RANK * 2];
    size_t n;

    max = max < CR_ONNX_RANK * 2 ? max : CR_ONNX_RANK * 2;
    while (cr_wire_next(&w, &f) > 0) {
        if (f.number != NODE_ATTRIBUTE)
            continue;
        n = read_ints(cr_wire_in(&f), name, got, max);
        if (n) {
            memcpy(to, got, n * sizeof(*to));
            return n;
        }
    }
    return 0;
}

int64_t cr_onnx_batch(const struct cr_onnx *graph)
{
    int64_t batch = -1;

    for (size_t i = 0; i < graph->values; i++) {
        const struct cr_onnx_value *v = &graph->value[i];

        if (!v->input || v->weight || v->rank < 2)
            continue;
        if (v->dim[0] <= 0 || (batch >= 0 && v->dim[0] != batch))
            return 0;
        batch = v->dim[0];
    }
    return batch > 0 ? batch : 0;
}

int cr_onnx_half_bytes(int type)
{
    /* TensorProto.DataType, from FLOAT = 1 to FLOAT4E2M1 = 23; STRING = 8 has no size of its own. */
    static const signed char size[] = {0, 8, 2, 2, 4, 4, 8, 16, 0, 2, 4, 16, 8, 16, 16, 32, 4, 2, 2, 2, 2, 1, 1, 1};

    return type > 0 && type < (int)sizeof(size) ? size[type] : 0;
}

int64_t cr_onnx_times(int64_t a, int64_t b)
{
    int64_t product;

    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

int64_t cr_onnx_plus(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

int64_t cr_onnx_bytes(int type, int64_t elements)
{
    int64_t halves = cr_onnx_times(elements, cr_onnx_half_bytes(type));

    return halves == INT64_MAX ? halves : halves / 2 + halves % 2;
}
