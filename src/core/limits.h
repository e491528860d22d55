/*
 * limits.h - what Cloud Run accepts, as data.
 *
 * Purpose: refuse locally what the service would refuse remotely, all of it at once, and name the nearest legal value.
 * Units: those of core/plan.h: milli-CPU, bytes, seconds, plain numbers. Bounds are inclusive and compared exactly.
 * Ownership: rows and the strings in them are static.
 * Errors: rows of CR_E_LIMIT in the list, with the id of the rule and its page. A rule that no primary source confirms
 * is advice: it warns and never refuses. Source: each row names the page it was read from and the month it was read. A
 * new rule is a new row.
 */
#ifndef CR_LIMITS_H
#define CR_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/problems.h"
#include "core/key.h"

enum cr_profile {
    CR_PROFILE_CURRENT,
    CR_PROFILE_2020_11, /* as in November 2020 */
    CR_PROFILE_COUNT
};

extern const char *const cr_profile_names[CR_PROFILE_COUNT + 1]; /* NULL-terminated: "current", "2020-11" */
int cr_profile_parse(const char *name, enum cr_profile *profile, struct cr_error *err) CR_CHECKED; /* NULL: current */

#define CR_LIMIT_SET_MAX 8

/* One value: legal inside [min, max], or when it is in `set`. */
struct cr_limit {
    const char *id; /* "cpu.set"; stable */
    enum cr_key key;
    unsigned profiles;             /* bit per enum cr_profile */
    int64_t min, max;              /* min > max: only the set */
    int64_t set[CR_LIMIT_SET_MAX]; /* 0 ends it */
    bool advice;                   /* warns only */
    const char *why;               /* one line for people */
    const char *source, *checked;  /* page; "2026-10" */
};

/* Two values: while `when` is inside [when_min, when_max], `then` must be inside [min, max]. */
struct cr_cross_limit {
    const char *id;
    unsigned profiles;
    enum cr_key when;
    int64_t when_min, when_max;
    enum cr_key then;
    int64_t min, max;
    bool advice;
    const char *why;
    const char *source, *checked;
};

/* Two values in order: lower must not be above upper. */
struct cr_order_limit {
    const char *id;
    unsigned profiles;
    enum cr_key lower, upper;
    bool strict; /* must be below */
    const char *source, *checked;
};

/* The data, for `crdeploy limits` and the local platform. Each ends with an empty id. */
extern const struct cr_limit cr_limits[];
extern const struct cr_cross_limit cr_cross_limits[];
extern const struct cr_order_limit cr_order_limits[];

/* What is checked. A place is shown before the fault; manifest decides whether a remedy reads `--memory 2Gi` or
 * `memory: 2Gi`. */
struct cr_limit_value {
    bool set;
    int64_t number;
    const char *place; /* borrowed; NULL is none */
    bool manifest;
    bool fallback; /* a default: nobody wrote it */
};

/* Appends every breach. values is indexed by enum cr_key. */
void cr_limits_check(const struct cr_limit_value values[CR_KEY_COUNT], enum cr_profile profile,
                     struct cr_problems *problems);

/* A number of a key as people write it: 2Gi, 0.5, 300s, 80. */
void cr_limit_text(enum cr_key key, int64_t number, char text[32]);

#endif
