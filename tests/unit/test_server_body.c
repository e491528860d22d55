#include "lib/test.h"

#include <string.h>

#include "body.h"
#include "memory.h"

TEST(a_body_takes_what_it_reserves_and_gives_it_back)
{
    static const size_t sizes[] = {1, 16383, 16384, 16385, 100000, 1000000};
    struct budget budget = {.max = 1000000};
    struct body body = {0};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_int_equal(body_reserve(&body, &budget, sizes[i]), 0);
        assert_int_equal(budget.used, sizes[i]);
        assert_int_equal(body_reserve(&body, &budget, 1), 0); /* has room already */
        memset(body.data, 'x', sizes[i]);
        body_release(&body, &budget);
        assert_int_equal(budget.used, 0);
        assert_null(body.data);
    }
}

TEST(what_the_budget_does_not_hold_is_refused_and_leaves_the_body_as_it_was)
{
    struct budget budget = {.max = 100000};
    struct body first = {0}, second = {0};

    assert_int_equal(body_reserve(&first, &budget, 60000), 0);
    assert_int_equal(body_append(&first, &budget, "abc", 3, 60000), 0);
    assert_int_equal(body_reserve(&second, &budget, 40001), -1);
    assert_int_equal(body_reserve(&second, &budget, 40000), 0);
    assert_int_equal(body_reserve(&first, &budget, 60001), -1);
    assert_memory_equal(first.data, "abc", 3);
    assert_int_equal(budget.used, 100000);
    budget.used += 5; /* replies may go beyond it */
    body_release(&second, &budget);
    assert_int_equal(body_reserve(&second, &budget, 39996), -1);
    body_release(&first, &budget);
    assert_int_equal(budget.used, 5);
}

TEST(a_body_of_unknown_length_grows_to_its_largest_and_keeps_what_it_has)
{
    struct budget budget = {.max = 1 << 20};
    struct body body = {0};
    char piece[1000];
    size_t n = 0;

    for (; n < 1 << 20; n += sizeof(piece)) {
        memset(piece, 'a' + (int)(n / sizeof(piece) % 26), sizeof(piece));
        assert_int_equal(body_append(&body, &budget, piece, n + 1000 > 1 << 20 ? (1 << 20) - n : 1000, 1 << 20), 0);
        assert_true(budget.used == body.capacity && body.capacity >= body.length);
    }
    assert_int_equal(body.length, 1 << 20);
    for (size_t i = 0; i < body.length; i++)
        assert_int_equal(body.data[i], 'a' + (int)(i / sizeof(piece) % 26));
    body_release(&body, &budget);
    assert_int_equal(budget.used, 0);
}

TEST(a_limit_of_memory_is_a_number_of_bytes)
{
    assert_int_equal(memory_limit("536870912\n"), 536870912);
    assert_int_equal(memory_limit("max\n"), 0);
    assert_int_equal(memory_limit(""), 0);
    assert_int_equal(memory_limit("-1\n"), 0);
    assert_int_equal(memory_limit("99999999999999999999\n"), 0);
    assert_true(memory_available() >= 1 << 20);
}

TEST_MAIN(cmocka_unit_test(a_body_takes_what_it_reserves_and_gives_it_back),
          cmocka_unit_test(what_the_budget_does_not_hold_is_refused_and_leaves_the_body_as_it_was),
          cmocka_unit_test(a_body_of_unknown_length_grows_to_its_largest_and_keeps_what_it_has),
          cmocka_unit_test(a_limit_of_memory_is_a_number_of_bytes))
