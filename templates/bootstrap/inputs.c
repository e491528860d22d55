#include "inputs.h"

#include <string.h>

/* What the first free dimension of an input gets, which is nearly always the batch, and what the others get. */
static const int64_t sizes[INPUTS_SHAPES][2] = {{1, 8}, {2, 2}, {1, 1}, {1, 64}, {1, 224}, {1, 512}};

static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223; /* Numerical Recipes' constants */
    return *state >> 8;
}

static uint16_t half(double value) /* of -1 to 1; small ones become 0 */
{
    float f = (float)value;
    uint32_t bits;
    int exponent;

    memcpy(&bits, &f, sizeof(bits));
    exponent = (int)(bits >> 23 & 255) - 112;
    return (uint16_t)((bits >> 16 & 0x8000) | (exponent > 0 ? (uint32_t)exponent << 10 | (bits >> 13 & 1023) : 0));
}

static void set_float(const struct tensor *t, size_t i, double value)
{
    if (t->type == TENSOR_FP16)
        ((uint16_t *)t->data)[i] = half(value);
    else if (t->type == TENSOR_FP32)
        ((float *)t->data)[i] = (float)value;
    else
        ((double *)t->data)[i] = value;
}

/* A whole number of 0 or 1 is its lowest byte, whatever its size, where the lowest comes first. */
static void set_whole(const struct tensor *t, size_t i, unsigned value)
{
    size_t size = tensor_size(t->type);
    unsigned char *at = (unsigned char *)t->data + i * size;

    memset(at, 0, size);
    at[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : size - 1] = (unsigned char)value;
}

static void fill(const struct tensor *t, size_t input, int run)
{
    uint32_t state = (uint32_t)input * 7919 + (uint32_t)run;
    unsigned first = (unsigned)run + (unsigned)(run >> 1) * (unsigned)input;

    for (size_t i = 0; i < t->count; i++) {
        if (t->type >= TENSOR_FP16)
            set_float(t, i, (double)next(&state) / (1 << 23) - 1);
        else
            set_whole(t, i, (first + (unsigned)i) & 1);
    }
}

int inputs_make(const struct model_signature *s, int shape, int run, struct tensor *inputs, struct error *err)
{
    for (size_t i = 0; i < s->n_inputs; i++) {
        const struct model_io *io = &s->inputs[i];
        int64_t dims[TENSOR_MAX_RANK];
        int rank = 0;

        for (size_t k = 0; k < io->rank; k++)
            dims[k] = io->shape[k] >= 0 ? io->shape[k] : sizes[shape][rank++ > 0];
        inputs[i].name = io->name;
        if (tensor_shape(&inputs[i], io->type, dims, io->rank, err) < 0)
            return -1;
        fill(&inputs[i], i, run);
    }
    return 0;
}
