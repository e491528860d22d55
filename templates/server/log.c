#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mem.h"

/* Jansson refuses what is not UTF-8; a log must not. */
static json_t *text(const char *s)
{
    json_t *j = json_string(s ? s : "");
    char *copy;

    if (j)
        return j;
    copy = mem_text(s);
    for (char *p = copy; *p; p++) {
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    }
    j = json_string(copy);
    free(copy);
    return j;
}

static json_t *number_text(size_t value)
{
    char out[24];

    snprintf(out, sizeof(out), "%zu", value);
    return json_string(out);
}

static void put(json_t *line)
{
    struct timespec now;
    struct tm tm;
    char stamp[40], *out;
    size_t n;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    n = strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(stamp + n, sizeof(stamp) - n, ".%03ldZ", now.tv_nsec / 1000000);
    json_object_set_new(line, "time", json_string(stamp));
    out = json_dumps(line, JSON_COMPACT);
    json_decref(line);
    if (!out)
        return;
    n = strlen(out);
    out[n] = '\n'; /* over the terminator: written by length */
    for (size_t done = 0; done <= n;) {
        ssize_t got = write(STDOUT_FILENO, out + done, n + 1 - done);

        if (got <= 0)
            break;
        done += (size_t)got;
    }
    free(out);
}

void log_event(const char *severity, const char *fmt, ...)
{
    char message[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    put(json_pack("{s:s, s:o}", "severity", severity, "message", text(message)));
}

static const char *severity_of(const struct log_request *r)
{
    if (r->probe && r->status < 400)
        return "DEBUG";
    if (r->probe)
        return "INFO"; /* not ready yet: no fault */
    return r->status >= 500 ? "ERROR" : r->status >= 400 ? "WARNING" : "INFO";
}

static json_t *http_request(const struct log_request *r)
{
    char latency[32];

    snprintf(latency, sizeof(latency), "%.6fs", (double)r->latency_us / 1e6);
    return json_pack("{s:o, s:o, s:i, s:s, s:o, s:o, s:o, s:o, s:o}", "requestMethod", text(r->method), "requestUrl",
                     text(r->url), "status", r->status, "latency", latency, "requestSize", number_text(r->request_size),
                     "responseSize", number_text(r->response_size), "userAgent", text(r->user_agent), "remoteIp",
                     text(r->remote_ip), "protocol", text(r->protocol));
}

static void add_trace(json_t *line, const struct log_request *r)
{
    char name[256];

    if (!r->project || !r->trace.id[0])
        return;
    snprintf(name, sizeof(name), "projects/%s/traces/%s", r->project, r->trace.id);
    json_object_set_new(line, "logging.googleapis.com/trace", text(name));
    if (r->trace.span[0])
        json_object_set_new(line, "logging.googleapis.com/spanId", json_string(r->trace.span));
    json_object_set_new(line, "logging.googleapis.com/trace_sampled", json_boolean(r->trace.sampled));
}

json_t *log_render(const struct log_request *r)
{
    char message[1024];
    json_t *line;

    snprintf(message, sizeof(message), "%s %s %d%s%s", r->method, r->url, r->status, r->message ? ": " : "",
             r->message ? r->message : "");
    line = json_pack("{s:s, s:o, s:o}", "severity", severity_of(r), "message", text(message), "httpRequest",
                     http_request(r));
    add_trace(line, r);
    return line;
}

void log_request(const struct log_request *r)
{
    put(log_render(r));
}
