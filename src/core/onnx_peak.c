#include "base/auto.h"
#include "base/mem.h"
#include "core/onnx_shape.h"

struct life {
    const struct cr_onnx *graph;
    int64_t *bytes;   /* of each value while it lives; 0 before, and behind */
    size_t *last_use; /* 1 + the node that reads it last; 0: nobody does */
    int64_t now, peak;
};

static void begin(struct life *l, const struct cr_onnx_shape *shape, uint32_t at)
{
    if (!at || l->graph->value[at].weight || l->bytes[at])
        return;
    l->bytes[at] = cr_onnx_shape_bytes(&shape[at]);
    l->now = cr_onnx_plus(l->now, l->bytes[at]);
    l->peak = l->now > l->peak ? l->now : l->peak;
}

static void end(struct life *l, uint32_t at)
{
    if (l->graph->value[at].output)
        return;
    if (l->now < INT64_MAX) /* more than a number holds stays so */
        l->now -= l->bytes[at];
    l->bytes[at] = 0;
}

static void run(struct life *l, const struct cr_onnx_shape *shape, size_t i)
{
    const struct cr_onnx *g = l->graph;
    const struct cr_onnx_node *node = &g->node[i];

    for (uint32_t k = 0; k < node->n_out; k++)
        begin(l, shape, g->link[node->out + k]);
    for (uint32_t k = 0; k < node->n_in; k++)
        if (l->last_use[g->link[node->in + k]] == i + 1)
            end(l, g->link[node->in + k]);
    for (uint32_t k = 0; k < node->n_out; k++)
        if (!l->last_use[g->link[node->out + k]])
            end(l, g->link[node->out + k]);
}

int64_t cr_onnx_peak(const struct cr_onnx *graph, struct cr_onnx_free_dims dims, size_t *guessed)
{
    CR_AUTO_FREE struct cr_onnx_shape *shape = cr_onnx_shapes(graph, dims, guessed);
    CR_AUTO_FREE int64_t *bytes = cr_calloc(graph->values, sizeof(*bytes));
    CR_AUTO_FREE size_t *last_use = cr_calloc(graph->values, sizeof(*last_use));
    struct life l = {.graph = graph, .bytes = bytes, .last_use = last_use};

    for (size_t i = 0; i < graph->nodes; i++)
        for (uint32_t k = 0; k < graph->node[i].n_in; k++)
            last_use[graph->link[graph->node[i].in + k]] = i + 1;
    for (size_t i = 0; i < graph->values; i++)
        if (graph->value[i].input)
            begin(&l, shape, (uint32_t)i);
    for (size_t i = 0; i < graph->nodes; i++)
        run(&l, shape, i);
    return l.peak;
}
