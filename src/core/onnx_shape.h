/*
 * onnx_shape.h - how large every value of a graph is when it runs.
 *
 * What the file says of shapes is taken where it is complete. Exporters leave most of it out, so the rest is worked
 * out operator by operator, the small vectors of integers included with which a graph computes its own shapes. An
 * operator that is not known gives a value as large as the largest that goes into it; that is a guess, and is counted.
 *
 * Source: https://onnx.ai/onnx/operators/, read 2026-11.
 */
#ifndef CR_ONNX_SHAPE_H
#define CR_ONNX_SHAPE_H

#include "core/onnx.h"

/* What stands for dimensions that are not fixed. */
struct cr_onnx_free_dims {
    int64_t batch, length; /* 1 or more */
};

struct cr_onnx_shape {
    int type;
    int rank; /* -1: not known */
    int64_t dim[CR_ONNX_RANK];
    int wholes; /* its integers, as in struct cr_onnx_value; -1: not known */
    int64_t whole[CR_ONNX_RANK];
};

/* Shapes of graph->value[], in new memory. *guessed: of how many outputs of nodes the size was a guess. */
struct cr_onnx_shape *cr_onnx_shapes(const struct cr_onnx *graph, struct cr_onnx_free_dims dims, size_t *guessed);

/* Bytes of a value of that shape; 0 when it is not known. A type that is not known is taken for a float. */
int64_t cr_onnx_shape_bytes(const struct cr_onnx_shape *shape);

/* The most bytes that inputs, results and what lies between them take at one time, the nodes run in their order and
 * each value let go behind the last node that reads it. Weights are not among them. */
int64_t cr_onnx_peak(const struct cr_onnx *graph, struct cr_onnx_free_dims dims, size_t *guessed);

/* For onnx_shape.c: one output of a node, by its operator. False when it does not know. */
struct cr_onnx_step {
    const struct cr_onnx *graph;
    const struct cr_onnx_node *node;
    const struct cr_onnx_shape *shape; /* of graph->value[] */
    uint32_t output;                   /* which one of the node's */
};
bool cr_onnx_infer(const struct cr_onnx_step *step, struct cr_onnx_shape *out);

#endif
