#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"

char cr_str_empty[1];

int cr_str_add(struct cr_str *s, const void *bytes, size_t n, struct cr_error *err)
{
    if (n > s->max - s->len)
        return cr_fail(err, CR_E_IO, "data is over the limit of %zu bytes", s->max);
    if (s->len + n + 1 > s->cap) {
        s->cap = (s->len + n + 1) * 2;
        s->buf = cr_realloc(s->buf == cr_str_empty ? NULL : s->buf, s->cap);
    }
    if (n)
        memcpy(s->buf + s->len, bytes, n);
    s->len += n;
    s->buf[s->len] = '\0';
    return 0;
}

int cr_str_addf(struct cr_str *s, struct cr_error *err, const char *fmt, ...)
{
    CR_AUTO_FREE char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = cr_vformat(fmt, ap);
    va_end(ap);
    return cr_str_add(s, text, strlen(text), err);
}

void cr_str_cut(struct cr_str *s, size_t len)
{
    if (len < s->len) {
        s->len = len;
        s->buf[len] = '\0';
    }
}

char *cr_str_take(struct cr_str *s)
{
    char *took = s->buf == cr_str_empty ? cr_strdup("") : s->buf;

    *s = (struct cr_str)CR_STR_INIT(s->max);
    return took;
}

void cr_str_free(struct cr_str *s)
{
    if (s->buf != cr_str_empty)
        free(s->buf);
    *s = (struct cr_str)CR_STR_INIT(s->max);
}

/* Levenshtein distance, one row at a time; words longer than the row are never near. */
static size_t distance(const char *a, const char *b)
{
    size_t row[65], n = strlen(b);

    if (n >= CR_LEN(row) || strlen(a) >= CR_LEN(row))
        return CR_LEN(row);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t corner = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t swap = corner + (a[i] != b[j]), above = row[j + 1];

            row[j + 1] = swap;
            if (above + 1 < row[j + 1])
                row[j + 1] = above + 1;
            if (row[j] + 1 < row[j + 1])
                row[j + 1] = row[j] + 1;
            corner = above;
        }
    }
    return row[n];
}

const char *cr_nearest(const char *word, const char *const *words)
{
    size_t best = strlen(word) / 3 + 2; /* at most a third of the word, and one letter, may differ */
    const char *near = NULL;

    for (; *words; words++) {
        size_t d = distance(word, *words);

        if (d < best) {
            best = d;
            near = *words;
        }
    }
    return near;
}
