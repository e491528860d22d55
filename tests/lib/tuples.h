/*
 * tuples.h - the table of tests/data/limits/tuples.tsv: what is asked of a service, and the rules it breaks.
 *
 * Ownership: a table owns its text, tuples borrow from it; services are new. A table that cannot be read fails the
 * test.
 */
#ifndef TESTS_TUPLES_H
#define TESTS_TUPLES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/limits.h"

enum { TUPLES_MAX = 600 };

/* Texts as in the table; "-" is nothing said. */
struct tuple {
    const char *profile, *cpu, *memory, *concurrency, *generation, *billing, *gpu, *timeout, *min, *max, *verdict;
};

struct tuples {
    char *text;
    struct tuple row[TUPLES_MAX];
    size_t len;
};

void tuples_load(struct tuples *table);
void tuples_clear(struct tuples *table);

enum cr_profile tuple_profile(const struct tuple *t);
bool tuple_legal(const struct tuple *t); /* no rule is broken but such as only warn */
/* The service of Cloud Run v2 that asks for it. */
json_t *tuple_service(const struct tuple *t);
/* Gives one field of such a service another number. */
void tuple_change(json_t *service, enum cr_limit_field field, int64_t number);

#endif
