#include "tensor.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} types[TENSOR_TYPES] = {
    [TENSOR_BOOL] = {"BOOL", 1},     [TENSOR_UINT8] = {"UINT8", 1},   [TENSOR_UINT16] = {"UINT16", 2},
    [TENSOR_UINT32] = {"UINT32", 4}, [TENSOR_UINT64] = {"UINT64", 8}, [TENSOR_INT8] = {"INT8", 1},
    [TENSOR_INT16] = {"INT16", 2},   [TENSOR_INT32] = {"INT32", 4},   [TENSOR_INT64] = {"INT64", 8},
    [TENSOR_FP16] = {"FP16", 2},     [TENSOR_FP32] = {"FP32", 4},     [TENSOR_FP64] = {"FP64", 8},
};

size_t tensor_size(enum tensor_type type)
{
    return types[type].size;
}

const char *tensor_type_name(enum tensor_type type)
{
    return types[type].name;
}

int tensor_type_of(const char *name, enum tensor_type *out)
{
    for (int i = 0; i < TENSOR_TYPES; i++) {
        if (!strcmp(types[i].name, name)) {
            *out = (enum tensor_type)i;
            return 0;
        }
    }
    return -1;
}

static int count_elements(const int64_t *shape, size_t rank, size_t size, size_t *out, struct error *err)
{
    size_t count = 1;

    for (size_t i = 0; i < rank; i++) {
        if (shape[i] < 0)
            return error_set(err, 400, "a dimension is negative: %" PRId64, shape[i]);
        if (shape[i] > 0 && count > TENSOR_MAX_BYTES / size / (size_t)shape[i])
            return error_set(err, 400, "the shape asks for more than %zu bytes", TENSOR_MAX_BYTES);
        count *= (size_t)shape[i];
    }
    *out = count;
    return 0;
}

int tensor_shape(struct tensor *t, enum tensor_type type, const int64_t *shape, size_t rank, struct error *err)
{
    size_t count = 0, bytes;

    if (rank > TENSOR_MAX_RANK)
        return error_set(err, 400, "%zu dimensions: at most %d are taken", rank, TENSOR_MAX_RANK);
    if (count_elements(shape, rank, types[type].size, &count, err) < 0)
        return -1;
    bytes = count * types[type].size;
    if (bytes > t->capacity || !t->data) {
        void *data = realloc(t->data, bytes ? bytes : 1);

        if (!data)
            return error_set(err, 500, "out of memory for a tensor of %zu bytes", bytes);
        t->data = data;
        t->capacity = bytes ? bytes : 1;
    }
    t->type = type;
    t->rank = rank;
    if (rank)
        memmove(t->shape, shape, rank * sizeof(*shape));
    t->count = count;
    return 0;
}

void tensor_free(struct tensor *t)
{
    free(t->data);
    t->data = NULL;
    t->capacity = t->count = 0;
}
