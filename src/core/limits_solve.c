#include "core/limits_solve.h"

#include "base/mem.h"

enum { CANDIDATES = 96 };

struct field {
    enum cr_key key;
    int64_t number[CANDIDATES]; /* sorted */
    size_t len;
};

struct solver {
    struct cr_limit_value value[CR_KEY_COUNT]; /* tried */
    const struct cr_limit_value *asked;
    unsigned profile; /* its bit */
    struct field field[CR_KEY_COUNT];
    size_t fields;
    struct cr_limit_change now[CR_SOLVE_MAX], best[CR_SOLVE_MAX];
    long best_cost; /* of the best; -1: none yet */
};

static bool in_row(const struct cr_limit *row, int64_t n)
{
    for (size_t i = 0; i < CR_LIMIT_SET_MAX && row->set[i]; i++)
        if (row->set[i] == n)
            return true;
    return n >= row->min && n <= row->max;
}

static bool alone(const struct cr_limit_value *v, unsigned profile)
{
    for (const struct cr_limit *row = cr_limits; *row->id; row++)
        if ((row->profiles & profile) && !row->advice && v[row->key].set && !in_row(row, v[row->key].number))
            return false;
    return true;
}

static bool together(const struct cr_limit_value *v, unsigned profile)
{
    for (const struct cr_cross_limit *x = cr_cross_limits; *x->id; x++)
        if ((x->profiles & profile) && !x->advice && v[x->when].set && v[x->then].set &&
            v[x->when].number >= x->when_min && v[x->when].number <= x->when_max &&
            (v[x->then].number < x->min || v[x->then].number > x->max))
            return false;
    return true;
}

static bool ordered(const struct cr_limit_value *v, unsigned profile)
{
    for (const struct cr_order_limit *o = cr_order_limits; *o->id; o++)
        if ((o->profiles & profile) && v[o->lower].set && v[o->upper].set &&
            v[o->lower].number + o->strict > v[o->upper].number)
            return false;
    return true;
}

static bool legal(const struct cr_limit_value *v, unsigned profile)
{
    return alone(v, profile) && together(v, profile) && ordered(v, profile);
}

bool cr_limits_legal(const struct cr_limit_value values[CR_KEY_COUNT], enum cr_profile profile)
{
    return legal(values, 1u << profile);
}

static void add(struct field *f, int64_t n)
{
    size_t at = f->len;

    while (at > 0 && f->number[at - 1] > n)
        at--;
    if ((at > 0 && f->number[at - 1] == n) || f->len == CANDIDATES)
        return;
    for (size_t i = f->len++; i > at; i--)
        f->number[i] = f->number[i - 1];
    f->number[at] = n;
}

/* A bound and what lies just outside it: the rules change there. The ends of 64 bits bound nothing. */
static void add_bound(struct field *f, int64_t n)
{
    if (n <= INT64_MIN + 1 || n >= INT64_MAX - 1)
        return;
    add(f, n - 1);
    add(f, n);
    add(f, n + 1);
}

static struct field *field_of(struct solver *s, enum cr_key key)
{
    for (size_t i = 0; i < s->fields; i++)
        if (s->field[i].key == key)
            return &s->field[i];
    return NULL;
}

/* Two fields that are ordered may have to meet where the other stands. */
static void add_orders(struct solver *s)
{
    for (const struct cr_order_limit *o = cr_order_limits; *o->id; o++) {
        struct field *low = field_of(s, o->lower), *up = field_of(s, o->upper);

        if (!low || !up || !(o->profiles & s->profile))
            continue;
        add_bound(low, s->asked[o->upper].number);
        add_bound(up, s->asked[o->lower].number);
    }
}

static void gather(struct solver *s)
{
    for (const struct cr_limit *row = cr_limits; *row->id; row++) {
        struct field *f = field_of(s, row->key);

        if (!(row->profiles & s->profile) || row->advice || !s->asked[row->key].set)
            continue;
        if (!f) {
            f = &s->field[s->fields++];
            f->key = row->key;
            add(f, s->asked[row->key].number);
        }
        for (size_t i = 0; i < CR_LIMIT_SET_MAX && row->set[i]; i++)
            add(f, row->set[i]);
        if (row->min <= row->max) {
            add_bound(f, row->min);
            add_bound(f, row->max);
        }
    }
    for (const struct cr_cross_limit *x = cr_cross_limits; *x->id; x++) {
        struct field *when = field_of(s, x->when), *then = field_of(s, x->then);

        if (!(x->profiles & s->profile) || x->advice)
            continue;
        for (int end = 0; when && end < 2; end++)
            add_bound(when, end ? x->when_max : x->when_min);
        for (int end = 0; then && end < 2; end++)
            add_bound(then, end ? x->max : x->min);
    }
    add_orders(s);
}

/* Steps between the two in the list of what is worth proposing; less than what was asked for comes after all that is
 * more. */
static long cost(const struct field *f, int64_t asked, int64_t number)
{
    long between = 0;

    for (size_t i = 0; i < f->len; i++)
        between += asked < number ? f->number[i] > asked && f->number[i] <= number
                                  : f->number[i] < asked && f->number[i] >= number;
    return between + (number < asked ? CANDIDATES : 0);
}

/* Tries every choice of `left` more fields from field `from` on, `done` being chosen at `spent`. */
static void search(struct solver *s, size_t from, int left, int done, long spent)
{
    if (s->best_cost >= 0 && spent >= s->best_cost)
        return;
    if (!left) {
        if (!legal(s->value, s->profile))
            return;
        s->best_cost = spent;
        for (int i = 0; i < done; i++)
            s->best[i] = s->now[i];
        return;
    }
    for (size_t i = from; i < s->fields; i++) {
        struct field *f = &s->field[i];
        int64_t asked = s->asked[f->key].number;

        for (size_t c = 0; c < f->len; c++) {
            if (f->number[c] == asked)
                continue;
            s->value[f->key].number = f->number[c];
            s->now[done] = (struct cr_limit_change){f->key, f->number[c]};
            if (alone(s->value, s->profile) || left > 1)
                search(s, i + 1, left - 1, done + 1, spent + cost(f, asked, f->number[c]));
        }
        s->value[f->key].number = asked;
    }
}

/* Fields that break a rule of their own have to change; the others may keep still. */
static bool breaks_alone(const struct solver *s, enum cr_key key)
{
    for (const struct cr_limit *row = cr_limits; *row->id; row++)
        if (row->key == key && (row->profiles & s->profile) && !row->advice && !in_row(row, s->asked[key].number))
            return true;
    return false;
}

/* Leaves only legal candidates of each field, and drops fields that no broken rule can reach: no rule joins them to
 * another, and their own holds. */
static void narrow(struct solver *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->fields; i++) {
        struct field f = s->field[i], good = {.key = f.key};
        bool joined = breaks_alone(s, f.key);

        for (size_t c = 0; c < f.len; c++) {
            bool in = true;

            for (const struct cr_limit *row = cr_limits; *row->id; row++)
                in = in &&
                     (row->key != f.key || !(row->profiles & s->profile) || row->advice || in_row(row, f.number[c]));
            if (in)
                good.number[good.len++] = f.number[c];
        }
        for (const struct cr_cross_limit *x = cr_cross_limits; *x->id; x++)
            joined = joined || ((x->profiles & s->profile) && !x->advice && (x->when == f.key || x->then == f.key));
        for (const struct cr_order_limit *o = cr_order_limits; *o->id; o++)
            joined = joined || ((o->profiles & s->profile) && (o->lower == f.key || o->upper == f.key));
        if (joined)
            s->field[kept++] = good;
    }
    s->fields = kept;
}

int cr_limits_solve(const struct cr_limit_value values[CR_KEY_COUNT], enum cr_profile profile,
                    struct cr_limit_change changes[CR_SOLVE_MAX])
{
    struct solver *s;
    int n = 0;

    if (cr_limits_legal(values, profile))
        return 0;
    s = cr_calloc(1, sizeof(*s));
    s->asked = values;
    s->profile = 1u << profile;
    s->best_cost = -1;
    for (size_t i = 0; i < CR_KEY_COUNT; i++)
        s->value[i] = values[i];
    gather(s);
    narrow(s);
    for (n = 1; n <= CR_SOLVE_MAX && s->best_cost < 0; n++)
        search(s, 0, n, 0, 0);
    n = s->best_cost < 0 ? -1 : n - 1;
    for (int i = 0; i < n; i++)
        changes[i] = s->best[i];
    free(s);
    return n;
}
