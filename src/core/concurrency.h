/*
 * concurrency.h - how many requests one instance of a model is given at a time when nobody says.
 *
 * Cloud Run's own default is 80, chosen for services that wait for others. A model computes: the server answers one
 * request after the other, each with all CPUs of the instance, and lets the rest wait in a queue
 * (templates/server/worker.h). Of what is given to it at once only one is worked at, so:
 *
 *   one for each whole CPU: n requests in a row, each on n CPUs, take about as long as one request on one CPU, and no
 *     request waits longer than that. With fewer, Cloud Run would start and bill an instance for every two requests
 *     that overlap by a millisecond; with more, requests wait, and hold their bodies in memory, where another instance
 *     would have answered;
 *   divided by the rows of one inference: a model whose input has a fixed batch of b rows works b times as long for
 *     every request, filled or not;
 *   one for less than one CPU, where the platform takes nothing else;
 *   never more than CR_CONCURRENCY_MAX, the requests that the server lets wait by default: above that it would answer
 *     503 while Cloud Run thinks there is room.
 *
 * Units: milli-CPU over all containers; rows of one inference, 0 for unknown. Errors: none.
 */
#ifndef CR_CONCURRENCY_H
#define CR_CONCURRENCY_H

#include <stdint.h>

#define CR_CONCURRENCY_MAX 16

int64_t cr_concurrency_default(int64_t cpu_milli, int64_t batch);

#endif
