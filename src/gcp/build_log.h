/*
 * build_log.h - the log of a build, read as it grows: from the log object, or from Cloud Logging when it is there.
 *
 * Where: options.logging NONE is nowhere; CLOUD_LOGGING_ONLY is Cloud Logging, asked at most every three seconds
 * because its quota is small; anything else is the object log-ID.txt of logsBucket, and when that may not be read and
 * nothing was shown yet, Cloud Logging for the default that writes to both. Errors: only CR_E_INTERRUPT; a log that
 * cannot be read is given up with one note, because the build goes on.
 */
#ifndef GCP_BUILD_LOG_H
#define GCP_BUILD_LOG_H

#include "gcp/call.h"

enum gcp_build_log_place { GCP_BUILD_LOG_UNKNOWN, GCP_BUILD_LOG_OBJECT, GCP_BUILD_LOG_ENTRIES, GCP_BUILD_LOG_NOWHERE };

struct gcp_build_log {
    void (*on_log)(void *ud, const char *bytes, size_t n);
    void (*on_note)(void *ud, const char *text); /* may be NULL */
    void *ud;
    enum gcp_build_log_place place;
    int64_t cursor;  /* bytes of the object already shown */
    int64_t next_ms; /* Cloud Logging: not before */
    char *seen;      /* Cloud Logging: the time of the last entry shown, and ... */
    json_t *ids;     /* ... the insertIds already shown of that very time */
    bool complete;   /* Cloud Logging: the line that ends every build's log was shown */
};

void gcp_build_log_clear(struct gcp_build_log *log);
/* Shows what is new. `last`: the build has ended, so do not wait for quotas, and try again what is busy. */
int gcp_build_log_read(struct gcp *g, struct gcp_build_log *log, const json_t *build, const char *name, bool last,
                       struct cr_error *err) CR_CHECKED;

/* Cloud Logging's half, build_log_entries.c: shows the entries that are new. *refused: it will not answer later
 * either. */
int gcp_build_log_entries(struct gcp *g, struct gcp_build_log *log, const json_t *build, const char *name,
                          bool *refused, struct cr_error *err) CR_CHECKED;
/* The last `count` of them, whether shown or not. */
int gcp_build_log_last_entries(struct gcp *g, struct gcp_build_log *log, const json_t *build, const char *name,
                               int count, struct cr_error *err) CR_CHECKED;

/* Only the last of a log that was not read as it grew (log->on_log gets it). */
int gcp_build_log_end(struct gcp *g, struct gcp_build_log *log, const json_t *build, const char *name,
                      struct cr_error *err) CR_CHECKED;

#endif
