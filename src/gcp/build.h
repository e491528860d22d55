/*
 * build.h - Cloud Build v1: start a build, follow it, end it.
 *
 * Names: "projects/P/locations/L/builds/ID". Ownership: JSON and texts returned are new.
 * Errors: a build that did not succeed is CR_E_BUILD with its cause and, where that is a known one, a hint
 *   (build_failure.h); see call.h for the rest.
 * Source: Cloud Build API v1, projects.locations.builds.
 */
#ifndef GCP_BUILD_H
#define GCP_BUILD_H

#include "gcp/call.h"

/* Starts a build. `tag` is unique to this call and is added to the body's tags: when the answer to the creation is
 * lost, the build is looked up by it before it is asked for again, so that never two run; when Ctrl-C is what the
 * answer was lost by, it is looked up and cancelled. *build is the Build as created; its full name is
 * gcp_build_name(). */
int gcp_build_create(struct gcp *g, const char *project, const char *location, const json_t *body, const char *tag,
                     json_t **build, struct cr_error *err) CR_CHECKED;

/* "projects/PROJECT/locations/LOCATION/builds/ID" of a Build. New. */
char *gcp_build_name(const json_t *build, const char *project, const char *location);

int gcp_build_get(struct gcp *g, const char *name, json_t **build, struct cr_error *err) CR_CHECKED;
int gcp_build_cancel(struct gcp *g, const char *name, json_t **build, struct cr_error *err) CR_CHECKED;

struct gcp_build_wait {
    void (*on_log)(void *ud, const char *bytes, size_t n); /* as it grows; may be NULL, which suppresses it */
    void (*on_status)(void *ud, const char *status);       /* when it changes; may be NULL */
    void (*on_note)(void *ud, const char *text);           /* once each: the build's warnings, a log that cannot be
                                                              read, the wait for a cancellation; may be NULL */
    void (*on_tail)(void *ud, const char *lines);          /* of a build that failed, just before gcp_build_wait()
                                                              does: its last lines, or those of the step at fault;
                                                              ended by a newline; may be NULL */
    void *ud;
    bool suppress_logs;        /* on_log is not called; a failed build's end is read all the same, for its cause */
    const char *token_command; /* that prints a token, for advice; NULL: crdeploy auth print-access-token */
    int64_t poll_ms;           /* 0: 1000, and 2000 after the first minute */
    int64_t deadline_ms;       /* from now; 0: none, the build's own timeout holds */
};

/* Follows a build to its end; *build is the final Build of one that succeeded. Where the log is follows from the Build
 * (build_log.h); a log that cannot be read is no failure. Ctrl-C cancels the build, waits until it says so (at most a
 * minute), and fails with CR_E_INTERRUPT; a second Ctrl-C leaves it, with the command that cancels it as hint. */
int gcp_build_wait(struct gcp *g, const char *name, const struct gcp_build_wait *w, json_t **build,
                   struct cr_error *err) CR_CHECKED;

/* What Ctrl-C does to a build: cancels it and waits as above. token_command as above. Always -1, with how it ended. */
int gcp_build_interrupted(struct gcp *g, const char *name, const char *token_command, struct cr_error *err);

/* "sha256:…" of the first image pushed; NULL when there is none. Borrowed from the Build. */
const char *gcp_build_digest(const json_t *build);

#endif
