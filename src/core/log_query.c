#include "core/log_query.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/quantity.h"

const char *const cr_log_severities[] = {"DEFAULT", "DEBUG",    "INFO",  "NOTICE",    "WARNING",
                                         "ERROR",   "CRITICAL", "ALERT", "EMERGENCY", NULL};

const char *cr_log_severity(const char *text)
{
    for (const char *const *s = cr_log_severities; *s; s++)
        if (strcasecmp(*s, text) == 0)
            return *s;
    return NULL;
}

/* A term with its value between quotes, in which a quote and a backslash have one before them. */
static void add_term(struct cr_str *out, const char *field, const char *value)
{
    struct cr_error full = {0}; /* 64 KiB hold every name that there is */

    if (!value || !*value)
        return;
    (void)!cr_str_addf(out, &full, " AND %s\"", field);
    for (const char *p = value; *p; p++)
        (void)!cr_str_addf(out, &full, "%s%c", *p == '"' || *p == '\\' ? "\\" : "", *p);
    (void)!cr_str_addf(out, &full, "\"");
}

char *cr_log_query_filter(const struct cr_log_query *q)
{
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(1 << 16);
    struct cr_error full = {0};

    (void)!cr_str_addf(&out, &full, "resource.type=\"cloud_run_revision\"");
    add_term(&out, "resource.labels.service_name=", q->service);
    add_term(&out, "resource.labels.revision_name=", q->revision);
    add_term(&out, "resource.labels.location=", q->location);
    add_term(&out, "timestamp>=", q->since);
    if (q->severity && *q->severity)
        (void)!cr_str_addf(&out, &full, " AND severity>=%s", q->severity);
    return cr_str_take(&out);
}

/* "3d" is known to nobody else. */
static bool read_days(const char *text, int64_t *seconds)
{
    char unit, more;
    long long n;

    if (sscanf(text, "%lld%c%c", &n, &unit, &more) != 2 || unit != 'd' || n < 0 || n > 36500)
        return false;
    *seconds = n * 86400;
    return true;
}

/* A date, or a date with a time and its zone, as milliseconds since 1970. */
static bool read_time(const char *text, int64_t *ms)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%d", &tm);
    int hours = 0, minutes = 0;
    bool whole = rest && *rest;

    if (whole)
        rest = strptime(rest, "T%H:%M:%S", &tm);
    if (rest && *rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    if (!rest || (whole && !*rest))
        return false;
    if (*rest == '+' || *rest == '-') {
        int used = 0;

        if (sscanf(rest + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 || rest[1 + used])
            return false;
        if (*rest == '-') {
            hours = -hours;
            minutes = -minutes;
        }
    } else if (whole && strcmp(rest, "Z") != 0) {
        return false;
    }
    *ms = ((int64_t)timegm(&tm) - hours * 3600 - minutes * 60) * 1000;
    return true;
}

int cr_log_since(const char *text, int64_t now_ms, char time[32], struct cr_error *err)
{
    struct cr_error ignored = {0};
    int64_t seconds, ms;

    if (read_days(text, &seconds) || cr_duration_parse(text, &seconds, &ignored) == 0) {
        cr_time_text(seconds < now_ms / 1000 ? now_ms - seconds * 1000 : 0, time);
        return 0;
    }
    if (read_time(text, &ms) && ms >= 0) {
        cr_time_text(ms, time);
        return 0;
    }
    cr_fail(err, CR_E_USAGE, "'--since' is no time: '%s'", text);
    return cr_hint(err, "10m, 2h or 3d before now, or a time such as 2026-01-02T03:04:05Z");
}
