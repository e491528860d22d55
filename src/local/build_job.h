/*
 * build_job.h - a build as the daemon's job, between build_run.c (its life) and build_work.c (what it does).
 *
 * Threads: the job's own writes `build`; the watcher and whoever cancels only touch the atomics, and `ended` under the
 *   platform's lock. Units: monotonic milliseconds.
 */
#ifndef LOCAL_BUILD_JOB_H
#define LOCAL_BUILD_JOB_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "local/local.h"

struct local_build_run {
    struct local *l;
    char *key, *fail;
    json_t *build;
    _Atomic pid_t group; /* of the child that works for it, or 0 */
    _Atomic bool stop;   /* cancelled, late, or the daemon ends */
    _Atomic bool late;
    bool expired; /* waited in the queue for too long */
    bool ended;
    int64_t deadline;
    _Atomic int64_t step_deadline; /* 0: none */
    _Atomic bool step_late;
    int64_t ending_at; /* since when the group is asked to end; 0: it is not */
    int log;           /* -1: none is kept */
    char *dir;         /* the workspace */
    struct local_build_run *next;
};

/* A line of the build's log. */
void local_build_say(struct local_build_run *r, const char *fmt, ...) CR_PRINTF(2, 3);

/* Fetches the source, runs the steps, pushes the images. -1: it failed, and the document says why. */
int local_build_work(struct local_build_run *r);

#endif
