#include "qa_span.h"

#include <math.h>

bool qa_span_best(const float *start, const float *end, size_t n, size_t longest, struct qa_span *out)
{
    bool found = false;

    for (size_t i = 0; i < n; i++) {
        for (size_t j = i; j < n && j - i < longest; j++) {
            double sum = (double)start[i] + (double)end[j];

            if (!isfinite(sum) || (found && sum <= out->logit))
                continue;
            *out = (struct qa_span){.first = i, .last = j, .logit = sum};
            found = true;
        }
    }
    return found;
}

/* Against the one at hand rather than the greatest: a sum that overflows is a probability of 0, which is right. */
static double softmax(const float *logits, size_t n, size_t at)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(logits[i]))
            sum += exp((double)logits[i] - (double)logits[at]);
    return 1 / sum;
}

double qa_span_probability(const float *start, const float *end, size_t n, const struct qa_span *span)
{
    return softmax(start, n, span->first) * softmax(end, n, span->last);
}
