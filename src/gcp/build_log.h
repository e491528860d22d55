/*
 * build_log.h - the log of a build, read as it grows: from the log object, or from Cloud Logging when there is none.
 *
 * Errors: only CR_E_INTERRUPT and what the transport cannot recover from; a log that may not be read (403) is given up
 *   quietly, because the build goes on without it.
 */
#ifndef GCP_BUILD_LOG_H
#define GCP_BUILD_LOG_H

#include "gcp/call.h"

struct gcp_build_log {
    void (*on_log)(void *ud, const char *bytes, size_t n);
    void *ud;
    int64_t cursor;  /* bytes of the object already shown */
    int64_t next_ms; /* Cloud Logging: not before, its quota is small */
    char *seen;      /* Cloud Logging: timestamp and insertId of the last entry shown */
    bool stopped;    /* gave up */
    bool object;     /* where it comes from; decided at the first look */
    bool decided;
};

void gcp_build_log_clear(struct gcp_build_log *log);
/* Shows what is new. `last`: the build has ended, so do not wait for quotas. */
int gcp_build_log_read(struct gcp *g, struct gcp_build_log *log, const json_t *build, const char *name, bool last,
                       struct cr_error *err) CR_CHECKED;

#endif
