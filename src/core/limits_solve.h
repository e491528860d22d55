/*
 * limits_solve.h - the nearest legal set of values, found by search and not by a table of advice.
 *
 * Nearest is: fewest values changed; among those the smallest sum of steps, a step counting how many of the values
 * worth proposing lie between; a larger value before a smaller one, for less than what was asked for is the worse
 * surprise. Values worth proposing are the bounds that the rules themselves name, and their neighbours: between two
 * neighbouring bounds no rule tells values apart, so no legal set that changes fewer values is missed. Fields that no
 * rule joins are mended apart from each other, which is why the search is short.
 *
 * Units: those of limits.h. Ownership: nothing is kept. Errors: none; a request that cannot be mended in CR_SOLVE_MAX
 * changes says so by its result. Rules that are only advice do not count.
 */
#ifndef CR_LIMITS_SOLVE_H
#define CR_LIMITS_SOLVE_H

#include "core/limits.h"

#define CR_SOLVE_MAX CR_LIMIT_FIELD_COUNT /* values changed at once, at most */

struct cr_limit_change {
    enum cr_limit_field field;
    int64_t number;
};

bool cr_limits_legal(const struct cr_limit_value values[CR_LIMIT_FIELD_COUNT], enum cr_profile profile);

/* How many of the changes were filled, in the order of the fields: 0 when all is legal as it is, -1 when no change
 * helps. */
int cr_limits_solve(const struct cr_limit_value values[CR_LIMIT_FIELD_COUNT], enum cr_profile profile,
                    struct cr_limit_change changes[CR_SOLVE_MAX]);
/* The same, changing only what nobody wrote. */
int cr_limits_solve_defaults(const struct cr_limit_value values[CR_LIMIT_FIELD_COUNT], enum cr_profile profile,
                             struct cr_limit_change changes[CR_SOLVE_MAX]);

#endif
