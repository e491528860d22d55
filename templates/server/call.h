/*
 * call.h - one request, from its first line to the last byte of its reply: the functions that libmicrohttpd calls for
 * it. Refuses what is wrong before its body is kept, and logs one line for each.
 *
 * Threads: all of it runs on the loop's thread, but for the worker's part, which has a call's job to itself from
 *   worker_submit until its `done`.
 */
#ifndef SERVER_CALL_H
#define SERVER_CALL_H

#include <stdatomic.h>
#include <sys/queue.h>

#include "body.h"
#include "loop.h"
#include "routes.h"
#include "worker.h"

TAILQ_HEAD(calls, call);

struct http {
    struct service *service;
    struct worker *worker;
    struct routes routes;
    struct MHD_Daemon *daemon;
    struct loop *loop;
    struct budget budget;            /* of bodies, and of replies that are being sent */
    struct calls receiving, sending; /* by their deadlines, the earliest first */
    size_t connections, limit, peak;
    int port;
    _Atomic size_t active;
    _Atomic bool draining, closed;
};

struct call {
    struct job job; /* first: the worker hands it back */
    TAILQ_ENTRY(call) entry;
    struct loop_node node;
    struct calls *list; /* which deadline it has; NULL: none */
    int64_t deadline_us;
    struct http *http;
    struct MHD_Connection *connection;
    const struct route *route;
    struct reply reply;
    char *method, *url; /* NULL while the head is not complete */
    const char *version;
    struct body body;
    size_t received;
    int64_t start_us;
    bool submitted; /* given to the worker */
    bool sent;      /* the reply, before the body was complete: the connection ends with the body */
};

/* For MHD_OPTION_URI_LOG_CALLBACK, the access handler and MHD_OPTION_NOTIFY_COMPLETED; cls is struct http. */
void *call_begin(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result call_handle(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                            const char *version, const char *data, size_t *size, void **slot);
void call_completed(void *cls, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode how);

/* Its deadline has passed: a request that is not complete is answered 408, and the connection ends. */
void call_cut(struct call *call);

#endif
