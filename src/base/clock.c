#include "base/clock.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "base/interrupt.h"

static bool faked;
static int64_t fake_now, fake_wall;

static int64_t read_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t cr_now_ms(void)
{
    return faked ? fake_now : read_clock(CLOCK_MONOTONIC);
}

int64_t cr_wall_ms(void)
{
    return faked ? fake_wall : read_clock(CLOCK_REALTIME);
}

void cr_sleep_ms(int64_t ms)
{
    if (faked) {
        fake_now += ms;
        fake_wall += ms;
        return;
    }
    /* In slices: a signal that lands just before nanosleep() would otherwise be slept over. */
    for (int64_t end = cr_now_ms() + ms, left = ms; left > 0 && !cr_interrupted(); left = end - cr_now_ms()) {
        int64_t slice = left < 100 ? left : 100;

        nanosleep(&(struct timespec){slice / 1000, slice % 1000 * 1000000L}, NULL);
    }
}

void cr_time_text(int64_t wall_ms, char text[32])
{
    time_t s = (time_t)(wall_ms / 1000);
    struct tm tm;
    size_t n;

    gmtime_r(&s, &tm);
    n = strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text + n, 32 - n, ".%03d000Z", (int)(wall_ms % 1000));
}

void cr_clock_fake(int64_t now_ms, int64_t wall_ms)
{
    faked = now_ms || wall_ms;
    fake_now = now_ms;
    fake_wall = wall_ms;
}
