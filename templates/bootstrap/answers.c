#include "answers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "inputs.h"
#include "mem.h"

static void run_free(struct tensor *outputs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tensor_free(&outputs[i]);
}

/* One run on made-up inputs; outputs are zeroed, and named by the caller. */
static int run_once(struct model *m, int shape, int run, struct tensor *outputs, struct error *err)
{
    const struct model_signature *s = model_signature(m);
    struct tensor *inputs = mem_zero(s->n_inputs * sizeof(*inputs));
    int rc = inputs_make(s, shape, run, inputs, err);

    if (rc == 0)
        rc = model_run(m, inputs, s->n_inputs, outputs, s->n_outputs, err);
    run_free(inputs, s->n_inputs);
    free(inputs);
    return rc;
}

/* All runs with one shape; on failure nothing is kept. */
static int run_all(struct model *m, int shape, struct answers *a, struct error *err)
{
    const struct model_signature *s = model_signature(m);
    struct tensor *outputs = mem_zero(INPUTS_RUNS * s->n_outputs * sizeof(*outputs));

    for (size_t i = 0; i < INPUTS_RUNS * s->n_outputs; i++)
        outputs[i].name = a->names[i % s->n_outputs];
    for (int run = 0; run < INPUTS_RUNS; run++) {
        if (run_once(m, shape, run, outputs + (size_t)run * s->n_outputs, err) < 0) {
            run_free(outputs, INPUTS_RUNS * s->n_outputs);
            free(outputs);
            return -1;
        }
    }
    a->outputs = outputs;
    a->shape = shape;
    return 0;
}

static void describe(struct model *m, struct answers *a)
{
    const struct model_signature *s = model_signature(m);

    a->shape = -1;
    a->n_outputs = s->n_outputs;
    a->names = mem_zero(s->n_outputs * sizeof(*a->names));
    for (size_t i = 0; i < s->n_outputs; i++)
        a->names[i] = mem_text(s->outputs[i].name);
}

/* How many were answered. */
static size_t answer_samples(struct task *t, const json_t *samples, struct answers *a, struct error *err)
{
    size_t i, answered = 0;
    json_t *sample, *answer;

    a->samples = json_array();
    json_array_foreach(samples, i, sample)
    {
        if (t->ops->answer(t, json_object_get(sample, "request"), &answer, err) < 0)
            answer = json_null();
        else
            answered++;
        json_array_append_new(a->samples, answer);
    }
    return answered;
}

int answers_take(struct model *m, struct task *t, const json_t *samples, struct answers *out, struct error *err)
{
    struct answers a = {0};
    struct error refused = {0};

    describe(m, &a);
    for (int shape = 0; shape < INPUTS_SHAPES && run_all(m, shape, &a, &refused) < 0; shape++)
        continue;
    if (answer_samples(t, samples, &a, &refused) == 0 && !a.outputs) {
        answers_free(&a);
        return error_set(err, 500, "it takes no input that can be made up, and there is no sample (%s)", refused.msg);
    }
    *out = a;
    return 0;
}

static double half(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double value = exponent == 31 ? (fraction ? NAN : INFINITY)
                   : exponent     ? ldexp(1024 + fraction, exponent - 25)
                                  : ldexp(fraction, -24);

    return bits & 0x8000 ? -value : value;
}

static double number_at(const struct tensor *t, size_t i)
{
    switch (t->type) {
    case TENSOR_FP16:
        return half(((const uint16_t *)t->data)[i]);
    case TENSOR_FP32:
        return (double)((const float *)t->data)[i];
    case TENSOR_FP64:
        return ((const double *)t->data)[i];
    case TENSOR_INT8:
        return ((const int8_t *)t->data)[i];
    default:
        return ((const uint8_t *)t->data)[i];
    }
}

static double share_of(enum tensor_type type, bool quantised)
{
    return quantised ? 0.05 : type == TENSOR_FP16 ? 0.02 : 0.001;
}

/* Of the answers to samples, in which tensors are not told apart. */
static double widest_share(struct model *m, bool quantised)
{
    const struct model_signature *s = model_signature(m);
    double widest = share_of(TENSOR_FP32, quantised);

    for (size_t i = 0; i < s->n_outputs; i++)
        widest = fmax(widest, share_of(s->outputs[i].type, quantised));
    return widest;
}

static double tolerance_of(const struct tensor *t, bool quantised)
{
    double most = 1, size;

    for (size_t i = 0; i < t->count; i++) {
        size = fabs(number_at(t, i));
        most = isfinite(size) && size > most ? size : most;
    }
    return most * share_of(t->type, quantised);
}

static bool has_tolerance(const struct tensor *t, bool quantised)
{
    return t->type >= TENSOR_FP16 || (quantised && (t->type == TENSOR_INT8 || t->type == TENSOR_UINT8));
}

static int compare_numbers(const struct tensor *want, const struct tensor *got, bool quantised, struct error *err)
{
    double tolerance = tolerance_of(want, quantised);

    for (size_t i = 0; i < want->count; i++) {
        double a = number_at(want, i), b = number_at(got, i);

        if (a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance)
            continue;
        return error_set(err, 500, "output '%s', element %zu: %g became %g (tolerance %g)", want->name, i, a, b,
                         tolerance);
    }
    return 0;
}

static int compare_tensors(const struct tensor *want, const struct tensor *got, bool quantised, struct error *err)
{
    if (want->type != got->type || want->rank != got->rank ||
        memcmp(want->shape, got->shape, want->rank * sizeof(want->shape[0])) != 0)
        return error_set(err, 500, "output '%s' has another type or shape", want->name);
    if (has_tolerance(want, quantised))
        return compare_numbers(want, got, quantised, err);
    if (want->count && memcmp(want->data, got->data, want->count * tensor_size(want->type)) != 0)
        return error_set(err, 500, "output '%s' has other numbers", want->name);
    return 0;
}

static int compare_runs(const struct answers *original, const struct answers *other, bool quantised, struct error *err)
{
    size_t runs = original->outputs ? INPUTS_RUNS : 0;

    for (size_t i = 0; i < runs * original->n_outputs; i++) {
        if (compare_tensors(&original->outputs[i], &other->outputs[i], quantised, err) < 0)
            return -1;
    }
    return 0;
}

static int compare_samples(const struct answers *original, const struct answers *other, double tolerance,
                           struct error *err)
{
    json_t *want;
    size_t i;

    json_array_foreach(original->samples, i, want)
    {
        if (!json_is_null(want) && task_compare(want, json_array_get(other->samples, i), tolerance, err) < 0)
            return error_wrap(err, "sample %zu", i + 1);
    }
    return 0;
}

static int compare_names(const struct answers *original, const struct answers *other, struct error *err)
{
    if (original->n_outputs != other->n_outputs)
        return error_set(err, 500, "%zu outputs became %zu", original->n_outputs, other->n_outputs);
    for (size_t i = 0; i < original->n_outputs; i++) {
        if (strcmp(original->names[i], other->names[i]) != 0)
            return error_set(err, 500, "output '%s' became '%s'", original->names[i], other->names[i]);
    }
    return 0;
}

int answers_compare(const struct answers *original, struct model *m, struct task *t, const json_t *samples,
                    bool quantised, struct error *err)
{
    struct answers other = {0};
    struct error ignored = {0};
    int rc;

    describe(m, &other);
    rc = compare_names(original, &other, err);
    if (rc == 0 && original->outputs)
        rc = run_all(m, original->shape, &other, err);
    if (rc == 0)
        rc = compare_runs(original, &other, quantised, err);
    if (rc == 0) {
        answer_samples(t, samples, &other, &ignored);
        rc = compare_samples(original, &other, widest_share(m, quantised), err);
    }
    answers_free(&other);
    return rc;
}

void answers_free(struct answers *a)
{
    if (a->outputs) {
        run_free(a->outputs, INPUTS_RUNS * a->n_outputs);
        free(a->outputs);
    }
    for (size_t i = 0; i < a->n_outputs; i++)
        free(a->names[i]);
    free(a->names);
    json_decref(a->samples);
    *a = (struct answers){0};
}
