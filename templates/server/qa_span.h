/*
 * qa_span.h - from two rows of logits to a span and its probability. Pure.
 */
#ifndef SERVER_QA_SPAN_H
#define SERVER_QA_SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct qa_span {
    size_t first, last; /* both belong to it */
    double logit;       /* start[first] + end[last] */
};

/* The span of at most `longest` tokens with the greatest sum; the earliest of equal ones. False when no sum is a
 * number, or n is 0. */
bool qa_span_best(const float *start, const float *end, size_t n, size_t longest, struct qa_span *out);

/* Softmax of the start at first times softmax of the end at last, over the n tokens. */
double qa_span_probability(const float *start, const float *end, size_t n, const struct qa_span *span);

#endif
