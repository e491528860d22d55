#include "cli/ask_stats.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"

void cli_stats_clear(struct cli_stats *s)
{
    free(s->kept);
    *s = (struct cli_stats){0};
}

/* Full: every second of what is kept goes. */
static void thin(struct cli_stats *s)
{
    for (size_t i = 0; i < s->n / 2; i++)
        s->kept[i] = s->kept[2 * i];
    s->n /= 2;
    s->step *= 2;
}

void cli_stats_add(struct cli_stats *s, int64_t us)
{
    s->min_us = !s->answers || us < s->min_us ? us : s->min_us;
    s->max_us = us > s->max_us ? us : s->max_us;
    s->step = s->step ? s->step : 1;
    if (s->n == CLI_STATS_MAX)
        thin(s);
    if (s->answers++ % s->step)
        return;
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 64;
        s->kept = cr_realloc(s->kept, s->cap * sizeof(*s->kept));
    }
    s->kept[s->n++] = us;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* The smallest that so many of a hundred do not exceed, in milliseconds. */
static double percentile(const struct cli_stats *s, size_t percent)
{
    CR_AUTO_FREE int64_t *sorted = cr_malloc(s->n * sizeof(*sorted));
    size_t rank = (s->n * percent + 99) / 100;

    memcpy(sorted, s->kept, s->n * sizeof(*sorted));
    qsort(sorted, s->n, sizeof(*sorted), by_size);
    return (double)sorted[rank ? rank - 1 : 0] / 1000;
}

json_t *cli_stats_json(const struct cli_stats *s)
{
    json_t *doc = json_pack("{s:I, s:I, s:I}", "requests", (json_int_t)(s->answers + s->failed), "failed",
                            (json_int_t)s->failed, "cold", (json_int_t)s->cold);

    json_object_set_new(doc, "min_ms", s->n ? json_real((double)s->min_us / 1000) : json_null());
    json_object_set_new(doc, "median_ms", s->n ? json_real(percentile(s, 50)) : json_null());
    json_object_set_new(doc, "p95_ms", s->n ? json_real(percentile(s, 95)) : json_null());
    json_object_set_new(doc, "max_ms", s->n ? json_real((double)s->max_us / 1000) : json_null());
    return doc;
}

char *cli_stats_text(const struct cli_stats *s)
{
    size_t all = s->answers + s->failed;
    CR_AUTO_FREE char *cold = s->cold ? cr_format(", %zu cold", s->cold) : cr_strdup("");

    if (!s->n)
        return cr_format("%zu request%s, %zu failed", all, all == 1 ? "" : "s", s->failed);
    return cr_format("%zu request%s, %zu failed%s; min %.1f ms, median %.1f ms, 95 %% within %.1f ms, max %.1f ms", all,
                     all == 1 ? "" : "s", s->failed, cold, (double)s->min_us / 1000, percentile(s, 50),
                     percentile(s, 95), (double)s->max_us / 1000);
}
