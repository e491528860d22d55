#include "lib/test.h"

#include "core/limits_solve.h"

#define MI ((int64_t)1 << 20)

/* The grid: legal and illegal values around every bound a user meets. */
static const int64_t cpus[] = {79, 80, 499, 500, 999, 1000, 1500, 2000, 3000, 4000, 6000, 8000, 9000};
static const int64_t sizes[] = {127 * MI,   128 * MI,   512 * MI,   513 * MI,   1024 * MI, 1025 * MI, 2000000000,
                                2048 * MI,  4000000000, 4096 * MI,  4097 * MI,  8192 * MI, 8193 * MI, 16384 * MI,
                                16385 * MI, 24576 * MI, 24577 * MI, 32768 * MI, 32769 * MI};
static const int64_t requests[] = {0, 1, 2, 80, 81, 1000, 1001};
static const int64_t ends[][2] = {{0, 1}, {2, 1}, {0, 0}, {-1, 3}};

static void fill(struct cr_limit_value v[CR_LIMIT_FIELD_COUNT], int64_t cpu, int64_t memory, int64_t concurrency,
                 const int64_t end[2])
{
    v[CR_LIMIT_CPU] = (struct cr_limit_value){.set = true, .number = cpu};
    v[CR_LIMIT_MEMORY] = (struct cr_limit_value){.set = true, .number = memory};
    v[CR_LIMIT_CONCURRENCY] = (struct cr_limit_value){.set = true, .number = concurrency};
    v[CR_LIMIT_MIN_INSTANCES] = (struct cr_limit_value){.set = true, .number = end[0]};
    v[CR_LIMIT_MAX_INSTANCES] = (struct cr_limit_value){.set = true, .number = end[1]};
}

/* Whether some set that differs from v in exactly the fields of `mask` is legal, by trying the whole grid. Instances
 * are tried from 0 to 3: their rules ask for no more. */
static bool brute(struct cr_limit_value v[CR_LIMIT_FIELD_COUNT], enum cr_profile profile, unsigned mask)
{
    struct cr_limit_value t[CR_LIMIT_FIELD_COUNT] = {0};

    for (size_t c = 0; c < (mask & 1 ? CR_LEN(cpus) : 1); c++)
        for (size_t m = 0; m < (mask & 2 ? CR_LEN(sizes) : 1); m++)
            for (size_t r = 0; r < (mask & 4 ? CR_LEN(requests) : 1); r++)
                for (int64_t low = 0; low < (mask & 8 ? 4 : 1); low++)
                    for (int64_t up = 0; up < (mask & 16 ? 4 : 1); up++) {
                        const int64_t end[2] = {mask & 8 ? low : v[CR_LIMIT_MIN_INSTANCES].number,
                                                mask & 16 ? up : v[CR_LIMIT_MAX_INSTANCES].number};

                        fill(t, mask & 1 ? cpus[c] : v[CR_LIMIT_CPU].number,
                             mask & 2 ? sizes[m] : v[CR_LIMIT_MEMORY].number,
                             mask & 4 ? requests[r] : v[CR_LIMIT_CONCURRENCY].number, end);
                        if (cr_limits_legal(t, profile))
                            return true;
                    }
    return false;
}

static int fewest(struct cr_limit_value v[CR_LIMIT_FIELD_COUNT], enum cr_profile profile)
{
    for (int n = 0; n <= 5; n++)
        for (unsigned mask = 0; mask < 32; mask++)
            if (__builtin_popcount(mask) == n && brute(v, profile, mask))
                return n;
    return -1;
}

static void prove(enum cr_profile profile, int64_t cpu, int64_t memory, int64_t concurrency, const int64_t end[2])
{
    struct cr_limit_value v[CR_LIMIT_FIELD_COUNT] = {0};
    struct cr_limit_change change[CR_SOLVE_MAX];
    int n, want;

    fill(v, cpu, memory, concurrency, end);
    want = fewest(v, profile);
    n = cr_limits_solve(v, profile, change);
    if (n < 0 || n > want)
        fail_msg("cpu %lld memory %lld concurrency %lld: %d changes, brute force needs %d", (long long)cpu,
                 (long long)memory, (long long)concurrency, n, want);
    for (int i = 0; i < n; i++)
        v[change[i].field].number = change[i].number;
    assert_true(cr_limits_legal(v, profile));
}

TEST(every_proposal_is_legal_and_none_is_smaller)
{
    for (int profile = 0; profile < CR_PROFILE_COUNT; profile++)
        for (size_t c = 0; c < CR_LEN(cpus); c++)
            for (size_t m = 0; m < CR_LEN(sizes); m++)
                for (size_t r = 0; r < CR_LEN(requests); r++)
                    prove(profile, cpus[c], sizes[m], requests[r], ends[(c + m + r) % CR_LEN(ends)]);
}

TEST(more_is_proposed_before_less)
{
    struct cr_limit_value v[CR_LIMIT_FIELD_COUNT] = {0};
    struct cr_limit_change change[CR_SOLVE_MAX];

    fill(v, 4000, 1024 * MI, 1, ends[0]);
    assert_int_equal(cr_limits_solve(v, CR_PROFILE_CURRENT, change), 1);
    assert_int_equal(change[0].field, CR_LIMIT_MEMORY);
    assert_int_equal(change[0].number, 2048 * MI);
    fill(v, 4000, 2048 * MI, 1, ends[0]);
    assert_int_equal(cr_limits_solve(v, CR_PROFILE_CURRENT, change), 0);
}

TEST_MAIN(cmocka_unit_test(every_proposal_is_legal_and_none_is_smaller), cmocka_unit_test(more_is_proposed_before_less))
