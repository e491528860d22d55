/*
 * answers.h - whether the prepared graph answers as the one it was made from: what a graph answers to inputs that are
 * made up and to the samples is kept, and compared with what another answers.
 *
 * Inputs are made up from the types and shapes of the graph's inputs, the same ones each time: floats from -1 to 1,
 * whole numbers and booleans 0 or 1, in four runs that differ, so that each of two conditions is taken both ways. A
 * free dimension gets one of a few small sizes: the first with which the original runs. A graph whose inputs must fit
 * one another in another way takes none of them; then the samples alone are compared.
 *
 * Two answers are alike when names, types and shapes are the same and numbers within a tolerance, a share of the
 * largest number of the tensor (or of 1): 0.001, of FP16 0.02, of a graph that quantises 0.05 (another order of
 * operations rounds one step up or down); whole numbers exactly, but for 8-bit ones of a graph that quantises.
 *
 * Ownership: answers own everything in them, so the model may be closed.
 */
#ifndef BOOTSTRAP_ANSWERS_H
#define BOOTSTRAP_ANSWERS_H

#include "task.h"

struct answers {
    int shape;              /* the sizes that free dimensions got; -1: the graph took none */
    size_t n_outputs;       /* of one run */
    char **names;           /* of the outputs */
    struct tensor *outputs; /* of all runs, one run behind the other; NULL without a shape */
    json_t *samples;        /* an answer each; null where the request was refused */
};

/* What the original answers. Fails only when there is nothing to compare: no shape it takes, and no sample it answers.
 */
int answers_take(struct model *m, struct task *t, const json_t *samples, struct answers *out, struct error *err);
/* Whether another graph answers alike; -1 says where it does not. */
int answers_compare(const struct answers *original, struct model *m, struct task *t, const json_t *samples,
                    bool quantised, struct error *err);
void answers_free(struct answers *a); /* zeroed is fine */

#endif
