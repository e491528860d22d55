/*
 * build_failure.h - why a build failed, in words: its cause, the step, and what to do about it.
 *
 * gcp_build_wait() calls it; whoever has a Build and the end of its log by other means may too.
 * Source: Cloud Build API v1, Build.status, Build.failureInfo; the texts of docker, BuildKit, kaniko and apt.
 */
#ifndef GCP_BUILD_FAILURE_H
#define GCP_BUILD_FAILURE_H

#include <jansson.h>

#include "base/error.h"

/* A Build that ended with another status than SUCCESS: CR_E_BUILD with cause and hint; returns -1. `log_tail` is the
 * end of its log, in which the cause is looked for; "" when there is none. */
int gcp_build_explain(const json_t *build, const char *log_tail, struct cr_error *err);

/* At most `lines` last lines of the log that belong to the step that failed, without their "Step #N: "; those of the
 * whole log when the failing step is not known. New; "" when there are none. */
char *gcp_build_last_lines(const json_t *build, const char *log_tail, int lines);

/* A creation that was refused (err is filled): adds the hint, where the text is a known one. Returns -1. */
int gcp_build_refused(struct cr_error *err);

#endif
