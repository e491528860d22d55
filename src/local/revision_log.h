/*
 * revision_log.h - the log file of a revision: what its containers printed, and what the platform says about them.
 *
 * One line each, as container engines write them (the CRI logging format):
 *     2026-01-02T03:04:05.678901Z stdout F the text
 * where the stream is stdout, stderr or system, and P in place of F marks a part of a line that goes on.
 * Source: Kubernetes, design of CRI logging.
 */
#ifndef LOCAL_REVISION_LOG_H
#define LOCAL_REVISION_LOG_H

#include <stdbool.h>

#include "base/error.h"
#include "base/str.h"

/* state_dir/logs/REVISION.log, REVISION being the full name; new. */
char *local_log_path(const char *state_dir, const char *revision);
/* state_dir/logs/REVISION.requests.log: lines of the same form, stream "requests", whose text is
 * {"httpRequest": {…}, "trace": "32 hex digits"} and whose time is when the request came; the ingress writes it. */
char *local_log_requests_path(const char *state_dir, const char *revision);

/* Appends one line of the platform's own, stream "system". Makes the directory. Errors are ignored: a log that cannot
 * be written must not end what it tells about. */
void local_log_add(const char *path, const char *fmt, ...) CR_PRINTF(2, 3);

/* The texts of the last `lines` lines, each ended by a newline, without time and stream. A missing file has none. */
int local_log_tail(const char *path, int lines, struct cr_str *out, struct cr_error *err) CR_CHECKED;

/* Splits a line: all point into it; false when it is not of this form. `line` is modified. */
struct local_log_line {
    const char *time, *stream, *text;
    bool partial;
};
bool local_log_split(char *line, struct local_log_line *l);

/* A line's time as Google's APIs write it: engines write nanoseconds and a zone of their own. What is no time stays. */
void local_log_time(const char *time, char utc[32]);

/* Copies two descriptors to the log in a thread of its own until both end; then closes them. -1 for none. */
int local_log_pump(const char *path, int out_fd, int err_fd, struct cr_error *err) CR_CHECKED;

#endif
