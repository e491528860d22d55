#include "core/quantity.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

__extension__ typedef unsigned __int128 wide;

#define DIGITS 19 /* of INT64_MAX; times 2^60 that still fits 128 bits */

/* mantissa * 10^ten * 2^two, as read. */
struct quantity {
    wide mantissa;
    long ten;
    int two;
    const char *suffix; /* where the number ends; points into the text */
};

static const struct suffix {
    const char *text;
    long ten;
    int two;
} suffixes[] = {
    {"", 0, 0},    {"n", -9, 0},  {"u", -6, 0},  {"m", -3, 0},  {"k", 3, 0},   {"M", 6, 0},
    {"G", 9, 0},   {"T", 12, 0},  {"P", 15, 0},  {"E", 18, 0},  {"Ki", 0, 10}, {"Mi", 0, 20},
    {"Gi", 0, 30}, {"Ti", 0, 40}, {"Pi", 0, 50}, {"Ei", 0, 60},
};

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads digits and a point. Fails (false) without a digit, or with more significant digits than 64 bits can hold. */
static bool read_number(const char **at, struct quantity *q)
{
    int significant = 0, zeros = 0; /* zeros: seen, and not yet known to be followed by another digit */
    bool point = false, any = false;

    for (; digit(**at) || (**at == '.' && !point); (*at)++) {
        if (**at == '.') {
            point = true;
            continue;
        }
        any = true;
        q->ten -= point;
        if (**at == '0') {
            zeros += q->mantissa != 0;
            continue;
        }
        significant += zeros + 1;
        if (significant > DIGITS)
            return false;
        for (; zeros; zeros--)
            q->mantissa *= 10;
        q->mantissa = q->mantissa * 10 + (wide)(**at - '0');
    }
    q->ten += zeros; /* trailing zeros only move the point */
    return any;
}

/* e3, E-3. A lone E is exa and no exponent. */
static bool read_exponent(const char *at, struct quantity *q)
{
    bool minus = at[0] && at[1] == '-';
    long value = 0;

    if (*at != 'e' && *at != 'E')
        return false;
    at += 1 + (at[1] == '-' || at[1] == '+');
    if (!digit(*at))
        return false;
    for (; digit(*at); at++)
        value = value < 1000 ? value * 10 + (*at - '0') : value;
    q->ten += minus ? -value : value;
    return *at == '\0';
}

static bool read_quantity(const char *text, struct quantity *q)
{
    *q = (struct quantity){.suffix = text};
    q->suffix += *text == '+';
    if (!read_number(&q->suffix, q))
        return false;
    for (size_t i = 0; i < CR_LEN(suffixes); i++)
        if (strcmp(suffixes[i].text, q->suffix) == 0) {
            q->ten += suffixes[i].ten;
            q->two = suffixes[i].two;
            return true;
        }
    return read_exponent(q->suffix, q);
}

/* The value times 10^shift as a whole number; *exact says whether a part was rounded up. False when over 64 bits. */
static bool whole(const struct quantity *q, int shift, int64_t *value, bool *exact)
{
    wide v = q->mantissa << q->two, part = 0, ten = 1;
    long power = q->ten + shift;

    for (; power > 0 && v; power--)
        if (__builtin_mul_overflow(v, (wide)10, &v))
            return false;
    for (; power < 0 && ten <= v; power++)
        if (__builtin_mul_overflow(ten, (wide)10, &ten))
            break;
    if (power < 0) { /* smaller than one */
        part = v;
        v = 0;
    } else {
        part = v % ten;
        v /= ten;
    }
    *exact = !part;
    v += part != 0;
    if (v > INT64_MAX)
        return false;
    *value = (int64_t)v;
    return true;
}

/* What a wrong size most likely meant; NULL when it cannot be guessed. */
static const char *meant(const char *suffix)
{
    static const char *const words[][2] = {
        {"K", "k or Ki"},  {"KB", "k or Ki"}, {"kB", "k or Ki"}, {"kb", "k or Ki"}, {"KiB", "Ki"},    {"ki", "Ki"},
        {"MB", "M or Mi"}, {"mb", "M or Mi"}, {"Mb", "M or Mi"}, {"MiB", "Mi"},     {"mi", "Mi"},     {"MI", "Mi"},
        {"GB", "G or Gi"}, {"gb", "G or Gi"}, {"Gb", "G or Gi"}, {"GiB", "Gi"},     {"gi", "Gi"},     {"GI", "Gi"},
        {"g", "G or Gi"},  {"TB", "T or Ti"}, {"TiB", "Ti"},     {"ti", "Ti"},      {"t", "T or Ti"}, {"m", "M or Mi"},
        {"u", "M or Mi"},  {"n", "M or Mi"},
    };

    for (size_t i = 0; i < CR_LEN(words); i++)
        if (strcmp(words[i][0], suffix) == 0)
            return words[i][1];
    return NULL;
}

/* "3G or 3Gi" for 3GB. */
static int hint_size(const char *text, const char *suffix, struct cr_error *err)
{
    const char *unit = suffix ? suffix + strspn(suffix, " ") : NULL, *word = unit ? meant(unit) : NULL;
    const char * or = word ? strstr(word, " or ") : NULL;
    int n = suffix ? (int)(suffix - text) : 0;

    for (size_t i = 0; n && n <= 20 && unit > suffix && i < CR_LEN(suffixes); i++)
        if (strcmp(suffixes[i].text, unit) == 0)
            return cr_hint(err, "write %.*s%s", n, text, unit);

    if (!word || !n || n > 20)
        return cr_hint(err, "write a number and a unit, such as 3G or 512Mi");
    if (or)
        return cr_hint(err, "write %.*s%.*s or %.*s%s", n, text, (int)(or -word), word, n, text, or +4);
    return cr_hint(err, "write %.*s%s", n, text, word);
}

static int fail_sign(const char *what, const char *text, struct cr_error *err)
{
    cr_fail(err, CR_E_CONFIG, "%s '%s' is negative", what, text);
    return cr_hint(err, "write %s", text + 1);
}

int cr_bytes_parse(const char *text, int64_t *bytes, struct cr_error *err)
{
    struct quantity q;
    bool exact;

    if (*text == '-')
        return fail_sign("size", text, err);
    if (!read_quantity(text, &q)) {
        cr_fail(err, CR_E_CONFIG, "'%s' is not a size", text);
        return hint_size(text, q.suffix, err);
    }
    if (strcmp(q.suffix, "m") == 0 || strcmp(q.suffix, "u") == 0 || strcmp(q.suffix, "n") == 0) {
        cr_fail(err, CR_E_CONFIG, "'%s' is a part of a byte: '%s' is a small fraction", text, q.suffix);
        return hint_size(text, q.suffix, err);
    }
    if (!whole(&q, 0, bytes, &exact)) {
        cr_fail(err, CR_E_CONFIG, "size '%s' does not fit 64 bits", text);
        return cr_hint(err, "write a number and a unit, such as 3G or 512Mi");
    }
    return 0;
}

int cr_cpu_parse(const char *text, int64_t *milli, struct cr_error *err)
{
    struct quantity q;
    int64_t value;
    bool exact;

    if (*text == '-')
        return fail_sign("CPU", text, err);
    if (!read_quantity(text, &q)) {
        cr_fail(err, CR_E_CONFIG, "'%s' is not a number of CPUs", text);
        return cr_hint(err, "write a number such as 2, 0.5 or 500m");
    }
    if (!whole(&q, 3, &value, &exact)) {
        cr_fail(err, CR_E_CONFIG, "CPU '%s' does not fit 64 bits", text);
        return cr_hint(err, "write a number such as 2, 0.5 or 500m");
    }
    if (!exact) {
        char near[CR_QUANTITY_TEXT];

        cr_fail(err, CR_E_CONFIG, "CPU '%s' is finer than a thousandth", text);
        cr_cpu_text(value, near);
        return cr_hint(err, "write %s", near);
    }
    *milli = value;
    return 0;
}

static int64_t unit_seconds(char unit)
{
    return unit == 'h' ? 3600 : unit == 'm' ? 60 : unit == 's' || !unit ? 1 : 0;
}

int cr_duration_parse(const char *text, int64_t *seconds, struct cr_error *err)
{
    int64_t total = 0, last = INT64_MAX;
    const char *at = text;
    bool over = false;

    if (*text == '-')
        return fail_sign("time", text, err);
    do {
        int64_t n = 0, unit;
        const char *start = at;

        for (; digit(*at); at++)
            over |= __builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *at - '0', &n);
        unit = unit_seconds(*at);
        if (at == start || !unit || unit >= last || (!*at && last != INT64_MAX)) {
            cr_fail(err, CR_E_CONFIG, "'%s' is not a time", text);
            return cr_hint(err, "write seconds, or a whole number and s, m or h: 300, 300s, 5m, 1h");
        }
        over |= __builtin_mul_overflow(n, unit, &n) || __builtin_add_overflow(total, n, &total);
        last = unit;
        at += *at != '\0';
    } while (*at);
    if (over) {
        cr_fail(err, CR_E_CONFIG, "time '%s' does not fit 64 bits", text);
        return cr_hint(err, "write seconds, or a whole number and s, m or h: 300, 300s, 5m, 1h");
    }
    *seconds = total;
    return 0;
}

void cr_bytes_text(int64_t bytes, char text[CR_QUANTITY_TEXT])
{
    size_t best;

    snprintf(text, CR_QUANTITY_TEXT, "%" PRId64, bytes);
    best = strlen(text);
    for (size_t i = 4; i < CR_LEN(suffixes) && bytes; i++) { /* from "k": whole multiples only */
        char other[CR_QUANTITY_TEXT];
        int64_t unit = (int64_t)1 << suffixes[i].two;

        for (long ten = suffixes[i].ten; ten > 0; ten--)
            unit *= 10;
        if (bytes % unit)
            continue;
        snprintf(other, sizeof(other), "%" PRId64 "%s", bytes / unit, suffixes[i].text);
        if (strlen(other) < best) {
            best = strlen(other);
            memcpy(text, other, best + 1);
        }
    }
}

void cr_cpu_text(int64_t milli, char text[CR_QUANTITY_TEXT])
{
    size_t n;

    if (milli % 1000 == 0) {
        snprintf(text, CR_QUANTITY_TEXT, "%" PRId64, milli / 1000);
        return;
    }
    snprintf(text, CR_QUANTITY_TEXT, "%" PRId64 ".%03d", milli / 1000, (int)(milli % 1000));
    for (n = strlen(text); text[n - 1] == '0'; n--)
        text[n - 1] = '\0';
}

void cr_duration_text(int64_t seconds, char text[CR_QUANTITY_TEXT])
{
    snprintf(text, CR_QUANTITY_TEXT, "%" PRId64 "s", seconds);
}
