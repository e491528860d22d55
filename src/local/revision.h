/*
 * revision.h - what starting a container of a revision needs, read from a v2 RevisionTemplate; and its startup probe.
 *
 * Two things of probes are not as there: a gRPC probe only asks for a connection, and every probe goes to the port that
 * the container serves, whichever it names, since no other is published.
 *
 * Units: milliseconds, bytes, thousandths of a CPU. Ownership: local_revision_clear() frees the texts.
 * Errors: CR_E_CONFIG naming the field.
 * Source: Cloud Run Admin API v2, RevisionTemplate; Cloud Run documentation, container contract and health checks.
 */
#ifndef LOCAL_REVISION_H
#define LOCAL_REVISION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct local_container; /* runtime.h */

struct local_probe {
    bool given, http; /* http: GET path must answer 2xx or 3xx; otherwise a connection must be taken */
    char *path;       /* of http */
    int port;
    int64_t delay_ms, period_ms, timeout_ms;
    int failures;
};

struct local_revision {
    char *service, *name, *image;
    char *container;               /* its name; where it has none, the image's and a number, as Cloud Run does */
    char **env, **command, **args; /* NULL-terminated; env: "K=V" with K_SERVICE, K_REVISION, K_CONFIGURATION */
    int64_t cpu_milli, memory_bytes;
    int port, min_instances;
    struct local_probe probe;    /* of the start; one is always made: TCP, 240 s */
    struct local_probe liveness; /* only where it is given */
};

/* service and name may be full; what stands after the last slash is kept. */
int local_revision_read(struct local_revision *r, const char *service, const char *name, const json_t *template,
                        struct cr_error *err) CR_CHECKED;
void local_revision_clear(struct local_revision *r);

/* The longest a start may take: the probe's first delay and every attempt. */
int64_t local_probe_budget(const struct local_probe *p);
/* What one attempt saw. */
enum local_probe_result {
    LOCAL_PROBE_FINE,
    LOCAL_PROBE_REFUSED, /* no connection, or one that was closed unanswered */
    LOCAL_PROBE_LATE,
    LOCAL_PROBE_STATUS, /* an HTTP answer that is no success */
    LOCAL_PROBE_ENDED,  /* the container did, before there was an answer */
};
/* One attempt, within the probe's timeout. */
enum local_probe_result local_probe_once(const struct local_probe *p, const struct local_container *to);

#endif
