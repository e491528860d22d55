/*
 * verdict_judge.h - the parts of a verdict, each a file: refusals (verdict_refused.c), a container that ended
 * (verdict_ended.c), one that ran and was not reached (verdict_unreached.c). For verdict.c.
 *
 * Each part returns false when the evidence is not of its kind, and else has filled the verdict.
 */
#ifndef CR_VERDICT_JUDGE_H
#define CR_VERDICT_JUDGE_H

#include <stdbool.h>

#include "base/error.h"
#include "core/verdict.h"
#include "core/verdict_log.h"
#include "core/verdict_settings.h"

struct cr_judge {
    const char *said;    /* every message of the failure, one after another */
    const char *reasons; /* " CONTAINER_MISSING SECRETS_ACCESS_CHECK_FAILED " */
    bool at_request;     /* there is no revision: the texts are a request's */
    struct cr_verdict_log log;
    struct cr_verdict_settings set;
    struct cr_verdict *v;
};

bool cr_judge_refused(struct cr_judge *j);
bool cr_judge_ended(struct cr_judge *j);
bool cr_judge_unreached(struct cr_judge *j);

/* Both cut at the end of a character and leave out what would steer a terminal. Always true. */
bool cr_judge_say(struct cr_judge *j, enum cr_cause cause, const char *fmt, ...) CR_PRINTF(3, 4);
void cr_judge_hint(struct cr_judge *j, const char *fmt, ...) CR_PRINTF(2, 3);

/* "--memory 1Gi", with "--cpu 2" where the size needs it: the next worth trying. New. */
char *cr_judge_more_memory(const struct cr_judge *j);

#endif
