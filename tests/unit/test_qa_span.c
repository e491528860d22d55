#include "lib/test.h"

#include <math.h>
#include <stdlib.h>

#include "qa_span.h"

TEST(spans_and_probabilities_are_exact)
{
    const float start[] = {1, 2, 3, -INFINITY}, end[] = {5, 1, 0, NAN};
    struct qa_span s;

    assert_true(qa_span_best(start, end, 4, 15, &s));
    assert_int_equal(s.first, 0);
    assert_int_equal(s.last, 0);
    const float rising[] = {9, 0, 0, 0}, late[] = {0, 1, 4, 9};
    assert_true(qa_span_best(rising, late, 4, 3, &s)); /* one token further would be better, and is too far */
    assert_int_equal(s.first, 0);
    assert_int_equal(s.last, 2);
    assert_true(s.logit == 13);
    assert_false(qa_span_best(start, end, 0, 2, &s));
    assert_false(qa_span_best(start + 3, end + 3, 1, 2, &s));
    s = (struct qa_span){.first = 0, .last = 1};
    const float flat[] = {7, 7, 7, 7};
    assert_true(fabs(qa_span_probability(flat, flat, 4, &s) - 1.0 / 16) < 1e-12);
    const float far[] = {-3e38F, 3e38F};
    assert_true(qa_span_probability(far, far, 2, &s) == 0);
}

/* A fixed sequence of noise: whatever the logits are, the span is in order, inside, and no other is better. */
TEST(no_span_is_better_than_the_best)
{
    uint32_t seed = 7;

    for (int round = 0; round < 2000; round++) {
        float start[12], end[12];
        struct qa_span s;
        size_t n = 1 + (size_t)round % 12, longest = 1 + (size_t)round % 5;

        for (size_t i = 0; i < n; i++) {
            start[i] = (float)((seed = seed * 1664525 + 1013904223) >> 16) / 6553.6F - 5;
            end[i] = (float)((seed = seed * 1664525 + 1013904223) >> 16) / 6553.6F - 5;
        }
        assert_true(qa_span_best(start, end, n, longest, &s));
        assert_true(s.first <= s.last && s.last < n && s.last - s.first < longest);
        for (size_t i = 0; i < n; i++)
            for (size_t j = i; j < n && j - i < longest; j++)
                assert_true((double)start[i] + (double)end[j] <= s.logit);
    }
}

TEST_MAIN(cmocka_unit_test(spans_and_probabilities_are_exact), cmocka_unit_test(no_span_is_better_than_the_best))
