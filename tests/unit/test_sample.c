#include "lib/test.h"

#include "core/sample.h"

TEST(answers_match_within_the_tolerance)
{
    static const struct {
        const char *want, *got;
        double tolerance;
        bool same;
    } cases[] = {
        {"\"a\"", "\"a\"", 0, true},
        {"\"a\"", "\"A\"", 1, false},
        {"1", "1.0005", 0.001, true},
        {"1", "1.002", 0.001, false},
        {"[1, 2]", "[1, 2.0]", 0, true},
        {"[1, 2]", "[1]", 0, false},
        {"{\"a\": [true, null]}", "{\"a\": [true, null]}", 0, true},
        {"{\"a\": 1}", "{\"a\": 1, \"b\": 2}", 0, true},
        {"{\"a\": 1}", "{\"b\": 1}", 0, false},
        {"\"1\"", "1", 0, false},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        json_auto_t *got = json_loads(cases[i].got, JSON_DECODE_ANY, NULL);
        struct cr_sample s = {.response = json_loads(cases[i].want, JSON_DECODE_ANY, NULL),
                              .tolerance = cases[i].tolerance};

        if (cr_sample_matches(&s, got) != cases[i].same)
            fail_msg("%s and %s", cases[i].want, cases[i].got);
        assert_false(cr_sample_matches(&s, NULL));
        json_decref(s.response);
    }
    assert_true(cr_sample_matches(&(struct cr_sample){0}, NULL)); /* no response expected: any answer will do */
}

TEST_MAIN(cmocka_unit_test(answers_match_within_the_tolerance))
