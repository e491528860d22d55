#include "tensor_json.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static uint16_t half_of(double value)
{
    float f = (float)value;
    uint32_t x, sign, mantissa;
    int exponent;

    memcpy(&x, &f, sizeof(x));
    sign = x >> 16 & 0x8000;
    exponent = (int)(x >> 23 & 0xFF) - 112;
    mantissa = x & 0x7FFFFF;
    if (exponent >= 31)
        return (uint16_t)(sign | 0x7C00 | ((x & 0x7FFFFFFF) > 0x7F800000 ? 0x200 : 0));
    if (exponent <= 0) {
        int shift = 14 - exponent;
        uint32_t m = mantissa | 0x800000, half;

        if (shift > 24)
            return (uint16_t)sign;
        half = m >> shift;
        /* to nearest, ties to even */
        half += (m >> (shift - 1) & 1) && ((m & ((1U << (shift - 1)) - 1)) || (half & 1));
        return (uint16_t)(sign | half);
    }
    uint32_t half = (uint32_t)exponent << 10 | mantissa >> 13;

    half += (mantissa >> 12 & 1) && ((mantissa & 0xFFF) || (half & 1));
    return (uint16_t)(sign | half);
}

static double half_to(uint16_t h)
{
    int exponent = h >> 10 & 31, mantissa = h & 0x3FF;
    double value;

    if (exponent == 31)
        value = mantissa ? NAN : INFINITY;
    else if (exponent)
        value = ldexp(mantissa + 1024, exponent - 25);
    else
        value = ldexp(mantissa, -24);
    return h & 0x8000 ? -value : value;
}

static const struct {
    int64_t min, max;
} ranges[TENSOR_TYPES] = {
    [TENSOR_UINT8] = {0, UINT8_MAX},         [TENSOR_UINT16] = {0, UINT16_MAX},
    [TENSOR_UINT32] = {0, UINT32_MAX},       [TENSOR_UINT64] = {0, INT64_MAX},
    [TENSOR_INT8] = {INT8_MIN, INT8_MAX},    [TENSOR_INT16] = {INT16_MIN, INT16_MAX},
    [TENSOR_INT32] = {INT32_MIN, INT32_MAX}, [TENSOR_INT64] = {INT64_MIN, INT64_MAX},
};

/* What is above would silently become infinite. */
static double largest(enum tensor_type type)
{
    return type == TENSOR_FP16 ? 65504 : type == TENSOR_FP32 ? (double)FLT_MAX : DBL_MAX;
}

static int put_real(struct tensor *t, size_t i, const json_t *json, struct error *err)
{
    double value = json_number_value(json);

    if (!json_is_number(json))
        return error_set(err, 400, "data[%zu] is not a number", i);
    if (fabs(value) > largest(t->type))
        return error_set(err, 400, "data[%zu] is outside %s: %g", i, tensor_type_name(t->type), value);
    switch (t->type) {
    case TENSOR_FP16:
        ((uint16_t *)t->data)[i] = half_of(value);
        return 0;
    case TENSOR_FP32:
        ((float *)t->data)[i] = (float)value;
        return 0;
    default:
        ((double *)t->data)[i] = value;
        return 0;
    }
}

static int put_integer(struct tensor *t, size_t i, const json_t *json, struct error *err)
{
    int64_t value = json_integer_value(json);
    size_t size = tensor_size(t->type);

    if (!json_is_integer(json))
        return error_set(err, 400, "data[%zu] is not an integer", i);
    if (value < ranges[t->type].min || value > ranges[t->type].max)
        return error_set(err, 400, "data[%zu] is outside %s: %" PRId64, i, tensor_type_name(t->type), value);
    switch (size) {
    case 1:
        ((uint8_t *)t->data)[i] = (uint8_t)value;
        return 0;
    case 2:
        ((uint16_t *)t->data)[i] = (uint16_t)value;
        return 0;
    case 4:
        ((uint32_t *)t->data)[i] = (uint32_t)value;
        return 0;
    default:
        ((uint64_t *)t->data)[i] = (uint64_t)value;
        return 0;
    }
}

static int put(struct tensor *t, size_t i, const json_t *json, struct error *err)
{
    if (t->type == TENSOR_BOOL) {
        if (!json_is_boolean(json))
            return error_set(err, 400, "data[%zu] is not true or false", i);
        ((uint8_t *)t->data)[i] = json_is_true(json);
        return 0;
    }
    if (t->type >= TENSOR_FP16)
        return put_real(t, i, json, err);
    return put_integer(t, i, json, err);
}

/* Nested data: at depth d every array has shape[d] elements. */
static int fill_nested(struct tensor *t, size_t depth, const json_t *json, size_t *next, struct error *err)
{
    if (depth == t->rank)
        return put(t, (*next)++, json, err);
    if (!json_is_array(json) || json_array_size(json) != (size_t)t->shape[depth])
        return error_set(err, 400, "data is not nested as the shape is: expected %" PRId64 " elements at depth %zu",
                         t->shape[depth], depth);
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (fill_nested(t, depth + 1, json_array_get(json, i), next, err) < 0)
            return -1;
    }
    return 0;
}

static int fill(struct tensor *t, const json_t *data, struct error *err)
{
    size_t next = 0;

    if (json_is_array(json_array_get(data, 0)))
        return fill_nested(t, 0, data, &next, err);
    if (json_array_size(data) != t->count)
        return error_set(err, 400, "the shape holds %zu elements, data %zu", t->count, json_array_size(data));
    for (size_t i = 0; i < t->count; i++) {
        if (put(t, i, json_array_get(data, i), err) < 0)
            return -1;
    }
    return 0;
}

static int read_shape(const json_t *json, int64_t *shape, size_t *rank, struct error *err)
{
    if (!json_is_array(json))
        return error_set(err, 400, "shape is missing, or not an array");
    if (json_array_size(json) > TENSOR_MAX_RANK)
        return error_set(err, 400, "shape has %zu dimensions: at most %d are taken", json_array_size(json),
                         TENSOR_MAX_RANK);
    *rank = json_array_size(json);
    for (size_t i = 0; i < *rank; i++) {
        const json_t *dim = json_array_get(json, i);

        if (!json_is_integer(dim) || json_integer_value(dim) < 0)
            return error_set(err, 400, "shape[%zu] is not a whole number of 0 or more", i);
        shape[i] = json_integer_value(dim);
    }
    return 0;
}

int tensor_from_json(struct tensor *t, const json_t *json, struct error *err)
{
    const char *datatype = json_string_value(json_object_get(json, "datatype"));
    const json_t *data = json_object_get(json, "data");
    int64_t shape[TENSOR_MAX_RANK];
    enum tensor_type type;
    size_t rank = 0;

    if (!datatype)
        return error_set(err, 400, "datatype is missing, or not a string");
    if (tensor_type_of(datatype, &type) < 0)
        return error_set(err, 400,
                         "datatype '%.32s' is not known; there are BOOL, UINT8 to UINT64, INT8 to INT64, "
                         "FP16, FP32 and FP64",
                         datatype);
    if (read_shape(json_object_get(json, "shape"), shape, &rank, err) < 0)
        return -1;
    if (!json_is_array(data))
        return error_set(err, 400, "data is missing, or not an array");
    if (tensor_shape(t, type, shape, rank, err) < 0)
        return -1;
    return fill(t, data, err);
}

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *get(const struct tensor *t, size_t i)
{
    switch (t->type) {
    case TENSOR_BOOL:
        return json_boolean(((const uint8_t *)t->data)[i]);
    case TENSOR_UINT8:
        return json_integer(((const uint8_t *)t->data)[i]);
    case TENSOR_UINT16:
        return json_integer(((const uint16_t *)t->data)[i]);
    case TENSOR_UINT32:
        return json_integer(((const uint32_t *)t->data)[i]);
    case TENSOR_INT8:
        return json_integer(((const int8_t *)t->data)[i]);
    case TENSOR_INT16:
        return json_integer(((const int16_t *)t->data)[i]);
    case TENSOR_INT32:
        return json_integer(((const int32_t *)t->data)[i]);
    case TENSOR_INT64:
        return json_integer(((const int64_t *)t->data)[i]);
    case TENSOR_UINT64: {
        uint64_t value = ((const uint64_t *)t->data)[i];

        return value <= INT64_MAX ? json_integer((json_int_t)value) : json_real((double)value);
    }
    case TENSOR_FP16:
        return real(half_to(((const uint16_t *)t->data)[i]));
    case TENSOR_FP32:
        return real(((const float *)t->data)[i]);
    default:
        return real(((const double *)t->data)[i]);
    }
}

int tensor_to_json(const struct tensor *t, json_t **out, struct error *err)
{
    json_t *shape = json_array(), *data = json_array();

    for (size_t i = 0; i < t->rank; i++)
        json_array_append_new(shape, json_integer(t->shape[i]));
    for (size_t i = 0; i < t->count; i++)
        json_array_append_new(data, get(t, i));
    *out = json_pack("{s:s, s:s, s:o, s:o}", "name", t->name, "datatype", tensor_type_name(t->type), "shape", shape,
                     "data", data);
    return *out ? 0 : error_set(err, 500, "the output '%s' cannot be written as JSON", t->name);
}
