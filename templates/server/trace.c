#include "trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool take_hex(const char *text, size_t n, char *out)
{
    bool zero = true;

    for (size_t i = 0; i < n; i++) {
        if (!strchr("0123456789abcdef", text[i]) || !text[i])
            return false;
        zero = zero && text[i] == '0';
    }
    memcpy(out, text, n);
    out[n] = '\0';
    return !zero; /* all zeros is "none" */
}

/* 00-{32 hex}-{16 hex}-{2 hex}: 55 characters in version 00. */
static bool parse_w3c(const char *text, struct trace *t)
{
    if (strlen(text) < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-' || (text[55] && text[55] != '-'))
        return false;
    if (!strncmp(text, "ff", 2) || !take_hex(text + 3, 32, t->id) || !take_hex(text + 36, 16, t->span))
        return false;
    t->sampled = strtoul(text + 53, NULL, 16) & 1;
    return true;
}

/* TRACE/SPAN;o=1: the span is decimal. */
static bool parse_cloud(const char *text, struct trace *t)
{
    const char *options = strstr(text, ";o=");

    if (strlen(text) < 32 || !take_hex(text, 32, t->id))
        return false;
    if (text[32] == '/') {
        uint64_t span = strtoull(text + 33, NULL, 10);

        if (span)
            snprintf(t->span, sizeof(t->span), "%016" PRIx64, span);
    }
    t->sampled = options && options[3] == '1';
    return true;
}

struct trace trace_parse(const char *traceparent, const char *cloud_trace_context)
{
    struct trace t = {0}, none = {0};

    if (traceparent && parse_w3c(traceparent, &t))
        return t;
    t = none;
    if (cloud_trace_context && parse_cloud(cloud_trace_context, &t))
        return t;
    return none;
}
