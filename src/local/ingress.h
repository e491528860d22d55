/*
 * ingress.h - the front door of the services: one loopback port, routed by Host.
 *
 *   SERVICE.localhost[:PORT]          the service's traffic, split over its targets by percent
 *   TAG---SERVICE.localhost[:PORT]    the target with that tag
 *
 * Shares are exact by construction: of any hundred requests in a row that one set of routes serves, each target gets
 * as many as it has percents, well mixed and in the same order each time. No chance is in it, so none has to be allowed
 * for. A service's routes are replaced as one, between two requests: what is under way ends where it began. Session
 * affinity is not kept.
 *
 * A host that is not one of a service is refused, so a web page whose own name was made to resolve to 127.0.0.1 (DNS
 * rebinding) reaches no service. Origin is not looked at: services have web clients of their own, and it is for them to
 * decide which ones they accept.
 *
 * Answers of its own, as Cloud Run's front end gives them: 400 (not HTTP), 403 (private service without a token for
 * it), 404 (the service has no such tag), 408 (the head did not come in time), 413 (body over 32 MiB), 421 (no service
 * has this host; Cloud Run's own front end serves other hosts, too, and says 404), 429 "Rate exceeded." (no free
 * instance in time), 500 (the container did not start, or ended under the request), 502 (it answered with something
 * that is not HTTP, or switched to a protocol that was not asked for), 503 (too many connections), 504 (request
 * timeout, which counts the start, and ends an upgraded connection too).
 *
 * The upper half of the ceiling on connections is for the user who runs the platform: another user of the machine,
 * whose idle connections look like those of any slow client, cannot use it up.
 *
 * Threads: an event loop in a thread of its own, and workers that start instances. All functions may be called from any
 *   thread. Ownership: everything passed is copied, but for `instances`, borrowed for the life of the ingress.
 */
#ifndef LOCAL_INGRESS_H
#define LOCAL_INGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "local/instances.h"

struct local_ingress;

struct local_ingress_opt {
    int port;          /* 0: any free one */
    const char *token; /* the daemon's: private services ask for "Authorization: Bearer TOKEN" */
    /* Whether a token is an identity token for an audience ("http://HOST"), which opens a private service too. NULL: no
     * such tokens. Called from the loop, so it must not wait. */
    bool (*identity)(void *ud, const char *token, const char *audience);
    void *ud;
    struct local_instances *instances;
    const char *state_dir; /* where requests are logged (revision_log.h); NULL: nowhere */
    int64_t queue_ms;      /* longest wait for a free instance; 0: ten seconds */
    int64_t head_ms;       /* for a request's head to come, from its first byte; 0: 15 seconds */
    int64_t idle_ms;       /* for the next request of a connection to begin; 0: a minute */
    int conns;             /* connections at once; 0: 4096, or what the limit of open files allows */
};

/* Where a share of a service's requests goes. */
struct local_target {
    const char *revision;
    const char *tag;    /* or NULL */
    int percent;        /* 0: only by its tag */
    int concurrency;    /* requests at once on an instance; at least 1 */
    int64_t timeout_ms; /* of a request */
};

/* Binds 127.0.0.1 and starts serving. A taken port is CR_E_IO naming it. */
int local_ingress_open(const struct local_ingress_opt *o, struct local_ingress **in, struct cr_error *err) CR_CHECKED;
int local_ingress_port(const struct local_ingress *in);
/* Sets, or replaces, the routes of a service. `open`: anybody may call it. Fails with CR_E_CONFIG when two targets
 * share a tag or percents do not sum to 100 (or to 0: by tag only). */
int local_ingress_route(struct local_ingress *in, const char *service, bool open, const struct local_target *target,
                        size_t count, struct cr_error *err) CR_CHECKED;
void local_ingress_forget(struct local_ingress *in, const char *service); /* 421 from now on */
void local_ingress_close(struct local_ingress *in); /* ends every connection, joins its threads, frees */

#endif
