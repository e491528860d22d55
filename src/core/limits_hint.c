/* What a row says of values, and the nearest values that mend what it finds. */
#include "core/limits_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

bool cr_limit_asked(const struct cr_limit *row, const struct cr_limit_value *values, unsigned profile)
{
    if (!(row->profiles & profile) || !values[row->field].set)
        return false;
    for (size_t i = 0; i < CR_LIMIT_WHEN_MAX && row->when[i].field; i++) {
        int64_t n = values[row->when[i].field].number;

        if (n < row->when[i].min || n > row->when[i].max)
            return false;
    }
    return true;
}

bool cr_limit_allows(const struct cr_limit *row, const struct cr_limit_value *value)
{
    int64_t least = row->min <= row->max ? row->min : INT64_MAX, most = row->min <= row->max ? row->max : INT64_MIN;

    for (size_t i = 0; i < CR_LIMIT_SET_MAX && row->set[i]; i++) {
        if (row->set[i] == value->number)
            return true;
        least = row->set[i] < least ? row->set[i] : least;
        most = row->set[i] > most ? row->set[i] : most;
    }
    if (value->summed)
        return value->number >= least && value->number <= most;
    return value->number >= row->min && value->number <= row->max;
}

bool cr_limit_breaks(const struct cr_limit *row, const struct cr_limit_value *values, unsigned profile)
{
    return cr_limit_asked(row, values, profile) && !cr_limit_allows(row, &values[row->field]);
}

bool cr_order_breaks(const struct cr_order_limit *row, const struct cr_limit_value *values, unsigned profile)
{
    return (row->profiles & profile) && values[row->lower].set && values[row->upper].set &&
           values[row->lower].number + row->strict > values[row->upper].number;
}

bool cr_limit_joins(const struct cr_limit *row, enum cr_limit_field field)
{
    for (size_t i = 0; i < CR_LIMIT_WHEN_MAX && row->when[i].field; i++)
        if (row->when[i].field == field)
            return true;
    return row->field == field;
}

static size_t add(int64_t *number, size_t len, int64_t n)
{
    size_t at = len;

    while (at > 0 && number[at - 1] > n)
        at--;
    if ((at > 0 && number[at - 1] == n) || len == CR_LIMIT_CANDIDATES)
        return len;
    memmove(number + at + 1, number + at, (len - at) * sizeof(*number));
    number[at] = n;
    return len + 1;
}

size_t cr_limit_candidates(const struct cr_limit_value *values, unsigned profile, enum cr_limit_field field,
                           int64_t number[CR_LIMIT_CANDIDATES])
{
    size_t len = 0;

    for (const struct cr_limit *row = cr_limits; *row->id; row++) {
        if (!(row->profiles & profile) || row->advice)
            continue;
        for (size_t i = 0; row->field == field && i < CR_LIMIT_SET_MAX && row->set[i]; i++)
            len = add(number, len, row->set[i]);
        if (row->field == field && row->min <= row->max) {
            len = add(number, len, row->min);
            len = row->max == INT64_MAX ? len : add(number, len, row->max);
        }
        for (size_t i = 0; i < CR_LIMIT_WHEN_MAX && row->when[i].field; i++) {
            const struct cr_limit_when *w = &row->when[i];

            if (w->field != field)
                continue;
            len = add(number, add(number, len, w->min), w->min - 1);
            len = w->max == INT64_MAX ? len : add(number, add(number, len, w->max), w->max + 1);
        }
    }
    for (const struct cr_order_limit *o = cr_order_limits; *o->id; o++) {
        if ((o->profiles & profile) && o->lower == field && values[o->upper].set)
            len = add(number, len, values[o->upper].number - o->strict);
        if ((o->profiles & profile) && o->upper == field && values[o->lower].set)
            len = add(number, len, values[o->lower].number + o->strict);
    }
    return len;
}

char *cr_limit_remedy(const struct cr_limit_value *values, enum cr_limit_field field, const int64_t *numbers, size_t n)
{
    const struct cr_limit_field_row *row = &cr_limit_fields[field];
    bool key = row->key != CR_KEY_COUNT && (values[field].manifest || (!row->option && !row->said));
    bool yes_or_no = key && cr_keys[row->key].type == CR_T_BOOL;
    CR_AUTO_FREE char *list = cr_strdup("");
    const char *mark;

    for (size_t i = 0; i < n; i++) {
        char one[32];
        CR_AUTO_FREE char *before = list;

        cr_limit_number(field, numbers[i], one);
        if (yes_or_no) /* of throttling, where the limits count what it is not */
            snprintf(one, sizeof(one), "%s", (numbers[i] == 0) == (field == CR_LIMIT_BILLING) ? "true" : "false");
        list = cr_format("%s%s%s", before, i ? " or " : "", !key && row->said ? row->said[numbers[i]] : one);
    }
    if (!key && row->said)
        return CR_STEAL(list);
    if (key)
        return cr_format("%s: %s", cr_key_name(row->key), list);
    if (!row->option)
        return cr_format("%s: %s", row->name, list);
    mark = strstr(row->option, "%s");
    return cr_format("%.*s%s%s", (int)(mark - row->option), row->option, list, mark + 2);
}

/* How good it is to give `field` this number: 2 when no rule that joins it is broken then, 1 when `row` is mended and
 * no other rule broken by it, 0 otherwise. */
static int goodness(struct cr_limit_value *values, unsigned profile, const struct cr_limit *row,
                    enum cr_limit_field field, int64_t number)
{
    int64_t before = values[field].number;
    bool mended, clean = true, worse = false;

    values[field].number = number;
    mended = !cr_limit_breaks(row, values, profile);
    for (const struct cr_limit *other = cr_limits; mended && *other->id; other++) {
        bool breaks = !other->advice && cr_limit_joins(other, field) && cr_limit_breaks(other, values, profile);

        if (!breaks)
            continue;
        clean = false;
        values[field].number = before;
        worse = worse || !cr_limit_breaks(other, values, profile);
        values[field].number = number;
    }
    for (const struct cr_order_limit *o = cr_order_limits; mended && *o->id; o++)
        clean = clean && !((o->lower == field || o->upper == field) && cr_order_breaks(o, values, profile));
    values[field].number = before;
    return !mended ? 0 : clean ? 2 : worse ? 0 : 1;
}

/* The numbers right below and above that are at least this good; at most two. */
static size_t nearest(struct cr_limit_value *values, unsigned profile, const struct cr_limit *row,
                      enum cr_limit_field field, int good, int64_t near[2])
{
    int64_t number[CR_LIMIT_CANDIDATES], now = values[field].number;
    size_t len = cr_limit_candidates(values, profile, field, number), n = 0;
    bool below = false, above = false;

    for (size_t i = len; i-- > 0 && !below;)
        if (number[i] < now && goodness(values, profile, row, field, number[i]) >= good) {
            near[n++] = number[i];
            below = true;
        }
    for (size_t i = 0; i < len && !above; i++)
        if (number[i] > now && goodness(values, profile, row, field, number[i]) >= good) {
            near[n++] = number[i];
            above = true;
        }
    return n;
}

char *cr_limit_mend(const struct cr_limit_value *values, unsigned profile, const struct cr_limit *row)
{
    struct cr_limit_value trial[CR_LIMIT_FIELD_COUNT];
    const struct cr_limit_value *v = &values[row->field];
    char *text = NULL;
    int64_t near[2];
    size_t n;

    memcpy(trial, values, sizeof(trial));
    n = row->advice ? 0 : nearest(trial, profile, row, row->field, 2, near);
    if (!n && !row->advice)
        n = nearest(trial, profile, row, row->field, 1, near);
    if (row->alone && n == 1 && near[0] == 0 && row->max > 0 && v->number > row->max)
        near[0] = row->max;           /* to leave it away is not what was asked for */
    if (!n && row->min <= row->max) { /* what else has to change is said by the set that mends all */
        near[0] = v->number < row->min ? row->min : row->max;
        n = 1;
    }
    text = n ? cr_limit_remedy(values, row->field, near, n) : cr_strdup("");
    for (size_t i = 0; !row->alone && i < CR_LIMIT_WHEN_MAX && row->when[i].field; i++) {
        CR_AUTO_FREE char *other = NULL, *before = text;

        n = values[row->when[i].field].set ? nearest(trial, profile, row, row->when[i].field, 2, near) : 0;
        other = n ? cr_limit_remedy(values, row->when[i].field, near, n) : cr_strdup("");
        text = cr_format("%s%s%s", before, n && *before ? ", or " : "", other);
    }
    return text;
}
