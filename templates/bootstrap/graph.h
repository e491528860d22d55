/*
 * graph.h - the optimised form of a graph: fused, and with its weights in a file of their own, "model.data" beside
 * "model.onnx", so that opening it maps them and copies nothing.
 *
 * Level: extended. What lies above it lays weights out for the processor at hand, and the image may run on another.
 */
#ifndef BOOTSTRAP_GRAPH_H
#define BOOTSTRAP_GRAPH_H

#include "error.h"

#define GRAPH_FILE "model.onnx"
#define GRAPH_WEIGHTS "model.data"

int graph_prepare(const char *from, const char *dir, struct error *err);
const char *graph_runtime(void); /* the version of ONNX Runtime */

#endif
