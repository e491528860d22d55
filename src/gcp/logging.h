/*
 * logging.h - Cloud Logging v2: entries that match a filter.
 *
 * Ownership: *entries is a new array, oldest first. Errors: see call.h.
 * Source: Cloud Logging API v2, entries.list.
 */
#ifndef GCP_LOGGING_H
#define GCP_LOGGING_H

#include "gcp/call.h"

struct gcp_logging_query {
    const char *project, *filter;
    int max;           /* entries at most; 0: 1000 */
    bool newest_first; /* with max: the last ones, newest first */
};

int gcp_logging_list(struct gcp *g, const struct gcp_logging_query *q, json_t **entries,
                     struct cr_error *err) CR_CHECKED;

#endif
