#include "lib/test.h"

#include "base/mem.h"
#include "core/concurrency.h"

TEST(one_request_for_each_cpu_less_for_batches)
{
    static const struct {
        int64_t cpu, batch, want;
    } rows[] = {
        {80, 0, 1},     {999, 1, 1},  {1000, 0, 1}, {1500, 1, 1}, {2000, 0, 2},  {4000, 1, 4}, {8000, 0, 8},
        {22000, 0, 16}, {8000, 2, 4}, {8000, 3, 2}, {4000, 8, 1}, {2000, -1, 2}, {0, 0, 1},    {16000, 1, 16},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++)
        if (cr_concurrency_default(rows[i].cpu, rows[i].batch) != rows[i].want)
            fail_msg("cpu %lld, batch %lld: %lld", (long long)rows[i].cpu, (long long)rows[i].batch,
                     (long long)cr_concurrency_default(rows[i].cpu, rows[i].batch));
}

TEST_MAIN(cmocka_unit_test(one_request_for_each_cpu_less_for_batches))
