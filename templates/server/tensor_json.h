/*
 * tensor_json.h - tensors as the Open Inference Protocol v2 writes them:
 *   {"name": "x", "shape": [2, 3], "datatype": "FP32", "data": [1, 2, 3, 4, 5, 6]}
 * `data` may be flat, row by row, or nested as the shape is. FP16 is read and written as numbers.
 * Limits: a UINT64 above 2^63-1 cannot be read from JSON; NaN and infinity are written as null.
 * Source: https://github.com/kserve/open-inference-protocol
 */
#ifndef SERVER_TENSOR_JSON_H
#define SERVER_TENSOR_JSON_H

#include <jansson.h>

#include "tensor.h"

/* Fills shape, type and data; `name` is left to the caller. Messages name the field, not the tensor. */
int tensor_from_json(struct tensor *t, const json_t *json, struct error *err);
int tensor_to_json(const struct tensor *t, json_t **out, struct error *err);

#endif
