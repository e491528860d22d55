/* model_echo.c - a model without a runtime: deterministic, for tests and for machines that have no ONNX Runtime.
 *
 * Task question-answering: start and end logits pick the first token of the second segment.
 * Any other task: the outputs are the inputs. Three input names mean something: the first number of "delay_ms" is
 * how long the run takes, "fail" makes it fail, and everything else comes back untouched.
 * A model file that is itself JSON, {"inputs": [{"name", "datatype", "shape"}]}, makes the echo as strict about names
 * and types as a real graph. */
#include "model.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mem.h"

struct model {
    bool answers; /* question-answering */
    struct model_io inputs[16], outputs[16];
    struct model_signature signature;
};

static void add_io(struct model_io *list, size_t *n, const char *name, enum tensor_type type, size_t rank)
{
    struct model_io *io = &list[(*n)++];

    io->name = mem_text(name);
    io->type = type;
    io->rank = rank;
    for (size_t i = 0; i < rank; i++)
        io->shape[i] = -1;
}

static void describe_answers(struct model *m)
{
    struct model_signature *s = &m->signature;

    add_io(m->inputs, &s->n_inputs, "input_ids", TENSOR_INT64, 2);
    add_io(m->inputs, &s->n_inputs, "attention_mask", TENSOR_INT64, 2);
    add_io(m->inputs, &s->n_inputs, "token_type_ids", TENSOR_INT64, 2);
    add_io(m->outputs, &s->n_outputs, "start_logits", TENSOR_FP32, 2);
    add_io(m->outputs, &s->n_outputs, "end_logits", TENSOR_FP32, 2);
}

static int describe_one(struct model *m, const json_t *row, struct error *err)
{
    const char *name, *datatype;
    json_t *shape;
    enum tensor_type type;

    if (json_unpack((json_t *)row, "{s:s, s:s, s:o}", "name", &name, "datatype", &datatype, "shape", &shape) < 0 ||
        tensor_type_of(datatype, &type) < 0 || json_array_size(shape) > TENSOR_MAX_RANK)
        return error_set(err, 500, "the echo's signature has an input without name, datatype and shape");
    add_io(m->inputs, &m->signature.n_inputs, name, type, json_array_size(shape));
    add_io(m->outputs, &m->signature.n_outputs, name, type, json_array_size(shape));
    for (size_t i = 0; i < json_array_size(shape); i++) {
        int64_t dim = json_integer_value(json_array_get(shape, i));

        m->inputs[m->signature.n_inputs - 1].shape[i] = dim;
        m->outputs[m->signature.n_outputs - 1].shape[i] = dim;
    }
    return 0;
}

static int describe(struct model *m, const char *path, struct error *err)
{
    json_auto_t *doc = json_load_file(path, 0, NULL);
    json_t *inputs = json_object_get(doc, "inputs"), *row;
    size_t i;

    m->signature.any = !inputs;
    if (json_array_size(inputs) > sizeof(m->inputs) / sizeof(m->inputs[0]))
        return error_set(err, 500, "the echo takes at most 16 inputs");
    json_array_foreach(inputs, i, row)
    {
        if (describe_one(m, row, err) < 0)
            return -1;
    }
    return 0;
}

int model_open(const struct model_options *options, struct model **out, struct error *err)
{
    FILE *f = fopen(options->path, "rb");
    struct model *m;

    if (!f)
        return error_set(err, 500, "the model's file '%s' cannot be opened", options->path);
    fclose(f);
    m = mem_zero(sizeof(*m));
    m->signature.inputs = m->inputs;
    m->signature.outputs = m->outputs;
    m->answers = !strcmp(options->task, "question-answering");
    if (m->answers)
        describe_answers(m);
    else if (describe(m, options->path, err) < 0) {
        model_close(m);
        return -1;
    }
    *out = m;
    return 0;
}

void model_close(struct model *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->signature.n_inputs; i++)
        free(m->inputs[i].name);
    for (size_t i = 0; i < m->signature.n_outputs; i++)
        free(m->outputs[i].name);
    free(m);
}

const struct model_signature *model_signature(const struct model *m)
{
    return &m->signature;
}

const char *model_runtime(void)
{
    return "echo";
}

static const struct tensor *find(const struct tensor *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(list[i].name, name))
            return &list[i];
    }
    return NULL;
}

static double first_number(const struct tensor *t)
{
    if (!t || !t->count)
        return 0;
    switch (t->type) {
    case TENSOR_INT64:
        return (double)*(const int64_t *)t->data;
    case TENSOR_INT32:
        return *(const int32_t *)t->data;
    case TENSOR_FP32:
        return *(const float *)t->data;
    default:
        return 0;
    }
}

static void wait_ms(double ms)
{
    struct timespec t = {(time_t)(ms / 1000), 0};

    t.tv_nsec = (long)((ms - (double)t.tv_sec * 1000) * 1e6);
    while (ms > 0 && nanosleep(&t, &t) < 0)
        continue;
}

/* 9 at the first token of the second segment, 0 elsewhere: for starts and for ends alike. */
static int answer_logits(const struct tensor *segments, struct tensor *out, struct error *err)
{
    const int64_t *segment = segments->data;
    size_t row = (size_t)segments->shape[1];
    float *logits;

    if (tensor_shape(out, TENSOR_FP32, segments->shape, segments->rank, err) < 0)
        return -1;
    logits = out->data;
    for (size_t i = 0; i < out->count; i++)
        logits[i] = segment[i] && (i % row == 0 || !segment[i - 1]) ? 9.0F : 0.0F;
    return 0;
}

static int echo_one(const struct model *m, const struct tensor *inputs, size_t n_inputs, struct tensor *out,
                    struct error *err)
{
    const struct tensor *in = find(inputs, n_inputs, m->answers ? "token_type_ids" : out->name);

    if (!in)
        return error_set(err, 500, "the echo has no output '%s'", out->name);
    if (m->answers)
        return answer_logits(in, out, err);
    if (tensor_shape(out, in->type, in->shape, in->rank, err) < 0)
        return -1;
    memcpy(out->data, in->data, in->count * tensor_size(in->type));
    return 0;
}

int model_run(struct model *m, const struct tensor *inputs, size_t n_inputs, struct tensor *outputs, size_t n_outputs,
              struct error *err)
{
    wait_ms(first_number(find(inputs, n_inputs, "delay_ms")));
    if (find(inputs, n_inputs, "fail"))
        return error_set(err, 500, "the echo was asked to fail");
    for (size_t i = 0; i < n_outputs; i++) {
        if (echo_one(m, inputs, n_inputs, &outputs[i], err) < 0)
            return -1;
    }
    return 0;
}
