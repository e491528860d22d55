/*
 * log_tail.h - what is new in a log, look by look, without a connection that stays: each look asks from a little before
 * the newest entry that was seen, since entries arrive late and out of order, and leaves out those it gave already.
 *
 * Ownership: cli_log_tail_clear() frees. Pure but for memory.
 */
#ifndef CLI_LOG_TAIL_H
#define CLI_LOG_TAIL_H

#include <jansson.h>
#include <stdint.h>

/* How much later than its own time an entry may arrive and still be shown. */
#define CLI_LOG_TAIL_BACK_MS 30000

struct cli_log_tail {
    char oldest[32]; /* what is older is not shown any more; "" at first */
    char newest[32]; /* the newest entry's time, as RFC 3339; never empty */
    json_t *seen;    /* the entries of the last CLI_LOG_TAIL_BACK_MS, by what tells them apart: their times */
};

void cli_log_tail_init(struct cli_log_tail *t, const char *from);
void cli_log_tail_clear(struct cli_log_tail *t);
#define CLI_AUTO_LOG_TAIL __attribute__((cleanup(cli_log_tail_clear)))

/* From when the next look asks. */
void cli_log_tail_since(const struct cli_log_tail *t, char time[32]);
/* Whether the entry is new; it is not the next time. The first that is taken is the oldest that is ever shown. */
int cli_log_tail_take(struct cli_log_tail *t, const json_t *entry);

#endif
