/*
 * ingress_loop.h - the inside of the ingress: its loop, its connections, its queues. Only ingress*.c include it.
 *
 * Everything here belongs to the loop's thread, but for what stands under `lock`.
 * Units: milliseconds of cr_now_ms(); 0 is no deadline.
 */
#ifndef LOCAL_INGRESS_LOOP_H
#define LOCAL_INGRESS_LOOP_H

#include <jansson.h>
#include <pthread.h>
#include <sys/epoll.h>

#include "local/ingress.h"
#include "local/ingress_head.h"
#include "local/ingress_route.h"

#define LOCAL_BUFFER 16384                      /* bytes of a body in flight, each way */
#define LOCAL_HEAD_ROOM (LOCAL_HEAD_MAX + 8192) /* a head, with the fields that the ingress adds */
#define LOCAL_BODY_MAX (32 << 20)               /* Cloud Run, HTTP/1 requests */
#define LOCAL_QUEUE_MAX 1000
#define LOCAL_WORKERS 4
/* Connections at once, where the limit of open files allows them: each has two descriptors, and at most 64 KiB. */
#define LOCAL_CONNS_MAX 4096
#define LOCAL_HEAD_MS 15000  /* for a head, from its first byte */
#define LOCAL_IDLE_MS 60000  /* for the first byte of a connection's next request, or of its first */
#define LOCAL_FLUSH_MS 10000 /* for a client to take the last of an answer */

/* Has memory only while it holds something, so that an idle connection costs next to nothing. */
struct local_buffer {
    char *bytes;    /* NULL while it is empty */
    size_t size;    /* LOCAL_BUFFER, or LOCAL_HEAD_ROOM for a head that needs it */
    size_t at, len; /* what is held is bytes[at .. at + len) */
    bool head;      /* reads the head of a message, which must fit as a whole */
};

enum local_conn_state {
    LOCAL_CONN_HEAD,    /* reading a request's head */
    LOCAL_CONN_WAIT,    /* in a revision's queue */
    LOCAL_CONN_FORWARD, /* both sides are connected, or connecting */
    LOCAL_CONN_DOUBT,   /* the container broke off; whether it has ended is not known yet */
    LOCAL_CONN_FLUSH,   /* an answer of ours goes out, then the connection ends */
    LOCAL_CONN_LINGER,  /* our side is shut; the client's last bytes are thrown away so that it reads the answer */
    LOCAL_CONN_DEAD,
};

struct local_conn;
struct local_end {
    struct local_conn *conn;
    int fd;          /* -1: none */
    uint32_t events; /* asked of epoll */
    bool eof;
};

enum local_frame { LOCAL_FRAME_NONE, LOCAL_FRAME_LENGTH, LOCAL_FRAME_CHUNKED, LOCAL_FRAME_CLOSE };
struct local_body {
    enum local_frame frame;
    int64_t left;
    struct local_chunks chunks;
    bool done;
};

struct local_conn {
    struct local_conn *next, *prev;
    struct local_ingress *in;
    enum local_conn_state state;
    struct local_end client, server;
    struct local_buffer from_client, to_server, from_server, to_client;
    struct local_body request, response;
    struct local_choice choice;
    struct local_queue *queue; /* whose instance it uses or waits for */
    struct local_conn *behind; /* next in that queue */
    bool counted;              /* among the queue's requests in flight */
    bool keep, head_only, head_sent, tunnel, connected, unsent;
    bool begun;   /* a part of the request's head has come */
    bool upgrade; /* the request asked for another protocol */
    int64_t deadline, queue_deadline, asked_ms, verdict;
    json_t *entry; /* of the request log, until it is written */
    int64_t let_in_ms, let_in_wall;
    int status; /* of the answer that was passed on; 0: none yet */
    char trace[33];
};

/* A revision: how many requests its instance has, and who waits. */
struct local_queue {
    struct local_queue *next;
    char revision[LOCAL_REVISION_NAME];
    int in_flight;
    bool starting;
    int64_t start_asked, start_took; /* of the last start */
    struct local_conn *head, **tail;
    size_t waiting;
};

/* A start, on its way to a worker and back. */
struct local_work {
    struct local_work *next;
    struct local_queue *queue;
    int port; /* 0: failed */
    struct cr_error err;
};

struct local_ingress {
    struct local_ingress_opt o;
    char *token;
    struct local_routes *routes;
    int listen, epoll, event, port;
    struct local_end listen_end, event_end;
    struct local_conn *conns;
    int count, most, shared; /* connections: now, at most, and how many anybody may use up */
    bool paused;             /* no descriptor for another connection: accepting waits for the next tick */
    struct local_queue *queues;
    struct local_request_log *logs;
    struct local_conn *dead; /* freed at the end of a round: their events may still be in hand */
    pthread_t loop, worker[LOCAL_WORKERS];
    pthread_mutex_t lock;
    pthread_cond_t todo_changed;
    struct local_work *todo, *done;
    bool closing;
};

/* ingress_conn.c */
void local_conn_open(struct local_ingress *in, int fd);
void local_conn_run(struct local_conn *c);      /* does whatever can be done now */
void local_conn_dispatch(struct local_conn *c); /* from its queue to the instance */
void local_conn_tick(struct local_conn *c, int64_t now);
void local_conn_free(struct local_conn *c);
void local_conn_end(struct local_conn *c); /* closes both sides; the memory stays until the round is over */

/* ingress_answer.c: answers of our own, and the two heads as they are passed on */
void local_conn_answer(struct local_conn *c, int status, const char *text);
bool local_conn_pass_request(struct local_conn *c, const struct local_head *h);
bool local_conn_pass_response(struct local_conn *c, const struct local_head *h);
bool local_conn_allowed(const struct local_conn *c, const struct local_head *h);

/* ingress_log.c. End without a begin does nothing; status 0: what was passed on, or that the client left before. */
struct local_request_log;
void local_request_log_begin(struct local_conn *c, const struct local_head *h);
void local_request_log_end(struct local_conn *c, int status);
void local_request_log_close(struct local_ingress *in);

/* ingress_queue.c */
void local_queue_enter(struct local_conn *c);    /* dispatches, queues, or answers 429 */
void local_queue_leave(struct local_conn *c);    /* out of the queue, or out of those in flight; lets the next one in */
void local_queue_done(struct local_ingress *in); /* takes what workers finished */
void *local_queue_worker(void *in);

/* Bytes that may still be read or moved into it. */
static inline size_t local_buffer_room(const struct local_buffer *b)
{
    size_t most = b->head ? LOCAL_HEAD_ROOM : LOCAL_BUFFER;

    return b->len < most ? most - b->len : 0;
}

/* ingress_io.c */
/* False: it would hold more than LOCAL_HEAD_ROOM; nothing was added. Who adds a body looks at the room first. */
bool local_buffer_add(struct local_buffer *b, const char *bytes, size_t n);
void local_buffer_drop(struct local_buffer *b, size_t n);
void local_buffer_trim(struct local_buffer *b); /* frees what an empty one still has */
void local_end_add(struct local_conn *c, struct local_end *e, int fd, uint32_t events);
void local_end_arm(struct local_conn *c, struct local_end *e, uint32_t events);
void local_end_close(struct local_conn *c, struct local_end *e);
bool local_end_fill(struct local_end *e, struct local_buffer *b);  /* reads once: something came, or the end did */
bool local_end_drain(struct local_end *e, struct local_buffer *b); /* writes once: something went */

#endif
