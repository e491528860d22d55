/* check_parts.h - what check.c, check_build.c, check_files.c, check_memory.c and check_samples.c share; nobody else
 * includes it. */
#ifndef CR_CHECK_PARTS_H
#define CR_CHECK_PARTS_H

#include "core/check.h"

/* Appends a fault at the place the key's value came from. Borrowed, as cr_problems_add(). */
struct cr_problem *cr_check_fault(const struct cr_plan *plan, enum cr_key key, struct cr_problems *problems,
                                  const char *fmt, ...) CR_PRINTF(4, 5);
/* The model's files: named as they must be, and there. */
void cr_check_files(const struct cr_plan *plan, bool look, struct cr_problems *problems);
/* Does each sample ask and answer as its task does? */
void cr_check_samples(const struct cr_plan *plan, struct cr_problems *problems);
/* Every limit on a number of the plan. */
void cr_check_limits(const struct cr_plan *plan, enum cr_profile profile, bool said, struct cr_problems *problems);
/* Does the memory suffice for the model? Warns only. */
void cr_check_memory(const struct cr_plan *plan, enum cr_profile profile, struct cr_problems *problems);

#endif
