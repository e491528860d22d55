/*
 * log_query.h - which entries of Cloud Logging are meant, in its query language.
 *
 * Ownership: texts given are borrowed, results are new. Pure: the time comes in.
 * Errors: CR_E_USAGE naming the option.
 * Source: https://cloud.google.com/logging/docs/view/logging-query-language
 */
#ifndef CR_LOG_QUERY_H
#define CR_LOG_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Of a service of Cloud Run. NULL or "" leaves a term out. */
struct cr_log_query {
    const char *service, *revision, *location;
    const char *severity; /* of these and what is worse: "WARNING" */
    const char *since;    /* RFC 3339 */
};

char *cr_log_query_filter(const struct cr_log_query *q);

/* "10m", "2h", "3d" before now, or a time as RFC 3339 writes it ("2026-01-02", "2026-01-02T03:04:05Z"). */
int cr_log_since(const char *text, int64_t now_ms, char time[32], struct cr_error *err) CR_CHECKED;

/* The name as Logging writes it, of any case; NULL: it is none. Static. */
const char *cr_log_severity(const char *text);
extern const char *const cr_log_severities[]; /* NULL-terminated, from DEFAULT to EMERGENCY */

#endif
