/*
 * build.h - Cloud Build v1: start a build, follow it, end it.
 *
 * Names: "projects/P/locations/L/builds/ID". Ownership: JSON and texts returned are new.
 * Errors: a build that did not succeed is CR_E_BUILD with its status and failureInfo.detail, and a hint where the cause
 *   is a known one; see call.h for the rest.
 * Source: Cloud Build API v1, projects.locations.builds.
 */
#ifndef GCP_BUILD_H
#define GCP_BUILD_H

#include "gcp/call.h"

/* Starts a build. `tag` is unique to this call and is added to the body's tags: when the answer to the creation is
 * lost, the build is looked up by it before it is asked for again, so that never two run. *build is the Build as
 * created; its full name is gcp_build_name(). */
int gcp_build_create(struct gcp *g, const char *project, const char *location, const json_t *body, const char *tag,
                     json_t **build, struct cr_error *err) CR_CHECKED;

/* "projects/PROJECT/locations/LOCATION/builds/ID" of a Build. New. */
char *gcp_build_name(const json_t *build, const char *project, const char *location);

int gcp_build_get(struct gcp *g, const char *name, json_t **build, struct cr_error *err) CR_CHECKED;
int gcp_build_cancel(struct gcp *g, const char *name, json_t **build, struct cr_error *err) CR_CHECKED;

struct gcp_build_wait {
    void (*on_log)(void *ud, const char *bytes, size_t n); /* as it grows; may be NULL: logs are not read */
    void (*on_status)(void *ud, const char *status);       /* when it changes; may be NULL */
    void *ud;
    int64_t poll_ms;     /* 0: 1000 */
    int64_t deadline_ms; /* from now; 0: none, the build's own timeout holds */
};

/* Follows a build to its end; *build is the final Build of one that succeeded. Ctrl-C cancels it, waits until it says
 * so (at most a minute), and fails with CR_E_INTERRUPT. */
int gcp_build_wait(struct gcp *g, const char *name, const struct gcp_build_wait *w, json_t **build,
                   struct cr_error *err) CR_CHECKED;

/* "sha256:…" of the first image pushed; NULL when there is none. Borrowed from the Build. */
const char *gcp_build_digest(const json_t *build);

#endif
