/*
 * instances.h - the containers of every revision: started on demand, probed, kept while used, stopped when idle.
 *
 * At most one container a revision for now. All functions may be called from any thread.
 * A liveness probe that fails as often as it may ends its container at once, as on Cloud Run: the next request, or a
 * minimum of instances, starts another.
 *
 * Services and revisions are known by their full names ("projects/..."), since two regions may have the same
 * short ones; containers and messages have the short ones.
 *
 * Units: milliseconds. Ownership: texts and templates are copied.
 * Errors: CR_E_BUILD in Cloud Run's own words when a container does not start ("The user-provided container failed to
 * start and listen on the port defined provided by the PORT=8080 environment variable within the allocated timeout.
 * …"), with its last words as the hint; they are in the revision's log as well (revision_log.h).
 */
#ifndef LOCAL_INSTANCES_H
#define LOCAL_INSTANCES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "local/runtime.h"

#define LOCAL_REVISION_NAME 320 /* room for a full name: project 30 (and a domain), region, service 49, revision 63 */

struct local_instances;

struct local_instances_opt {
    struct local_runtime *rt; /* borrowed for the life of the set */
    const char *state_dir;
    int64_t idle_ms;  /* 0: fifteen minutes */
    int64_t grace_ms; /* between SIGTERM and SIGKILL; 0: ten seconds */
};

int local_instances_open(const struct local_instances_opt *o, struct local_instances **set,
                         struct cr_error *err) CR_CHECKED;
/* From now on nothing starts, and whoever waits for a start is told so: for the beginning of an end. */
void local_instances_halt(struct local_instances *set);
/* Stops every container, then frees. Nobody may be inside a call. */
void local_instances_close(struct local_instances *set);

/* Makes a revision known, from a v2 RevisionTemplate whose container's image is a reference the runtime has. Starts
 * nothing. Reads: containers[0] {image, command, args, env, ports, resources.limits, startupProbe,
 * livenessProbe},
 * scaling.minInstanceCount (0 when absent). A known revision is replaced only in what is read, and its container stays.
 */
int local_instances_add(struct local_instances *set, const char *service, const char *revision, const json_t *template,
                        struct cr_error *err) CR_CHECKED;

/* Says which of the service's revisions get traffic now. Of these, one with a minimum of instances is kept running: it
 * is started, is never idle, and is started again when it ends, but not when it could not start. */
void local_instances_serve(struct local_instances *set, const char *service, const char *const *revisions,
                           size_t count);

/* Starts the revision's container unless it runs, waits for its startup probe, and gives its port: one of 127.0.0.1, or
 * of its own network. Two callers at once start one. `cold` (may be NULL) says whether this call waited for a start. */
int local_instances_ensure(struct local_instances *set, const char *revision, int *port, bool *cold,
                           struct cr_error *err) CR_CHECKED;

/* The port of a container that is ready and alive now, or 0; never waits. */
int local_instances_port(struct local_instances *set, const char *revision);

/* A non-blocking socket that connects to the revision's container; -1 when none is ready, or it refused at once. */
int local_instances_connect(struct local_instances *set, const char *revision);

/* Counts a request in (+1) or out (-1): an instance with requests is never idle. */
void local_instances_use(struct local_instances *set, const char *revision, int delta);

/* Stops the revision's container (SIGTERM, ten seconds) and keeps the revision known: it starts again at the next
 * ensure. */
void local_instances_stop(struct local_instances *set, const char *revision);
/* As stop, and forgets the revision; NULL: every revision of the service. */
void local_instances_remove(struct local_instances *set, const char *service, const char *revision);

/* What runs: [{"name","service","revision","running","port","published","pid","id","requests"}], `name` being full;
 * new. */
json_t *local_instances_list(struct local_instances *set);

#endif
