#include "cli/log_tail.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "gcp/json.h"

void cli_log_tail_init(struct cli_log_tail *t, const char *from)
{
    *t = (struct cli_log_tail){.seen = json_object()};
    snprintf(t->newest, sizeof(t->newest), "%s", from);
}

void cli_log_tail_clear(struct cli_log_tail *t)
{
    json_decref(t->seen);
    *t = (struct cli_log_tail){.seen = NULL};
}

/* Milliseconds since 1970; 0 for what is no time in UTC. */
static int64_t ms_of(const char *text)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    int ms = 0;

    if (!rest)
        return 0;
    if (*rest == '.')
        sscanf(rest + 1, "%3d", &ms);
    return (int64_t)timegm(&tm) * 1000 + ms;
}

void cli_log_tail_since(const struct cli_log_tail *t, char time[32])
{
    int64_t ms = json_object_size(t->seen) ? ms_of(t->newest) : 0;

    if (ms > CLI_LOG_TAIL_BACK_MS)
        cr_time_text(ms - CLI_LOG_TAIL_BACK_MS, time);
    else
        snprintf(time, 32, "%s", t->newest);
}

/* Those that no look will bring again. */
static void forget_old(struct cli_log_tail *t)
{
    char since[32];
    const char *key;
    json_t *time;
    void *next;

    cli_log_tail_since(t, since);
    json_object_foreach_safe(t->seen, next, key, time)
    {
        if (strcmp(json_string_value(time), since) < 0)
            json_object_del(t->seen, key);
    }
}

int cli_log_tail_take(struct cli_log_tail *t, const json_t *entry)
{
    const char *time = gcp_text_at(entry, "timestamp");
    CR_AUTO_FREE char *key = cr_format("%s %s %s", time, gcp_text_at(entry, "insertId"), gcp_text_at(entry, "logName"));

    if (strcmp(time, t->oldest) < 0 || json_object_get(t->seen, key))
        return 0;
    if (!*t->oldest)
        snprintf(t->oldest, sizeof(t->oldest), "%.31s", time);
    json_object_set_new(t->seen, key, json_string(time));
    if (strcmp(time, t->newest) > 0 && strlen(time) < sizeof(t->newest)) {
        snprintf(t->newest, sizeof(t->newest), "%s", time);
        forget_old(t);
    }
    return 1;
}
