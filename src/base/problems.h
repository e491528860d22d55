/*
 * problems.h - a list of faults, for checks that can find many at once.
 *
 * Ownership: the list owns its rows; CR_AUTO_PROBLEMS frees them.
 * Errors: cr_problems_fail() turns a list that has errors into one cr_error whose text says how many; the rows
 *   themselves are shown by the cli, as a compiler shows its own.
 */
#ifndef CR_PROBLEMS_H
#define CR_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct cr_problem {
    enum cr_code code;
    bool warning; /* shown, but does not fail the check */
    char *place;  /* "crdeploy.yaml:12:9", "--memory", "$CRDEPLOY_CPU"; never NULL, may be empty */
    char *msg;    /* as cr_error.msg */
    char *hint;   /* as cr_error.hint; never NULL, may be empty */
    char *rule;   /* id of the limit that was broken, or empty */
    char *source; /* page the rule comes from, or empty */
};

struct cr_problems {
    struct cr_problem *row;
    size_t len, cap;
};

#define CR_AUTO_PROBLEMS __attribute__((cleanup(cr_problems_clear)))
void cr_problems_clear(struct cr_problems *list);

/* Appends a fault. Place, rule and source may be NULL. The row returned is borrowed until the next call; set its rule,
 * source or warning through it. */
struct cr_problem *cr_problems_add(struct cr_problems *list, enum cr_code code, const char *place, const char *fmt, ...)
    CR_PRINTF(4, 5);
/* Sets the hint of a row. */
void cr_problem_hint(struct cr_problem *row, const char *fmt, ...) CR_PRINTF(2, 3);
/* Appends what err says, at `place`, and clears err. Without a place (NULL or empty), a "FILE:LINE:COLUMN: " that the
 * message starts with is the place. */
void cr_problems_take(struct cr_problems *list, const char *place, struct cr_error *err);

size_t cr_problems_errors(const struct cr_problems *list); /* rows that are not warnings */

/* 0 when the list has no errors. Otherwise err gets the first error's code; with one error also its text and hint,
 * with more the count ("3 problems in 'crdeploy.yaml'"). */
int cr_problems_fail(const struct cr_problems *list, const char *subject, struct cr_error *err) CR_CHECKED;

#endif
