/*
 * limits_parts.h - what limits.c, limits_hint.c, limits_text.c, limits_shape.c and limits_solve.c share; nobody else
 * includes it.
 */
#ifndef CR_LIMITS_PARTS_H
#define CR_LIMITS_PARTS_H

#include "core/limits.h"

#define CR_LIMIT_CANDIDATES 128

/* Is the rule of this profile, about a field that is set, and does all it depends on hold? */
bool cr_limit_asked(const struct cr_limit *row, const struct cr_limit_value *values, unsigned profile);
/* Is the number legal by this row, whatever it depends on? */
bool cr_limit_allows(const struct cr_limit *row, const struct cr_limit_value *value);
bool cr_limit_breaks(const struct cr_limit *row, const struct cr_limit_value *values, unsigned profile);
bool cr_order_breaks(const struct cr_order_limit *row, const struct cr_limit_value *values, unsigned profile);
/* Is the field what the row is about, or does the row depend on it? */
bool cr_limit_joins(const struct cr_limit *row, enum cr_limit_field field);

/* The numbers of a field worth proposing, sorted: the bounds that rules name, what lies beside those others depend on,
 * and where the fields it is ordered with stand. */
size_t cr_limit_candidates(const struct cr_limit_value *values, unsigned profile, enum cr_limit_field field,
                           int64_t number[CR_LIMIT_CANDIDATES]);

/* "--memory 2Gi", or "memory: 2Gi" for who wrote a manifest; more numbers follow as " or 4Gi". New. */
char *cr_limit_remedy(const struct cr_limit_value *values, enum cr_limit_field field, const int64_t *numbers, size_t n);
/* What mends a broken row: the nearest numbers of its field, then of those it depends on. New; "" for nothing. */
char *cr_limit_mend(const struct cr_limit_value *values, unsigned profile, const struct cr_limit *row);

/* Appends a breach, unless the list has it already (a service is looked at twice: as a plan, and as it is sent).
 * Borrowed, or NULL when it was there. */
struct cr_problem *cr_limit_report(struct cr_problems *problems, const char *id, const char *source, bool advice,
                                   const char *place, const char *fmt, ...) CR_PRINTF(6, 7);

#endif
