/*
 * tensor.h - a named, typed, shaped block of numbers: what goes into a model and comes out of it.
 *
 * Layout: row-major, the machine's byte order, no padding; BOOL is one byte, 0 or 1; FP16 is its 16 bits.
 * Ownership: `name` is borrowed. `data` belongs to the tensor once tensor_shape made room for it, and grows but never
 *   shrinks, so a tensor that is reused from request to request stops allocating.
 */
#ifndef SERVER_TENSOR_H
#define SERVER_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define TENSOR_MAX_RANK 8
#define TENSOR_MAX_BYTES ((size_t)1 << 30) /* of one tensor; a larger one is the client's mistake */

enum tensor_type {
    TENSOR_BOOL,
    TENSOR_UINT8,
    TENSOR_UINT16,
    TENSOR_UINT32,
    TENSOR_UINT64,
    TENSOR_INT8,
    TENSOR_INT16,
    TENSOR_INT32,
    TENSOR_INT64,
    TENSOR_FP16,
    TENSOR_FP32,
    TENSOR_FP64,
    TENSOR_TYPES
};

struct tensor {
    const char *name;
    enum tensor_type type;
    size_t rank; /* 0 is a scalar: one element */
    int64_t shape[TENSOR_MAX_RANK];
    size_t count;    /* elements: the product of the shape */
    void *data;      /* count * tensor_size(type) bytes */
    size_t capacity; /* bytes that stand behind data */
};

size_t tensor_size(enum tensor_type type);                   /* bytes of one element */
const char *tensor_type_name(enum tensor_type type);         /* "FP32", as the Open Inference Protocol writes it */
int tensor_type_of(const char *name, enum tensor_type *out); /* -1: no such type */

/* Gives the tensor a type and a shape and makes room; the content is undefined. 400 when a dimension is negative or
 * the whole is over TENSOR_MAX_BYTES. */
int tensor_shape(struct tensor *t, enum tensor_type type, const int64_t *shape, size_t rank, struct error *err);
void tensor_free(struct tensor *t); /* frees data and forgets it; a zeroed tensor is fine */

#endif
