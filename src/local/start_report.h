/*
 * start_report.h - how a start went, in Cloud Run's words: lines of the platform in the revision's log, and the message
 * of the condition. Clients judge by these alone, so nothing else may be told here.
 *
 * Units: bytes. Errors: a log that cannot be written is not told.
 * Source: https://cloud.google.com/run/docs/troubleshooting; what the logs of services show.
 */
#ifndef LOCAL_START_REPORT_H
#define LOCAL_START_REPORT_H

#include "local/revision.h"
#include "local/runtime.h"

/* What the probe saw last: "STARTUP TCP probe failed 3 times consecutively for container …". */
void local_report_probe(const char *log_path, const struct local_revision *r, enum local_probe_result last);

/* For a liveness probe that failed so often in a row; new. */
char *local_report_liveness(const struct local_revision *r, int failures);

/* How a container ended: "Container called exit(3).", "Uncaught signal: 11, ...", "Memory limit of 512 MiB exceeded".
 * Of memory `used` is what it had at most, 0 when that is not known. */
void local_report_end(const char *log_path, const struct local_revision *r, const struct local_state *end,
                      int64_t used);

/* The words for a command that could not be executed, out of those of a container engine ("runc: … exec: "/x": stat
 * /x: no such file or directory"); false when they say nothing of the kind. */
bool local_report_exec(const char *said, char words[256]);

/* The message of the condition. Always -1; CR_E_BUILD. */
int local_report_failure(const struct local_revision *r, struct cr_error *err);

#endif
