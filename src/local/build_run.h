/*
 * build_run.h - a build on its way: queued, fetched, unpacked, its steps run, its images named.
 *
 * A build is a document of the store (key: projects/P/locations/L/builds/ID); while it runs it also is a job of the
 * daemon with a process group that cancelling, a timeout or the daemon's end takes down.
 */
#ifndef LOCAL_BUILD_RUN_H
#define LOCAL_BUILD_RUN_H

#include "local/local.h"

/* Starts the job of a build whose document is QUEUED. fail (may be NULL): why it must end as failed, on command. */
void local_build_start(struct local *l, const char *key, const char *fail);
/* Asks a running build to end as CANCELLED; false when it is not running. */
bool local_build_stop(struct local *l, const char *key);
/* As cancel, for all; they end as INTERNAL_ERROR when the daemon stops. */
void local_builds_stop(struct local *l);
/* Builds that an earlier daemon did not bring to an end become INTERNAL_ERROR; what they left behind is removed. */
int local_builds_recover(struct local *l, struct cr_error *err) CR_CHECKED;

/* build_logs.c: where a build's log goes, by its options.logging: an object of its logs bucket; a file of the platform
 * that only Cloud Logging reads (CLOUD_LOGGING_ONLY); nowhere (NONE). */
void local_build_log_place(const json_t *build, char **bucket, char **object); /* the object's, whether kept or not */
/* *fd is -1 when no log is kept. */
int local_build_log_open(struct local *l, const json_t *build, int *fd, struct cr_error *err) CR_CHECKED;
void local_build_log_end(struct local *l, const json_t *build);
/* The file in which Cloud Logging finds it; NULL when it does not. New. */
char *local_build_log_entries(struct local *l, const json_t *build);

#endif
