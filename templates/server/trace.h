/*
 * trace.h - which trace a request belongs to, from the headers that Cloud Run's front end sets.
 * Source: https://www.w3.org/TR/trace-context/ and https://cloud.google.com/trace/docs/trace-context
 */
#ifndef SERVER_TRACE_H
#define SERVER_TRACE_H

#include <stdbool.h>

struct trace {
    char id[33];   /* 32 hex digits; empty when the request has no trace */
    char span[17]; /* 16 hex digits; may be empty */
    bool sampled;
};

/* traceparent wins over X-Cloud-Trace-Context; either may be NULL. A header that is not well formed is no header. */
struct trace trace_parse(const char *traceparent, const char *cloud_trace_context);

#endif
