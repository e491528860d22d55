#include "core/edit_time.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define SECOND INT64_C(1000000)    /* parts are added up in microseconds */
#define LONGEST (INT64_C(1) << 60) /* of a part, in microseconds; far above every limit */
#define DIGITS_MAX 12

/* Months and years have no length of their own. */
static const struct unit {
    const char *name;
    int64_t micros;
} units[] = {
    {"ms", 1000},         {"us", 1},          {"w", 604800 * SECOND}, {"d", 86400 * SECOND},
    {"h", 3600 * SECOND}, {"m", 60 * SECOND}, {"s", SECOND},
};

static int wrong(const struct cr_edit *e, struct cr_error *err)
{
    cr_edit_fail(e, err, "'%s' is no time", e->text);
    return cr_hint(err, "write seconds, or units: 300, 300s, 5m or 1h30m");
}

/* A number and its decimals, in millionths. Returns what follows, or NULL when there is none. */
static const char *read_number(const char *at, int64_t *whole, int64_t *millionths)
{
    const char *start = at;

    for (*whole = 0; isdigit((unsigned char)*at); at++) {
        if (at - start == DIGITS_MAX)
            return NULL;
        *whole = *whole * 10 + (*at - '0');
    }
    *millionths = 0;
    if (*at == '.' || *at == ',') {
        start++;
        at++;
        for (int64_t place = SECOND / 10; isdigit((unsigned char)*at); at++, place /= 10)
            *millionths += place * (*at - '0');
    }
    return at > start ? at : NULL;
}

/* Parts of a second only end a time: "5ms" is a part, "5m5s" has two. */
static const char *read_unit(const char *at, bool clock, int64_t *micros)
{
    for (size_t i = 0; i < CR_LEN(units); i++) {
        size_t n = strlen(units[i].name);

        if (strncasecmp(at, units[i].name, n) != 0 || (n == 2 && at[n]))
            continue;
        *micros = units[i].micros;
        return *units[i].name == 'm' && n == 1 && !clock ? NULL : at + n;
    }
    return NULL;
}

/* The parts, added up. Behind P and before T an M means months. -1: no time. */
static int64_t read_parts(const char *at)
{
    int64_t total = 0, whole, millionths, micros;
    bool clock = toupper((unsigned char)*at) != 'P';

    for (at += !clock; *at;) {
        if (toupper((unsigned char)*at) == 'T') {
            clock = true;
            at++;
            continue;
        }
        if (!(at = read_number(at, &whole, &millionths)) || !(at = read_unit(at, clock, &micros)))
            return -1;
        if (whole > LONGEST / micros || total > LONGEST)
            return -1;
        total += whole * micros + millionths * micros / SECOND;
    }
    return total;
}

int cr_edit_seconds(const struct cr_edit *e, int64_t *seconds, struct cr_error *err)
{
    const char *text = e->text + (*e->text == '+' || *e->text == '-');
    bool bare = *text && strspn(text, "0123456789") == strlen(text);
    int64_t whole = 0, rest, micros;

    if (bare)
        micros = read_number(text, &whole, &rest) ? whole * SECOND : -1;
    else
        micros = read_parts(text);
    if (!*text || micros < 0)
        return wrong(e, err);
    if (*e->text == '-' || micros < SECOND) {
        cr_edit_fail(e, err, "'%s' is less than a second", e->text);
        return cr_hint(err, "the least is 1s");
    }
    if (micros % SECOND) {
        cr_edit_fail(e, err, "'%s' is no whole number of seconds", e->text);
        return cr_hint(err, "write %" PRId64 "s", micros / SECOND);
    }
    *seconds = micros / SECOND;
    return 0;
}
