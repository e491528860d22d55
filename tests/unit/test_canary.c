#include "lib/test.h"

#include <string.h>

#include "core/canary.h"

/* `ok` requests of so many milliseconds, and `failed` ones. */
static void fill(struct cr_canary_side *side, int ok, int64_t ms, int failed, int status)
{
    for (int i = 0; i < ok; i++)
        cr_canary_add(side, 200, ms);
    for (int i = 0; i < failed; i++)
        cr_canary_add(side, status, 1);
}

TEST(a_revision_is_judged_by_its_failures_and_its_latency_beside_the_others)
{
    static const struct {
        const char *what;
        int ok, ms, failed, status, others_ok, others_ms, others_failed;
        struct cr_canary_rule rule;
        enum cr_canary_verdict verdict;
        const char *why;
    } rows[] = {
        {"as good", 100, 20, 0, 500, 900, 20, 0, {1, 2}, CR_CANARY_GOOD, ""},
        {"nobody came", 0, 0, 0, 500, 900, 20, 0, {1, 2}, CR_CANARY_UNKNOWN, ""},
        {"few, and good", 19, 20, 0, 500, 900, 20, 0, {1, 2}, CR_CANARY_UNKNOWN, ""},
        {"few, but they fail", 0, 0, 2, 500, 900, 20, 0, {1, 2}, CR_CANARY_BAD, "2 of 2 requests failed (100.0%)"},
        {"one failure may be chance", 30, 20, 1, 500, 900, 20, 0, {1, 2}, CR_CANARY_GOOD, ""},
        {"failures below what is allowed", 298, 20, 2, 500, 900, 20, 0, {1, 2}, CR_CANARY_GOOD, ""},
        {"failures above it", 97, 20, 3, 503, 900, 20, 0, {1, 2}, CR_CANARY_BAD, "3 of 100 requests failed (3.0%)"},
        {"no worse than the others", 90, 20, 10, 500, 90, 20, 10, {1, 2}, CR_CANARY_GOOD, ""},
        {"no answer is a failure", 97, 20, 3, 0, 900, 20, 0, {1, 2}, CR_CANARY_BAD, "3 of 100"},
        {"429 is one", 97, 20, 3, 429, 900, 20, 0, {1, 2}, CR_CANARY_BAD, "3 of 100"},
        {"other 4xx are the clients'", 97, 20, 3, 404, 900, 20, 0, {1, 2}, CR_CANARY_GOOD, ""},
        {"slower than twice, but nobody notices", 100, 60, 0, 500, 900, 20, 0, {1, 2}, CR_CANARY_GOOD, ""},
        {"much slower",
         100,
         400,
         0,
         500,
         900,
         100,
         0,
         {1, 2},
         CR_CANARY_BAD,
         "median latency is 400 ms, the others' 100"},
        {"slower, and allowed", 100, 400, 0, 500, 900, 100, 0, {1, 5}, CR_CANARY_GOOD, ""},
        {"slower, and not looked at", 100, 4000, 0, 500, 900, 100, 0, {1, 0}, CR_CANARY_GOOD, ""},
        {"nothing to compare with", 100, 4000, 0, 500, 9, 100, 0, {1, 2}, CR_CANARY_GOOD, ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct cr_canary_side fresh = {0}, others = {0};
        char why[200] = "";
        enum cr_canary_verdict got;

        fill(&fresh, rows[i].ok, rows[i].ms, rows[i].failed, rows[i].status);
        fill(&others, rows[i].others_ok, rows[i].others_ms, rows[i].others_failed, 500);
        got = cr_canary_judge(&rows[i].rule, &fresh, &others, why);
        if (got != rows[i].verdict || !strstr(why, rows[i].why))
            fail_msg("%s: verdict %d, '%s'", rows[i].what, (int)got, why);
        cr_canary_clear(&fresh);
        cr_canary_clear(&others);
    }
}

TEST(a_slow_tail_is_seen_where_there_are_enough_requests)
{
    const struct cr_canary_rule rule = {1, 2};
    struct cr_canary_side fresh = {0}, others = {0}, more = {0};
    char why[200] = "";

    fill(&fresh, 50, 20, 0, 500);
    fill(&more, 4, 900, 0, 500);
    cr_canary_join(&fresh, &more);
    fill(&others, 200, 20, 0, 500);
    assert_int_equal(cr_canary_judge(&rule, &fresh, &others, why), CR_CANARY_GOOD);
    fill(&fresh, 50, 20, 0, 500);
    cr_canary_join(&fresh, &more);
    assert_int_equal(cr_canary_latency(&fresh, 50), 20);
    assert_int_equal(cr_canary_latency(&fresh, 95), 900);
    assert_int_equal(cr_canary_judge(&rule, &fresh, &others, why), CR_CANARY_BAD);
    assert_string_equal(why, "its 95th percentile is 900 ms, the others' 20 ms");
    cr_canary_clear(&fresh);
    cr_canary_clear(&others);
    cr_canary_clear(&more);
}

TEST(latencies_are_by_nearest_rank)
{
    struct cr_canary_side side = {0};

    assert_int_equal(cr_canary_latency(&side, 50), 0);
    for (int ms = 100; ms > 0; ms--)
        cr_canary_add(&side, 200, ms);
    assert_int_equal(cr_canary_latency(&side, 1), 1);
    assert_int_equal(cr_canary_latency(&side, 50), 50);
    assert_int_equal(cr_canary_latency(&side, 95), 95);
    assert_int_equal(cr_canary_latency(&side, 100), 100);
    cr_canary_clear(&side);
}

TEST_MAIN(cmocka_unit_test(a_revision_is_judged_by_its_failures_and_its_latency_beside_the_others),
          cmocka_unit_test(a_slow_tail_is_seen_where_there_are_enough_requests),
          cmocka_unit_test(latencies_are_by_nearest_rank))
