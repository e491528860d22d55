#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "cli/ask_stats.h"

static double number(const json_t *doc, const char *name)
{
    return json_number_value(json_object_get(doc, name));
}

/* 1 to n milliseconds, in an order that is none. */
static void fill(struct cli_stats *s, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        cli_stats_add(s, (i * 7919 % n + 1) * 1000);
}

/* By the nearest rank: the smallest that so many of a hundred do not exceed. 7919 is a prime and divides no count. */
TEST(percentiles_are_those_of_the_nearest_rank)
{
    static const struct {
        int64_t n;
        double min, median, p95, max;
    } rows[] = {{1, 1, 1, 1, 1}, {2, 1, 1, 2, 2}, {3, 1, 2, 3, 3}, {20, 1, 10, 19, 20}, {1000, 1, 500, 950, 1000}};

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CLI_AUTO_STATS struct cli_stats s = {0};
        json_auto_t *doc = NULL;

        fill(&s, rows[i].n);
        doc = cli_stats_json(&s);
        if (number(doc, "min_ms") != rows[i].min || number(doc, "median_ms") != rows[i].median ||
            number(doc, "p95_ms") != rows[i].p95 || number(doc, "max_ms") != rows[i].max)
            fail_msg("row %zu: %s", i, json_dumps(doc, 0));
        assert_int_equal(number(doc, "requests"), rows[i].n);
    }
}

TEST(a_long_run_is_thinned_evenly)
{
    CLI_AUTO_STATS struct cli_stats s = {0};
    json_auto_t *doc = NULL;

    fill(&s, 1000000);
    assert_true(s.n <= CLI_STATS_MAX && s.n >= CLI_STATS_MAX / 2);
    doc = cli_stats_json(&s);
    assert_int_equal(number(doc, "requests"), 1000000);
    assert_true(number(doc, "min_ms") == 1 && number(doc, "max_ms") == 1000000);
    assert_float_equal(number(doc, "median_ms"), 500000, 5000);
    assert_float_equal(number(doc, "p95_ms"), 950000, 5000);
}

TEST(failures_alone_have_no_times)
{
    CLI_AUTO_STATS struct cli_stats s = {.failed = 2};
    CR_AUTO_FREE char *text = cli_stats_text(&s);
    json_auto_t *doc = cli_stats_json(&s);

    assert_string_equal(text, "2 requests, 2 failed");
    assert_true(json_is_null(json_object_get(doc, "median_ms")));
}

TEST(one_line_says_it_all)
{
    CLI_AUTO_STATS struct cli_stats s = {.failed = 1, .cold = 1};
    CR_AUTO_FREE char *text = NULL;

    cli_stats_add(&s, 8100);
    cli_stats_add(&s, 20449);
    text = cli_stats_text(&s);
    assert_string_equal(text,
                        "3 requests, 1 failed, 1 cold; min 8.1 ms, median 8.1 ms, 95 % within 20.4 ms, max 20.4 ms");
}

TEST_MAIN(cmocka_unit_test(percentiles_are_those_of_the_nearest_rank), cmocka_unit_test(a_long_run_is_thinned_evenly),
          cmocka_unit_test(failures_alone_have_no_times), cmocka_unit_test(one_line_says_it_all))
