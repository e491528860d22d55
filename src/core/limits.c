#include "core/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/limits_solve.h"
#include "core/quantity.h"

const char *const cr_profile_names[CR_PROFILE_COUNT + 1] = {
    [CR_PROFILE_CURRENT] = "current",
    [CR_PROFILE_2020_11] = "2020-11",
};

int cr_profile_parse(const char *name, enum cr_profile *profile, struct cr_error *err)
{
    for (int i = 0; i < CR_PROFILE_COUNT; i++)
        if (!name || strcmp(cr_profile_names[i], name) == 0) {
            *profile = i;
            return 0;
        }
    cr_fail(err, CR_E_USAGE, "there is no limits profile '%s'", name);
    return cr_hint(err, "use current or 2020-11");
}

void cr_limit_text(enum cr_key key, int64_t number, char text[32])
{
    switch (cr_keys[key].type) {
    case CR_T_CPU:
        cr_cpu_text(number, text);
        break;
    case CR_T_BYTES:
        cr_bytes_text(number, text);
        break;
    case CR_T_DURATION:
        cr_duration_text(number, text);
        break;
    default:
        snprintf(text, 32, "%" PRId64, number);
    }
}

struct range {
    int64_t min, max;
};

struct checker {
    const struct cr_limit_value *values;
    unsigned profile; /* its bit */
    struct cr_problems *problems;
    bool broken[CR_KEY_COUNT]; /* its own range is broken: no rule that joins it to others is asked */
};

static bool legal(const struct cr_limit *row, int64_t number)
{
    for (size_t i = 0; i < CR_LIMIT_SET_MAX && row->set[i]; i++)
        if (row->set[i] == number)
            return true;
    return number >= row->min && number <= row->max;
}

/* What the rules that join `key` to values already good leave of a range. */
static struct range narrowed(const struct checker *c, enum cr_key key, struct range r)
{
    for (const struct cr_cross_limit *x = cr_cross_limits; *x->id; x++) {
        const struct cr_limit_value *when = &c->values[x->when];

        if (!(x->profiles & c->profile) || x->then != key || !when->set || c->broken[x->when] || x->advice ||
            when->number < x->when_min || when->number > x->when_max)
            continue;
        r.min = x->min > r.min ? x->min : r.min;
        r.max = x->max < r.max ? x->max : r.max;
    }
    return r;
}

/* "--memory 2Gi", or "memory: 2Gi" for who wrote a manifest. More values follow as "or VALUE". */
static char *remedy(const struct checker *c, enum cr_key key, const int64_t *numbers, size_t n)
{
    bool manifest = c->values[key].manifest || !cr_keys[key].option;
    char *text = cr_format(manifest ? "%s:" : "--%s", manifest ? cr_key_name(key) : cr_keys[key].option);

    for (size_t i = 0; i < n; i++) {
        char one[32], *before = text;

        cr_limit_text(key, numbers[i], one);
        text = cr_format("%s%s%s", before, i ? " or " : " ", one);
        free(before);
    }
    return text;
}

/* The legal values right below and above a number; at most two. */
static size_t nearest(const struct checker *c, const struct cr_limit *row, int64_t number, int64_t near[2])
{
    struct range r = narrowed(c, row->key, (struct range){row->min, row->max});
    int64_t below = INT64_MIN, above = INT64_MAX, ends[2] = {r.min, r.max};
    size_t n = 0;

    for (size_t i = 0; i < CR_LIMIT_SET_MAX && row->set[i]; i++) {
        below = row->set[i] < number && row->set[i] > below ? row->set[i] : below;
        above = row->set[i] > number && row->set[i] < above ? row->set[i] : above;
    }
    for (size_t i = 0; i < 2 && r.min <= r.max; i++) {
        below = ends[i] < number && ends[i] > below ? ends[i] : below;
        above = ends[i] > number && ends[i] < above ? ends[i] : above;
    }
    if (below != INT64_MIN)
        near[n++] = below;
    if (above != INT64_MAX)
        near[n++] = above;
    return n;
}

/* "cpu 3"; sizes that are no round binary number also in bytes. */
static void describe(enum cr_key key, int64_t number, char text[96])
{
    char one[32];

    cr_limit_text(key, number, one);
    if (cr_keys[key].type == CR_T_BYTES && number > 1 << 20)
        snprintf(text, 96, "%s %s (%" PRId64 " bytes, %.1f MiB)", cr_key_name(key), one, number,
                 (double)number / (1 << 20));
    else
        snprintf(text, 96, "%s %s", cr_key_name(key), one);
}

static void finish(struct cr_problem *p, const char *id, const char *source, bool advice)
{
    free(p->rule);
    free(p->source);
    p->rule = cr_strdup(id);
    p->source = cr_strdup(source);
    p->warning = advice;
}

static void check_value(struct checker *c, const struct cr_limit *row)
{
    const struct cr_limit_value *v = &c->values[row->key];
    CR_AUTO_FREE char *use = NULL;
    struct cr_problem *p;
    char subject[96];
    int64_t near[2];
    size_t n;

    if (!v->set || !(row->profiles & c->profile) || legal(row, v->number) || (row->advice && c->broken[row->key]))
        return;
    describe(row->key, v->number, subject);
    p = cr_problems_add(c->problems, CR_E_LIMIT, v->place, "%s is %s: %s", subject,
                        row->set[0]            ? "not offered"
                        : v->number < row->min ? "too low"
                        : row->advice          ? "high"
                                               : "too high",
                        row->why);
    n = nearest(c, row, v->number, near);
    use = remedy(c, row->key, near, n);
    if (n)
        cr_problem_hint(p, "use %s", use);
    finish(p, row->id, row->source, row->advice);
    c->broken[row->key] |= !row->advice;
}

static const struct cr_limit *row_of(const struct checker *c, enum cr_key key)
{
    for (const struct cr_limit *row = cr_limits; *row->id; row++)
        if (row->key == key && (row->profiles & c->profile) && !row->advice)
            return row;
    return NULL;
}

/* Would `then` be legal if `when` had this number? */
static bool goes_with(const struct checker *c, const struct cr_cross_limit *x, int64_t number)
{
    int64_t then = c->values[x->then].number;

    for (const struct cr_cross_limit *y = cr_cross_limits; *y->id; y++)
        if ((y->profiles & c->profile) && y->when == x->when && y->then == x->then && number >= y->when_min &&
            number <= y->when_max && (then < y->min || then > y->max))
            return false;
    return true;
}

/* The i-th value of `when` worth proposing: those of its set, then where other rows begin. False after the last. */
static bool candidate(const struct checker *c, const struct cr_cross_limit *x, size_t i, int64_t *number)
{
    const struct cr_limit *row = row_of(c, x->when);
    size_t n = 0;

    while (row && n < CR_LIMIT_SET_MAX && row->set[n])
        n++;
    if (i < n) {
        *number = row->set[i];
        return true;
    }
    for (const struct cr_cross_limit *y = cr_cross_limits; *y->id; y++)
        if ((y->profiles & c->profile) && y->when == x->when && y->then == x->then && i == n++) {
            *number = y->when_min;
            return true;
        }
    return false;
}

/* Up to two other values of `when` under which the other value is legal: the nearest, in order. */
static size_t alternatives(const struct checker *c, const struct cr_cross_limit *x, int64_t near[2])
{
    int64_t now = c->values[x->when].number, number;
    size_t n = 0;

    for (int pass = 0; pass < 2; pass++) {
        int64_t best = 0, gap = INT64_MAX;

        for (size_t i = 0; candidate(c, x, i, &number); i++) {
            int64_t far = number > now ? number - now : now - number;

            if (far && far < gap && goes_with(c, x, number) && !(n && near[0] == number)) {
                gap = far;
                best = number;
            }
        }
        if (best)
            near[n++] = best;
    }
    if (n == 2 && near[0] > near[1]) {
        int64_t first = near[1];

        near[1] = near[0];
        near[0] = first;
    }
    return n;
}

static void check_cross(struct checker *c, const struct cr_cross_limit *x)
{
    const struct cr_limit_value *when = &c->values[x->when], *then = &c->values[x->then];
    CR_AUTO_FREE char *change = NULL, *other = NULL;
    struct cr_problem *p;
    char subject[96], bound[32], limit[96];
    int64_t near[2], to;
    size_t n;

    if (!(x->profiles & c->profile) || !when->set || !then->set || c->broken[x->when] || c->broken[x->then] ||
        when->number < x->when_min || when->number > x->when_max || (then->number >= x->min && then->number <= x->max))
        return;
    to = then->number < x->min ? x->min : x->max;
    describe(x->then, then->number, subject);
    cr_limit_text(x->then, to, bound);
    snprintf(limit, sizeof(limit), "%s %s", then->number < x->min ? "at least" : "at most", bound);
    p = cr_problems_add(c->problems, CR_E_LIMIT, then->fallback ? when->place : then->place,
                        "%s%s does not go with %s, which takes %s", subject, then->fallback ? ", the default," : "",
                        x->why, limit);
    change = remedy(c, x->then, &to, 1);
    n = alternatives(c, x, near);
    other = n ? remedy(c, x->when, near, n) : cr_strdup("");
    cr_problem_hint(p, "use %s%s%s", change, n ? ", or " : "", other);
    finish(p, x->id, x->source, x->advice);
}

static void check_order(struct checker *c, const struct cr_order_limit *o)
{
    const struct cr_limit_value *lower = &c->values[o->lower], *upper = &c->values[o->upper];
    CR_AUTO_FREE char *down = NULL, *up = NULL;
    char one[32], two[32];
    struct cr_problem *p;
    int64_t to;

    if (!(o->profiles & c->profile) || !lower->set || !upper->set || c->broken[o->lower] || c->broken[o->upper] ||
        lower->number + o->strict <= upper->number)
        return;
    cr_limit_text(o->lower, lower->number, one);
    cr_limit_text(o->upper, upper->number, two);
    p = cr_problems_add(c->problems, CR_E_LIMIT, lower->fallback ? upper->place : lower->place, "%s %s is %s %s %s",
                        cr_key_name(o->lower), one, o->strict ? "not below" : "above", cr_key_name(o->upper), two);
    to = upper->number - o->strict;
    down = remedy(c, o->lower, &to, 1);
    to = lower->number + o->strict;
    up = remedy(c, o->upper, &to, 1);
    cr_problem_hint(p, "use %s, or %s", down, up);
    finish(p, o->id, o->source, false);
}

/* Where several rules are broken, what mends one may break another: each hint also names the set that mends all. */
static void hint_together(const struct checker *c, enum cr_profile profile, size_t first)
{
    CR_AUTO_FREE char *all = cr_strdup("");
    struct cr_limit_change change[CR_SOLVE_MAX];
    size_t errors = 0;
    int n;

    for (size_t i = first; i < c->problems->len; i++)
        errors += !c->problems->row[i].warning;
    n = errors > 1 ? cr_limits_solve(c->values, profile, change) : 0;
    for (int i = 0; i < n; i++) {
        CR_AUTO_FREE char *one = remedy(c, change[i].key, &change[i].number, 1);
        char *before = all;

        all = cr_format("%s%s%s", before, *before ? ", " : "", one);
        free(before);
    }
    for (size_t i = first; n > 0 && i < c->problems->len; i++) {
        struct cr_problem *p = &c->problems->row[i];
        CR_AUTO_FREE char *own = p->hint ? cr_strdup(p->hint) : NULL;

        if (!p->warning && own)
            cr_problem_hint(p, "%s; all of it is legal with %s", own, all);
    }
}

void cr_limits_check(const struct cr_limit_value values[CR_KEY_COUNT], enum cr_profile profile,
                     struct cr_problems *problems)
{
    struct checker c = {.values = values, .profile = 1u << profile, .problems = problems};
    size_t first = problems->len;

    for (const struct cr_limit *row = cr_limits; *row->id; row++)
        check_value(&c, row);
    for (const struct cr_cross_limit *x = cr_cross_limits; *x->id; x++)
        check_cross(&c, x);
    for (const struct cr_order_limit *o = cr_order_limits; *o->id; o++)
        check_order(&c, o);
    hint_together(&c, profile, first);
}
