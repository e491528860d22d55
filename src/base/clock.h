/* clock.h - the one place that knows the time. Tests replace it through cr_clock_fake(). */
#ifndef CR_CLOCK_H
#define CR_CLOCK_H

#include <stdint.h>

int64_t cr_now_ms(void);      /* monotonic milliseconds, for waits and deadlines */
int64_t cr_wall_ms(void);     /* milliseconds since 1970 UTC */
void cr_sleep_ms(int64_t ms); /* ends early when cr_interrupted() */
/* RFC 3339 UTC with microseconds, as Google's APIs write it: 2026-01-02T03:04:05.678901Z */
void cr_time_text(int64_t wall_ms, char text[32]);
/* From now on all of the above count from these values and sleeping only moves them. 0, 0 undoes it. */
void cr_clock_fake(int64_t now_ms, int64_t wall_ms);

#endif
