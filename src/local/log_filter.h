/*
 * log_filter.h - the part of Cloud Logging's query language that clients of Cloud Build and Cloud Run use.
 *
 * Terms joined by blanks, newlines or AND: FIELD OP VALUE, the value in quotes where it needs them (a quote in it has a
 * backslash before it). FIELD is one of the struct's, as Logging writes them, and OP is =; or, of times, > and >=; or,
 * of severities, any of = < <= > >=. Errors: CR_E_API in Logging's words.
 */
#ifndef LOCAL_LOG_FILTER_H
#define LOCAL_LOG_FILTER_H

#include <stdbool.h>

#include "base/error.h"

struct local_log_filter {
    char type[64]; /* resource.type */
    char build_id[64], service[64], revision[80], location[64];
    char log_name[256];
    char since[48];                 /* timestamp */
    bool after;                     /* > and not >= */
    int severity_from, severity_to; /* both included; of local_log_severity() */
};

int local_log_filter_read(const char *text, struct local_log_filter *f, struct cr_error *err) CR_CHECKED;

/* The number of a severity as Logging counts them: DEFAULT 0, DEBUG 100 … EMERGENCY 800; -1 for another word. */
int local_log_severity(const char *word);

#endif
