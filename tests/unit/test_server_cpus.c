#include "lib/test.h"

#include "cpus.h"

TEST(a_quota_is_whole_cpus_rounded_up)
{
    static const struct {
        const char *quota, *period;
        int64_t cpus;
    } cases[] = {
        {"200000 100000\n", NULL, 2}, {"150000 100000\n", NULL, 2},
        {"50000 100000\n", NULL, 1},  {"max 100000\n", NULL, 0},
        {"-1\n", "100000\n", 0},      {"400000\n", "100000\n", 4},
        {"100001\n", "100000\n", 2},  {"", NULL, 0},
        {"200000", "0", 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(cpus_quota(cases[i].quota, cases[i].period), cases[i].cpus);
}

TEST(there_is_always_one)
{
    assert_true(cpus_available() >= 1);
}

TEST_MAIN(cmocka_unit_test(a_quota_is_whole_cpus_rounded_up), cmocka_unit_test(there_is_always_one))
