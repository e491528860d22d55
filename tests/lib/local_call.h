/* local_call.h - the local platform's handlers called in process: no HTTP, work in the background done before it
 * returns. */
#ifndef LOCAL_CALL_H
#define LOCAL_CALL_H

#include <jansson.h>

#include "local/local.h"

#define P "/v2/projects/p/locations/us-central1"
#define V1 "/v1/projects/p/locations/us-central1"

struct answer {
    int status;
    json_t *json;   /* or NULL */
    char *text;     /* what is not JSON: text, or the bytes of a file */
    char *range;    /* header Range, or NULL */
    char *location; /* header Location, or NULL */
};

/* A platform of its own in a new directory; stop removes it. */
void platform_start(struct local *l);
void platform_stop(struct local *l);
/* The same directory again, as after a restart. */
void platform_again(struct local *l);

/* body may be NULL. headers: "Name: value" lines, or NULL. keep: how many bytes of the body arrive before the
 * connection is cut; -1: all. */
struct answer call_full(struct local *l, const char *method, const char *target, const char *headers, const void *body,
                        size_t len, long keep);
struct answer call(struct local *l, const char *method, const char *target, const char *body);
void answer_clear(struct answer *a);

/* Status alone. */
int call_status(struct local *l, const char *method, const char *target, const char *body);
/* Text at a path like "error.status" or "traffic.0.percent" (numbers as text); "" when there is none. Static buffer. */
const char *at(const json_t *json, const char *path);

/* A bucket with a build context of one Dockerfile (and one more file, or NULL), built into
 * us-central1-docker.pkg.dev/p/r/NAME. */
void platform_image(struct local *l, const char *name, const char *file);

#endif
