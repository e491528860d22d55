/*
 * onnx_names.h - the values of a graph, found by name while it is read. For onnx.c alone.
 *
 * Ownership: names point into the file. Errors: NULL above `max` names.
 */
#ifndef CR_ONNX_NAMES_H
#define CR_ONNX_NAMES_H

#include "core/onnx.h"

struct cr_onnx_names {
    uint32_t *slot; /* 1 + index into value[]; 0: free */
    size_t slots;   /* a power of two */
    size_t max;
};

/* The value of that name, made without a shape when it is new. Valid until the next call. */
struct cr_onnx_value *cr_onnx_named(struct cr_onnx *graph, struct cr_onnx_names *names, struct cr_onnx_text name);
void cr_onnx_names_free(struct cr_onnx_names *names);

#endif
