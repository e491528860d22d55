/*
 * inputs.h - inputs of a graph, made up from their types and shapes: always the same ones.
 */
#ifndef BOOTSTRAP_INPUTS_H
#define BOOTSTRAP_INPUTS_H

#include "model.h"

enum {
    INPUTS_SHAPES = 6, /* sizes of free dimensions, the likeliest first */
    INPUTS_RUNS = 4    /* with one shape: whole numbers and booleans of two inputs take every pair of 0 and 1 */
};

/* inputs[i], zeroed, becomes the graph's input i; tensor_free them. `shape` and `run` count from 0. */
int inputs_make(const struct model_signature *s, int shape, int run, struct tensor *inputs, struct error *err);

#endif
