/*
 * ask_stats.h - how long answers took, and how many failed.
 *
 * Units: microseconds in, milliseconds out. The middle and the 95th of a hundred are exact up to CLI_STATS_MAX answers;
 * of more, every second, fourth, ... is kept, evenly over the run.
 */
#ifndef CLI_ASK_STATS_H
#define CLI_ASK_STATS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_STATS_MAX 65536

struct cli_stats {
    int64_t *kept;
    size_t n, cap, step; /* every step-th answer is kept */
    size_t answers, failed, cold;
    int64_t min_us, max_us;
};

#define CLI_AUTO_STATS __attribute__((cleanup(cli_stats_clear)))
void cli_stats_clear(struct cli_stats *s);

void cli_stats_add(struct cli_stats *s, int64_t us); /* of one that was answered well */

/* {"requests", "failed", "cold", "min_ms", "median_ms", "p95_ms", "max_ms"}; without an answer the times are null. New.
 */
json_t *cli_stats_json(const struct cli_stats *s);
/* "20 requests, 1 failed, 1 cold; min 8.1 ms, median 9.0 ms, 95 % within 12.3 ms, max 20.4 ms". New. */
char *cli_stats_text(const struct cli_stats *s);

#endif
