/*
 * model.h - the seam between the server and whatever computes: ONNX Runtime (model_ort.c), or an echo (model_echo.c)
 * that needs no runtime and lets routing, limits and draining be tested anywhere.
 *
 * Threads: one caller at a time; the server has one worker. The model's own threads are counted by `threads`.
 * Ownership: names and descriptions live as long as the model.
 */
#ifndef SERVER_MODEL_H
#define SERVER_MODEL_H

#include "tensor.h"

struct model;

/* What one input or output looks like. A dimension of -1 may be anything. */
struct model_io {
    char *name;
    enum tensor_type type;
    size_t rank;
    int64_t shape[TENSOR_MAX_RANK];
};

struct model_options {
    const char *path; /* the graph's file */
    const char *task; /* "question-answering", "tensor": only the echo looks at it */
    int threads;      /* intra-op threads, 1 or more; inter-op is always 1 */
    int64_t pack_mb;  /* weights up to so many MiB are packed for the processor at hand as they are loaded */
};

struct model_signature {
    const struct model_io *inputs, *outputs;
    size_t n_inputs, n_outputs;
    bool any; /* takes any inputs and gives them back (the echo alone): inputs and outputs are empty */
};

int model_open(const struct model_options *options, struct model **out, struct error *err);
void model_close(struct model *m); /* NULL is fine */

const struct model_signature *model_signature(const struct model *m);
const char *model_runtime(void); /* "onnxruntime 1.21.0", "echo" */

/* Runs the graph. Inputs are looked up by name, in any order, and each must be there with the signature's type. Each
 * output comes with its name set and is given type, shape and data (tensor_shape: room is reused). */
int model_run(struct model *m, const struct tensor *inputs, size_t n_inputs, struct tensor *outputs, size_t n_outputs,
              struct error *err);

#endif
