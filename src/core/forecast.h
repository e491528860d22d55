/*
 * forecast.h - how much memory one instance needs for a model, told from its graph before anything is built.
 *
 *   base         the server, ONNX Runtime and their libraries. Measured: resident 33 MiB behind an inference of
 *                examples/tensor-linear, whose weights are 32 bytes, ONNX Runtime 1.21 on x86-64 with two threads
 *   weights      of all initializers, external ones included, once: whether they are mapped or packed, one form of them
 *                stays (templates/server/README.md)
 *   activations  four times the most that lives between the nodes at one time (onnx_shape.h): ONNX Runtime's arena
 * grows by doubling, keeps what it has, and plans a second layout once a shape comes again. Measured: 3.5 times behind
 * requests of 40 different lengths, 1.2 times where the shape is fixed. One set, however many requests there are: the
 * server runs one inference at a time (templates/server/worker.h) requests     the bodies of all requests that are
 * given to the instance at a time, and what reading one of them takes: a number of a tensor is 80 bytes of memory and 3
 * of JSON. Measured: 25 MiB for 0.9 MiB
 *
 * So the sum is what the worst requests that server.max_body and server.max_length let in would take; lighter ones take
 * less. MiB, resident behind such requests, 2026-11, beside the forecast:
 *
 *   graph                                          weights   lives   measured   forecast
 *   examples/tensor-linear, 300,000 numbers              0       0         58         63
 *   examples/tiny-distilbert-qa, max_length 96         1.5     0.5         37         43
 *   4 layers of BERT, 256 wide, 384 tokens              20     5.3         63        104
 *   DistilBERT's shape, 384 tokens, all words          252      16        335        378
 *   9 convolutions, 512 x 512, body of 2.3 MiB          20      32        157        248
 *
 * Units: bytes, rows, elements. Errors: CR_E_IO, CR_E_CONFIG where the graph cannot be read.
 */
#ifndef CR_FORECAST_H
#define CR_FORECAST_H

#include <jansson.h>

#include "core/onnx.h"
#include "core/plan.h"

struct cr_forecast {
    int64_t base, weights, activations, requests;
    int64_t total;  /* of these */
    int64_t batch;  /* rows of one inference where the graph has them fixed (cr_onnx_batch); 0 otherwise */
    size_t outputs; /* of all nodes */
    size_t guessed; /* of how many of these the size is a guess */
};

/* Of the graph that the plan names. */
int cr_forecast_make(const struct cr_plan *plan, struct cr_forecast *f, struct cr_error *err) CR_CHECKED;
/* Of a graph that is open. */
void cr_forecast_graph(const struct cr_plan *plan, const struct cr_onnx *graph, struct cr_forecast *f);

/* Where nobody says deploy.concurrency: the default that suits the plan's CPUs and the rows of the graph
 * (core/concurrency.h), 1 where it cannot be read. It stays a default, and says so where it is asked for its place. */
void cr_forecast_concurrency(struct cr_plan *plan);

/* For --json: the fields by their names. New. */
json_t *cr_forecast_json(const struct cr_forecast *f);

/* The next amount above that is worth writing: 512Mi, 1Gi, 1536Mi, 2Gi, 3Gi, and so on; at least 128Mi. */
int64_t cr_forecast_round(int64_t bytes);

#endif
