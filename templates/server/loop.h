/*
 * loop.h - the thread that reads and writes: it accepts connections, lets libmicrohttpd work, and keeps time.
 *
 * libmicrohttpd's own threads wait in its epoll loop, which takes 128 events at a time and, after a full batch, waits
 * for the next one before it works on the first: 128 clients that are ready at once, or any multiple, then wait until
 * something else happens (0.9.75 and 1.0.1 alike). Called from here with MHD_run() it never waits: this loop does, for
 * its descriptor, the listening socket, and the next deadline.
 */
#ifndef SERVER_LOOP_H
#define SERVER_LOOP_H

#include <microhttpd.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

struct loop_node {
    struct MHD_Connection *connection;
    struct loop_node *next;
};

/* What the loop wants to know; all are called on its thread. */
struct loop_owner {
    void *cls;
    size_t (*room)(void *cls);                  /* how many more connections may be accepted now */
    int64_t (*tick)(void *cls, int64_t now_us); /* after each round; the time of the next deadline, 0: there is none */
};

/* `listening` is taken over on success. The daemon is started with MHD_USE_EPOLL and MHD_USE_NO_LISTEN_SOCKET. */
int loop_start(struct MHD_Daemon *daemon, int listening, const struct loop_owner *owner, struct loop **out);
/* From any thread: a suspended connection goes on. Resumed on the loop's own thread, before libmicrohttpd is called:
 * what another thread resumes meanwhile, 0.9.75 would not look at before the next event. The node belongs to the caller
 * until the connection is resumed. */
void loop_resume(struct loop *l, struct loop_node *node);
void loop_drain(struct loop *l); /* accepts what has connected by now, then closes the listening socket */
void loop_stop(struct loop *l);  /* returns when the thread has ended */

#endif
