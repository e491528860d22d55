/*
 * fake_model.c - a model for tests of bootstrap's prove: y = factor * x. Its graph is the JSON in the first field of an
 * ONNX file, which onnx_scan reads as any other:
 *     {"factor": 2, "opens": true, "takes": 0, "output": "y"}
 * `takes` is the only number of elements it runs with, 0 for any.
 */
#include "model.h"

#include <jansson.h>
#include <stdio.h>

#include "mem.h"

struct model {
    json_t *graph;
    struct model_io x, y;
    struct model_signature signature;
};

/* Behind the field's tag and its length of one byte. */
static json_t *read_graph(const char *path)
{
    char text[256] = "";
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

    if (f)
        fclose(f);
    return n > 2 ? json_loadb(text + 2, (unsigned char)text[1], 0, NULL) : NULL;
}

int model_open(const struct model_options *options, struct model **out, struct error *err)
{
    json_t *graph = read_graph(options->path);
    struct model *m;

    if (!graph || json_is_false(json_object_get(graph, "opens"))) {
        json_decref(graph);
        return error_set(err, 500, "'%s': opening the graph", options->path);
    }
    m = mem_zero(sizeof(*m));
    m->graph = graph;
    m->x = (struct model_io){.name = mem_text("x"), .type = TENSOR_FP32, .rank = 1, .shape = {-1}};
    m->y = m->x;
    m->y.name = mem_text(json_string_value(json_object_get(graph, "output")));
    m->signature = (struct model_signature){.inputs = &m->x, .outputs = &m->y, .n_inputs = 1, .n_outputs = 1};
    *out = m;
    return 0;
}

void model_close(struct model *m)
{
    if (!m)
        return;
    json_decref(m->graph);
    free(m->x.name);
    free(m->y.name);
    free(m);
}

const struct model_signature *model_signature(const struct model *m)
{
    return &m->signature;
}

const char *model_runtime(void)
{
    return "fake";
}

int model_run(struct model *m, const struct tensor *inputs, size_t n_inputs, struct tensor *outputs, size_t n_outputs,
              struct error *err)
{
    double factor = json_number_value(json_object_get(m->graph, "factor"));
    json_int_t takes = json_integer_value(json_object_get(m->graph, "takes"));

    (void)n_inputs;
    (void)n_outputs;
    if (takes && inputs->count != (size_t)takes)
        return error_set(err, 400, "the model refused the inputs");
    if (tensor_shape(outputs, TENSOR_FP32, inputs->shape, inputs->rank, err) < 0)
        return -1;
    for (size_t i = 0; i < inputs->count; i++)
        ((float *)outputs->data)[i] = (float)(factor * (double)((const float *)inputs->data)[i]);
    return 0;
}
