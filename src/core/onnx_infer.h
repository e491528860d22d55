/*
 * onnx_infer.h - what onnx_infer.c, with the operators that calculate, and onnx_move.c, with those that only arrange,
 * share; nobody else includes it.
 *
 * Each takes a step and fills *out, whose type is what the file says of it; false when it cannot tell.
 */
#ifndef CR_ONNX_INFER_H
#define CR_ONNX_INFER_H

#include "core/onnx_shape.h"

typedef bool cr_onnx_operator(const struct cr_onnx_step *s, struct cr_onnx_shape *out);

cr_onnx_operator cr_onnx_concat, cr_onnx_fill, cr_onnx_flatten, cr_onnx_gather, cr_onnx_range, cr_onnx_reduce,
    cr_onnx_reshape, cr_onnx_shape_of, cr_onnx_slice, cr_onnx_split, cr_onnx_squeeze, cr_onnx_transpose,
    cr_onnx_unsqueeze;

/* The shape of an input; NULL when it is left out or not known. */
const struct cr_onnx_shape *cr_onnx_in(const struct cr_onnx_step *s, uint32_t i);
/* An attribute of one integer. */
int64_t cr_onnx_number(const struct cr_onnx_step *s, const char *name, int64_t fallback);
/* One dimension more. */
bool cr_onnx_push(struct cr_onnx_shape *out, int64_t dim);
/* A scalar of that type, to be pushed on. */
void cr_onnx_start(struct cr_onnx_shape *out, int type);
/* x is stretched by y, from behind. */
bool cr_onnx_stretch(struct cr_onnx_shape *x, const struct cr_onnx_shape *y);

#endif
