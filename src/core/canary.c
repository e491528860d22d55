#include "core/canary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void cr_canary_clear(struct cr_canary_side *side)
{
    free(side->latency_ms);
    *side = (struct cr_canary_side){0};
}

static void keep(struct cr_canary_side *side, int64_t latency_ms)
{
    if (side->timed == side->room) {
        side->room = side->room ? side->room * 2 : 64;
        side->latency_ms = cr_realloc(side->latency_ms, side->room * sizeof(*side->latency_ms));
    }
    side->latency_ms[side->timed++] = latency_ms;
}

void cr_canary_add(struct cr_canary_side *side, int status, int64_t latency_ms)
{
    bool failed = !status || status == 429 || status >= 500;

    side->requests++;
    side->failed += failed;
    if (!failed)
        keep(side, latency_ms);
}

void cr_canary_join(struct cr_canary_side *side, const struct cr_canary_side *more)
{
    side->requests += more->requests;
    side->failed += more->failed;
    for (size_t i = 0; i < more->timed; i++)
        keep(side, more->latency_ms[i]);
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

int64_t cr_canary_latency(struct cr_canary_side *side, int percent)
{
    size_t rank = (side->timed * (size_t)percent + 99) / 100;

    if (!side->timed)
        return 0;
    qsort(side->latency_ms, side->timed, sizeof(*side->latency_ms), by_size);
    return side->latency_ms[rank ? rank - 1 : 0];
}

static double share(const struct cr_canary_side *side)
{
    return side->requests ? 100.0 * (double)side->failed / (double)side->requests : 0;
}

static bool fails_more(const struct cr_canary_rule *rule, const struct cr_canary_side *fresh,
                       const struct cr_canary_side *others, char why[200])
{
    if (fresh->failed < 2 || share(fresh) <= share(others) + rule->errors)
        return false;
    snprintf(why, 200, "%lld of %lld requests failed (%.1f%%), of the others' %lld of %lld (%.1f%%)",
             (long long)fresh->failed, (long long)fresh->requests, share(fresh), (long long)others->failed,
             (long long)others->requests, share(others));
    return true;
}

static bool is_slower(const struct cr_canary_rule *rule, struct cr_canary_side *fresh, struct cr_canary_side *others,
                      int percent, char why[200])
{
    int64_t mine = cr_canary_latency(fresh, percent), theirs = cr_canary_latency(others, percent);

    if ((double)mine <= rule->latency * (double)theirs + CR_CANARY_SLACK_MS)
        return false;
    snprintf(why, 200, "%s is %lld ms, the others' %lld ms",
             percent == 50 ? "its median latency" : "its 95th percentile", (long long)mine, (long long)theirs);
    return true;
}

enum cr_canary_verdict cr_canary_judge(const struct cr_canary_rule *rule, struct cr_canary_side *fresh,
                                       struct cr_canary_side *others, char why[200])
{
    bool timed = rule->latency > 0 && fresh->timed >= CR_CANARY_TIMED && others->timed >= CR_CANARY_TIMED;
    bool many = fresh->timed >= CR_CANARY_MANY && others->timed >= CR_CANARY_MANY;

    if (fails_more(rule, fresh, others, why))
        return CR_CANARY_BAD;
    if (timed && (is_slower(rule, fresh, others, 50, why) || (many && is_slower(rule, fresh, others, 95, why))))
        return CR_CANARY_BAD;
    return fresh->requests < CR_CANARY_FEW ? CR_CANARY_UNKNOWN : CR_CANARY_GOOD;
}
