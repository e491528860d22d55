#include "core/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/limits_parts.h"
#include "core/limits_solve.h"

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

struct cr_problem *cr_limit_report(struct cr_problems *problems, const char *id, const char *source, bool advice,
                                   const char *place, const char *fmt, ...)
{
    CR_AUTO_FREE char *msg = NULL;
    struct cr_problem *p;
    va_list ap;

    va_start(ap, fmt);
    msg = cr_vformat(fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < problems->len; i++)
        if (strcmp(problems->row[i].rule, id) == 0 && strcmp(problems->row[i].msg, msg) == 0)
            return NULL;
    p = cr_problems_add(problems, CR_E_LIMIT, place, "%s", msg);
    free(p->rule);
    free(p->source);
    p->rule = cr_strdup(id);
    p->source = cr_strdup(source);
    p->warning = advice;
    return p;
}

struct checker {
    const struct cr_limit_value *values;
    unsigned profile; /* its bit */
    struct cr_problems *problems;
    bool broken[CR_LIMIT_FIELD_COUNT]; /* by a rule about itself: no rule that joins it to others is asked */
};

/* "cpu 3"; sizes that are no round binary number also in bytes. */
static void describe(enum cr_limit_field field, int64_t number, bool named, char text[128])
{
    const struct cr_limit_field_row *row = &cr_limit_fields[field];
    char one[32], prefix[80] = "";

    cr_limit_number(field, number, one);
    if (named)
        snprintf(prefix, sizeof(prefix), "%s ", row->name);
    if (row->type == CR_T_BYTES && number > 1 << 20 && number % (1 << 20))
        snprintf(text, 128, "%s%s (%" PRId64 " bytes, %.1f MiB)", prefix, one, number, (double)number / (1 << 20));
    else
        snprintf(text, 128, "%s%s", prefix, one);
}

static void check_alone(struct checker *c, const struct cr_limit *row)
{
    const struct cr_limit_value *v = &c->values[row->field];
    CR_AUTO_FREE char *use = NULL;
    struct cr_problem *p;
    char subject[128];

    if (!row->alone || !cr_limit_breaks(row, c->values, c->profile) || (row->advice && c->broken[row->field]))
        return;
    describe(row->field, v->number, true, subject);
    p = cr_limit_report(c->problems, row->id, row->source, row->advice, v->place, "%s is %s: %s", subject,
                        row->set[0]            ? "not offered"
                        : v->number < row->min ? "too low"
                        : row->advice          ? "high"
                                               : "too high",
                        row->why);
    use = cr_limit_mend(c->values, c->profile, row);
    if (p && *use)
        cr_problem_hint(p, "use %s", use);
    c->broken[row->field] |= !row->advice;
}

/* "gpu 1 of type nvidia-l4", "cpu 4": what a rule depends on, as it is. */
static void describe_when(const struct checker *c, const struct cr_limit *row, char text[256])
{
    size_t n = 0;

    for (size_t i = 0; i < CR_LIMIT_WHEN_MAX && row->when[i].field; i++) {
        char one[128];

        if (i && !c->values[row->when[i].field].number)
            break; /* what is not said is not named */
        describe(row->when[i].field, c->values[row->when[i].field].number, true, one);
        n += (size_t)snprintf(text + n, 256 - n, "%s%s", n ? " and " : "", one);
    }
}

static bool is_said(const struct cr_limit_value *v)
{
    return !v->fallback && v->place;
}

/* Who wrote it, or else who wrote what the rule depends on. */
static const char *cause(const struct checker *c, const struct cr_limit *row)
{
    const struct cr_limit_value *v = &c->values[row->field];

    for (size_t i = 0; !is_said(v) && i < CR_LIMIT_WHEN_MAX && row->when[i].field; i++)
        if (is_said(&c->values[row->when[i].field]))
            return c->values[row->when[i].field].place;
    return v->place;
}

static void check_joined(struct checker *c, const struct cr_limit *row)
{
    const struct cr_limit_value *v = &c->values[row->field];
    const struct cr_limit_field_row *field = &cr_limit_fields[row->field];
    CR_AUTO_FREE char *use = NULL;
    char when[256] = "", is[128], bound[32];
    struct cr_problem *p;

    if (row->alone || !cr_limit_breaks(row, c->values, c->profile) || c->broken[row->field])
        return;
    for (size_t i = 0; i < CR_LIMIT_WHEN_MAX && row->when[i].field; i++)
        if (c->broken[row->when[i].field])
            return;
    describe_when(c, row, when);
    describe(row->field, v->number, false, is);
    cr_limit_number(row->field, v->number < row->min ? row->min : row->max, bound);
    if (field->words)
        p = cr_limit_report(c->problems, row->id, row->source, row->advice, cause(c, row),
                            "%s does not go with %s %s%s: %s", when, field->name, is,
                            v->fallback ? ", the default" : "", row->why);
    else
        p = cr_limit_report(c->problems, row->id, row->source, row->advice, cause(c, row), "%s %s %s%s: %s is %s%s",
                            when, v->number < row->min ? "needs at least" : "takes at most", bound,
                            field->type != CR_T_CPU   ? ""
                            : strcmp(bound, "1") == 0 ? " CPU"
                                                      : " CPUs",
                            field->name, is, v->fallback ? ", the default" : "");
    use = cr_limit_mend(c->values, c->profile, row);
    if (p && *use)
        cr_problem_hint(p, "use %s", use);
}

static void check_order(struct checker *c, const struct cr_order_limit *o)
{
    const struct cr_limit_value *lower = &c->values[o->lower], *upper = &c->values[o->upper];
    CR_AUTO_FREE char *down = NULL, *up = NULL;
    char one[32], two[32];
    struct cr_problem *p;
    int64_t to;

    if (!cr_order_breaks(o, c->values, c->profile) || c->broken[o->lower] || c->broken[o->upper])
        return;
    cr_limit_number(o->lower, lower->number, one);
    cr_limit_number(o->upper, upper->number, two);
    p = cr_limit_report(
        c->problems, o->id, o->source, false, is_said(lower) || !is_said(upper) ? lower->place : upper->place,
        "%s %s%s is %s %s %s%s", cr_limit_fields[o->lower].name, one, lower->fallback ? ", the default," : "",
        o->strict ? "not below" : "above", cr_limit_fields[o->upper].name, two, upper->fallback ? ", the default" : "");
    to = upper->number - o->strict;
    down = cr_limit_remedy(c->values, o->lower, &to, 1);
    to = lower->number + o->strict;
    up = cr_limit_remedy(c->values, o->upper, &to, 1);
    if (p)
        cr_problem_hint(p, "use %s, or %s", down, up);
}

/* "--cpu 4, --memory 16Gi". New; NULL when there is no such set. */
static char *solution(const struct checker *c, enum cr_profile profile, bool keep)
{
    struct cr_limit_change change[CR_SOLVE_MAX];
    struct cr_limit_value values[CR_LIMIT_FIELD_COUNT];
    char *all;
    int n;

    memcpy(values, c->values, sizeof(values));
    n = keep ? cr_limits_solve_defaults(values, profile, change) : cr_limits_solve(values, profile, change);
    if (n <= 0)
        return NULL;
    all = cr_strdup("");
    for (int i = 0; i < n; i++) {
        CR_AUTO_FREE char *one = cr_limit_remedy(c->values, change[i].field, &change[i].number, 1), *before = all;

        all = cr_format("%s%s%s", before, *before ? ", " : "", one);
    }
    return all;
}

/* Where several rules are broken, what mends one may break another: each hint also names the set that mends all, and
 * where that changes what somebody wrote, the one that keeps all of it. */
static void hint_together(const struct checker *c, enum cr_profile profile, size_t first)
{
    CR_AUTO_FREE char *all = NULL, *kept = NULL;
    size_t errors = 0;

    for (size_t i = first; i < c->problems->len; i++)
        errors += !c->problems->row[i].warning;
    all = errors ? solution(c, profile, false) : NULL;
    if (errors == 1 && all && !strchr(all, ','))
        return; /* one change, as its own hint says */
    kept = all ? solution(c, profile, true) : NULL;
    for (size_t i = first; all && i < c->problems->len; i++) {
        struct cr_problem *p = &c->problems->row[i];
        CR_AUTO_FREE char *own = cr_strdup(p->hint);

        if (p->warning)
            continue;
        cr_problem_hint(p, "%s%sall of it is legal with %s%s%s", own, *own ? "; " : "", all,
                        kept && strcmp(kept, all) != 0 ? ", or with " : "", kept && strcmp(kept, all) != 0 ? kept : "");
    }
}

void cr_limits_check(const struct cr_limit_value values[CR_LIMIT_FIELD_COUNT], enum cr_profile profile,
                     struct cr_problems *problems)
{
    struct checker c = {.values = values, .profile = 1u << profile, .problems = problems};
    size_t first = problems->len;

    for (const struct cr_limit *row = cr_limits; *row->id; row++)
        check_alone(&c, row);
    for (const struct cr_limit *row = cr_limits; *row->id; row++)
        check_joined(&c, row);
    for (const struct cr_order_limit *o = cr_order_limits; *o->id; o++)
        check_order(&c, o);
    hint_together(&c, profile, first);
}
