#include "core/limits_solve.h"

#include <string.h>

#include "base/mem.h"
#include "core/limits_parts.h"

enum { ROWS = 128, GROUP = 16 };

struct field {
    enum cr_limit_field field;
    int64_t number[CR_LIMIT_CANDIDATES]; /* sorted */
    size_t len;
    bool fixed; /* somebody wrote it, and it is to stay */
};

/* Fields that rules join, and the rules about them: what is searched at once. */
struct solver {
    struct cr_limit_value value[CR_LIMIT_FIELD_COUNT]; /* tried */
    const struct cr_limit_value *asked;
    unsigned profile; /* its bit */
    struct field field[GROUP];
    size_t fields;
    const struct cr_limit *row[ROWS];
    size_t rows;
    const struct cr_order_limit *order[ROWS];
    size_t orders;
    struct cr_limit_change now[GROUP], best[GROUP];
    long best_cost; /* of the best; -1: none yet */
};

bool cr_limits_legal(const struct cr_limit_value values[CR_LIMIT_FIELD_COUNT], enum cr_profile profile)
{
    for (const struct cr_limit *row = cr_limits; *row->id; row++)
        if (!row->advice && cr_limit_breaks(row, values, 1u << profile))
            return false;
    for (const struct cr_order_limit *o = cr_order_limits; *o->id; o++)
        if (cr_order_breaks(o, values, 1u << profile))
            return false;
    return true;
}

static bool legal(const struct solver *s)
{
    for (size_t i = 0; i < s->rows; i++)
        if (cr_limit_breaks(s->row[i], s->value, s->profile))
            return false;
    for (size_t i = 0; i < s->orders; i++)
        if (cr_order_breaks(s->order[i], s->value, s->profile))
            return false;
    return true;
}

/* Steps between the two in the list of what is worth proposing; less than what was asked for comes after all that is
 * more. */
static long cost(const struct field *f, int64_t asked, int64_t number)
{
    long between = 0;

    for (size_t i = 0; i < f->len; i++)
        between += asked < number ? f->number[i] > asked && f->number[i] <= number
                                  : f->number[i] < asked && f->number[i] >= number;
    return between + (number < asked ? CR_LIMIT_CANDIDATES : 0);
}

/* Tries every choice of `left` more fields from field `from` on, `done` being chosen at `spent`. */
static void search(struct solver *s, size_t from, size_t left, size_t done, long spent)
{
    if (s->best_cost >= 0 && spent >= s->best_cost)
        return;
    if (!left) {
        if (!legal(s))
            return;
        s->best_cost = spent;
        memcpy(s->best, s->now, done * sizeof(*s->best));
        return;
    }
    for (size_t i = from; i + left <= s->fields; i++) {
        struct field *f = &s->field[i];
        int64_t asked = s->asked[f->field].number;

        for (size_t c = 0; !f->fixed && c < f->len; c++) {
            if (f->number[c] == asked)
                continue;
            s->value[f->field].number = f->number[c];
            s->now[done] = (struct cr_limit_change){f->field, f->number[c]};
            search(s, i + 1, left - 1, done + 1, spent + cost(f, asked, f->number[c]));
        }
        s->value[f->field].number = asked;
    }
}

/* Is the number never legal, whatever else is chosen? Rules that always hold say so. */
static bool hopeless(const struct solver *s, enum cr_limit_field field, int64_t number)
{
    struct cr_limit_value v = s->asked[field];

    v.number = number;
    for (size_t i = 0; i < s->rows; i++)
        if (s->row[i]->field == field && !s->row[i]->when[0].field && !cr_limit_allows(s->row[i], &v))
            return true;
    return false;
}

static bool same_group(const struct solver *s, enum cr_limit_field a, enum cr_limit_field b)
{
    for (const struct cr_limit *row = cr_limits; *row->id; row++)
        if ((row->profiles & s->profile) && !row->advice && cr_limit_joins(row, a) && cr_limit_joins(row, b))
            return true;
    for (const struct cr_order_limit *o = cr_order_limits; *o->id; o++)
        if ((o->profiles & s->profile) && (o->lower == a || o->upper == a) && (o->lower == b || o->upper == b))
            return true;
    return false;
}

static bool holds(const struct solver *s, enum cr_limit_field field)
{
    for (size_t i = 0; i < s->fields; i++)
        if (s->field[i].field == field)
            return true;
    return false;
}

/* `first` and every set field that rules join to it, over others too. */
static void gather_fields(struct solver *s, enum cr_limit_field first)
{
    bool more = true;

    s->fields = 0;
    s->field[s->fields++].field = first;
    while (more) {
        more = false;
        for (int f = 1; f < CR_LIMIT_FIELD_COUNT; f++)
            for (size_t i = 0; s->asked[f].set && i < s->fields && s->fields < GROUP && !holds(s, f); i++)
                if (same_group(s, s->field[i].field, f)) {
                    s->field[s->fields++].field = f;
                    more = true;
                }
    }
}

static void gather_rows(struct solver *s)
{
    s->rows = s->orders = 0;
    for (const struct cr_limit *row = cr_limits; *row->id; row++)
        if ((row->profiles & s->profile) && !row->advice && holds(s, row->field) && s->rows < ROWS)
            s->row[s->rows++] = row;
    for (const struct cr_order_limit *o = cr_order_limits; *o->id; o++)
        if ((o->profiles & s->profile) && holds(s, o->lower) && s->orders < ROWS)
            s->order[s->orders++] = o;
}

static void gather_candidates(struct solver *s, bool keep)
{
    for (size_t i = 0; i < s->fields; i++) {
        struct field *f = &s->field[i];
        int64_t number[CR_LIMIT_CANDIDATES];
        size_t len = cr_limit_candidates(s->asked, s->profile, f->field, number);

        f->fixed = keep && !s->asked[f->field].fallback;
        f->len = 0;
        for (size_t c = 0; c < len; c++)
            if (!hopeless(s, f->field, number[c]))
                f->number[f->len++] = number[c];
    }
}

/* Mends one group; adds its changes. False when nothing helps. */
static bool mend(struct solver *s, enum cr_limit_field first, bool keep, struct cr_limit_change *changes, int *n)
{
    gather_fields(s, first);
    gather_rows(s);
    if (legal(s))
        return true;
    gather_candidates(s, keep);
    s->best_cost = -1;
    for (size_t left = 1; left <= s->fields && s->best_cost < 0; left++) {
        search(s, 0, left, 0, 0);
        for (size_t i = 0; s->best_cost >= 0 && i < left; i++)
            changes[(*n)++] = s->best[i];
    }
    for (size_t i = 0; i < s->fields; i++)
        s->value[s->field[i].field] = s->asked[s->field[i].field];
    return s->best_cost >= 0;
}

static void sort(struct cr_limit_change *changes, int n)
{
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && changes[j - 1].field > changes[j].field; j--) {
            struct cr_limit_change c = changes[j];

            changes[j] = changes[j - 1];
            changes[j - 1] = c;
        }
}

static int solve(const struct cr_limit_value *values, enum cr_profile profile, bool keep,
                 struct cr_limit_change *changes)
{
    struct solver *s = cr_calloc(1, sizeof(*s));
    bool seen[CR_LIMIT_FIELD_COUNT] = {false};
    int n = 0;

    s->asked = values;
    s->profile = 1u << profile;
    memcpy(s->value, values, sizeof(s->value));
    for (int f = 1; f < CR_LIMIT_FIELD_COUNT && n >= 0; f++) {
        if (!values[f].set || seen[f])
            continue;
        if (!mend(s, f, keep, changes, &n))
            n = -1;
        for (size_t i = 0; i < s->fields; i++)
            seen[s->field[i].field] = true;
    }
    free(s);
    sort(changes, n);
    return n;
}

int cr_limits_solve(const struct cr_limit_value values[CR_LIMIT_FIELD_COUNT], enum cr_profile profile,
                    struct cr_limit_change changes[CR_SOLVE_MAX])
{
    return solve(values, profile, false, changes);
}

int cr_limits_solve_defaults(const struct cr_limit_value values[CR_LIMIT_FIELD_COUNT], enum cr_profile profile,
                             struct cr_limit_change changes[CR_SOLVE_MAX])
{
    return solve(values, profile, true, changes);
}
