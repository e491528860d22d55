/*
 * local.h - the daemon as its handlers see it: state, containers, work in the background.
 *
 * Threads: a handler runs in the thread of its connection, many at once; the store has a lock of its own, the fields
 *   below the line are read and written under `lock`. Who needs both takes the store's lock first.
 * Ownership: main() (or a test) owns the struct; local_open() fills it and local_close() empties it.
 */
#ifndef LOCAL_LOCAL_H
#define LOCAL_LOCAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "local/fault.h"
#include "local/ingress.h"
#include "local/instances.h"
#include "local/runtime.h"
#include "local/store.h"

#define LOCAL_TOKEN 65 /* 256 bits in hex, and the NUL */

struct local_build_run;
struct local_tokens;

struct local {
    char *state; /* directory */
    struct local_store *store;
    struct local_faults faults;
    struct local_tokens *tokens;
    char token[LOCAL_TOKEN];
    int port;                     /* of the APIs */
    enum local_runtime_kind kind; /* what was asked for */
    char *server;                 /* program of the kind `none`, or NULL */
    bool inline_jobs;             /* tests: work in the background is done before local_job() returns */
    /* ---- under lock ---- */
    pthread_mutex_t lock;
    pthread_cond_t idle; /* a job ended */
    int jobs;            /* running */
    int building;        /* builds that run; at most LOCAL_BUILDS_AT_ONCE */
    bool stopping;
    int64_t uploaded; /* bytes of chunks that arrived, kept or not; for who measures clients */
    int ingress_port; /* wanted, and once the ingress is open its own */
    struct local_runtime *rt;
    struct local_instances *inst;
    struct local_ingress *in;
    struct local_build_run *builds; /* list of those that have not ended */
};

#define LOCAL_BUILDS_AT_ONCE 2

/* Opens the store under `state`, which is made when missing. Containers are not touched yet. */
int local_open(struct local *l, const char *state, enum local_runtime_kind kind, const char *server,
               struct cr_error *err) CR_CHECKED;
/* Ends builds, waits for jobs, stops containers, frees. */
void local_close(struct local *l);

/* The runtime, instances and ingress, opened when they are not yet; removes what an earlier daemon left running, and
 * makes the revisions of the store known. Fails with the packages to install, and may be tried again. */
int local_containers(struct local *l, struct cr_error *err) CR_CHECKED;

/* Runs fn(l, arg) in the background. fn frees arg. */
void local_job(struct local *l, void (*fn)(struct local *l, void *arg), void *arg);

char *local_url(struct local *l);          /* http://127.0.0.1:PORT, new */
int local_ingress_number(struct local *l); /* port of the ingress; 0 while it is not open and not fixed */
bool local_stopping(struct local *l);
/* Whether builds and containers see this machine's loopback, and so the APIs: see peer.h. */
bool local_shares_loopback(struct local *l);
void local_stop_ask(struct local *l);

/* 128 random bits as hex, and as a UUID. */
void local_random(char *hex, size_t digits);
void local_uuid(char uuid[37]);

#endif
