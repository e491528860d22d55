/*
 * graph.h - the optimised form of a graph: fused, and with its weights in a file of their own, "model.data" beside
 * "model.onnx", so that opening it maps them and copies nothing.
 *
 * Levels are those of build.optimize: "none" rewrites the graph as it is, "basic" drops and folds what is redundant,
 * "all" fuses as well (ONNX Runtime's "extended"). What lies above that lays weights out for the processor at hand, and
 * the image may run on another.
 *
 * ONNX Runtime 1.21 cannot save the weights of a graph with subgraphs in a file of their own: it writes a file that it
 * then refuses, "initializer name is not unique". Such a graph keeps them inside.
 */
#ifndef BOOTSTRAP_GRAPH_H
#define BOOTSTRAP_GRAPH_H

#include <stdbool.h>

#include "error.h"

#define GRAPH_FILE "model.onnx"
#define GRAPH_WEIGHTS "model.data"

int graph_level(const char *word, int *level, struct error *err);
/* `external`: whether the weights go into GRAPH_WEIGHTS; small ones stay inside anyway. */
int graph_prepare(const char *from, const char *dir, int level, bool external, struct error *err);
const char *graph_runtime(void); /* the version of ONNX Runtime */

#endif
