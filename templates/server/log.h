/*
 * log.h - one JSON object a line on stdout, as Cloud Logging lifts it apart: severity, message, time, httpRequest and
 * the trace. Each line is one write, so lines of threads do not mix.
 * Source: https://cloud.google.com/logging/docs/structured-logging
 */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "trace.h"

/* Strings are borrowed, may be NULL, and may hold any bytes a client sent. */
struct log_request {
    const char *method, *url, *user_agent, *remote_ip, *protocol;
    int status;
    int64_t latency_us;
    size_t request_size, response_size;
    const char *message; /* what went wrong, or NULL */
    bool probe;          /* a health check: severity DEBUG unless it failed */
    struct trace trace;
    const char *project; /* with it the trace gets its full name, without it no trace is written */
};

void log_event(const char *severity, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_request(const struct log_request *r);
json_t *log_render(const struct log_request *r); /* new; the line without its time */

#endif
