#include "core/onnx_shape.h"

#include <string.h>

#include "base/mem.h"

static int64_t elements_of(const struct cr_onnx_shape *s)
{
    int64_t n = 1;

    for (int i = 0; i < s->rank; i++)
        n = cr_onnx_times(n, s->dim[i]);
    return s->rank < 0 ? 0 : n;
}

int64_t cr_onnx_shape_bytes(const struct cr_onnx_shape *shape)
{
    return cr_onnx_bytes(cr_onnx_half_bytes(shape->type) ? shape->type : CR_ONNX_FLOAT, elements_of(shape));
}

/* What the file says; a dimension that is free is the caller's. */
static struct cr_onnx_shape said(const struct cr_onnx_value *v, struct cr_onnx_free_dims dims)
{
    struct cr_onnx_shape s = {.type = v->type, .rank = v->rank, .wholes = v->weight ? v->wholes : -1};

    for (int i = 0; i < v->rank; i++)
        s.dim[i] = v->dim[i] == CR_ONNX_BATCH ? dims.batch : v->dim[i] == CR_ONNX_LENGTH ? dims.length : v->dim[i];
    memcpy(s.whole, v->whole, sizeof(s.whole));
    return s;
}

static bool is_fixed(const struct cr_onnx_value *v)
{
    for (int i = 0; i < v->rank; i++)
        if (v->dim[i] < 0)
            return false;
    return v->rank >= 0;
}

/* As large as the largest that goes in. */
static void guess(const struct cr_onnx_step *step, struct cr_onnx_shape *out)
{
    const struct cr_onnx *g = step->graph;

    for (uint32_t i = 0; i < step->node->n_in; i++) {
        uint32_t at = g->link[step->node->in + i];

        if (!g->value[at].weight && elements_of(&step->shape[at]) > elements_of(out)) {
            *out = step->shape[at];
            out->wholes = -1;
        }
    }
}

/* The shape of one output; whether it is only a guess. */
static bool work_out(const struct cr_onnx_step *step, struct cr_onnx_shape *shape)
{
    uint32_t at = step->graph->link[step->node->out + step->output];
    const struct cr_onnx_value *v = &step->graph->value[at];
    struct cr_onnx_shape out = {.type = v->type, .rank = -1, .wholes = -1};
    bool known = cr_onnx_infer(step, &out);

    if (!known)
        out = (struct cr_onnx_shape){.type = v->type, .rank = -1, .wholes = -1};
    if (known && !is_fixed(v))
        shape[at] = out;
    if (v->rank >= 0) {
        shape[at].wholes = out.wholes; /* the file never says these */
        memcpy(shape[at].whole, out.whole, sizeof(out.whole));
        return false;
    }
    if (known)
        return false;
    guess(step, &out);
    shape[at] = out;
    return true;
}

struct cr_onnx_shape *cr_onnx_shapes(const struct cr_onnx *graph, struct cr_onnx_free_dims dims, size_t *guessed)
{
    struct cr_onnx_shape *shape = cr_calloc(graph->values, sizeof(*shape));

    *guessed = 0;
    for (size_t i = 0; i < graph->values; i++)
        shape[i] = said(&graph->value[i], dims);
    for (size_t i = 0; i < graph->nodes; i++) {
        const struct cr_onnx_node *node = &graph->node[i];

        for (uint32_t k = 0; k < node->n_out; k++) {
            const struct cr_onnx_step step = {graph, node, shape, k};
            uint32_t at = graph->link[node->out + k];

            if (at && !graph->value[at].weight && work_out(&step, shape))
                ++*guessed;
        }
    }
    return shape;
}
