/*
 * canary.h - whether one revision of a service does worse than the others, by what became of requests.
 *
 * A request has failed when nothing answered (status 0), with 429, and from 500 on; what else a client got wrong (4xx)
 * is no fault of the revision. Latencies are of requests that did not fail.
 *
 * The rule: failures are worse when at least two requests failed and their share is more than the allowed percents
 * above the others' share. Latency is worse when the median is more than so many times the others' median and
 * CR_CANARY_SLACK_MS more; from CR_CANARY_MANY requests on both sides the 95th percentile must hold the same. Few
 * requests (below CR_CANARY_FEW) can condemn by their failures, but never acquit.
 *
 * Units: milliseconds, percents. Ownership: a side owns its latencies; cr_canary_clear() frees them. Pure. Errors:
 * none.
 */
#ifndef CR_CANARY_H
#define CR_CANARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CR_CANARY_FEW 20
#define CR_CANARY_TIMED 10 /* latencies on both sides, or they are not compared */
#define CR_CANARY_MANY 100
#define CR_CANARY_SLACK_MS 50 /* what nobody notices, and a busy machine makes up */

struct cr_canary_side {
    int64_t requests, failed;
    int64_t *latency_ms;
    size_t timed, room;
};

#define CR_AUTO_CANARY __attribute__((cleanup(cr_canary_clear)))
void cr_canary_clear(struct cr_canary_side *side);
void cr_canary_add(struct cr_canary_side *side, int status, int64_t latency_ms);
void cr_canary_join(struct cr_canary_side *side, const struct cr_canary_side *more);
/* The latency that so many percent do not exceed, by nearest rank; 0 of none. Sorts. */
int64_t cr_canary_latency(struct cr_canary_side *side, int percent);

struct cr_canary_rule {
    double errors;  /* percents of failures more than the others */
    double latency; /* times the others' latency; 0: not looked at */
};

enum cr_canary_verdict { CR_CANARY_GOOD, CR_CANARY_UNKNOWN, CR_CANARY_BAD };
/* why: for BAD, what is worse, with both figures. */
enum cr_canary_verdict cr_canary_judge(const struct cr_canary_rule *rule, struct cr_canary_side *fresh,
                                       struct cr_canary_side *others, char why[200]);

#endif
