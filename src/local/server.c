#include "local/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "local/bearer.h"
#include "local/caller.h"
#include "local/peer.h"
#include "local/project_faults.h"
#include "local/respond.h"
#include "local/route.h"

#define BODY_MAX (4 << 20)
#define CONNS_MAX 256
#define CONNS_SHARED 64 /* the others are for the user who runs the platform */
#define IDLE_S 30u      /* without a byte, before and within a head, and between requests */
#define BUSY_S 120u     /* within a body and an answer */

struct local_server {
    struct MHD_Daemon *daemon;
    int port;
    atomic_int open; /* connections */
};

/* One request, from its first line to the end of its connection's part. */
struct call {
    struct local_request rq;
    struct local_reply rp;
    const struct local_row *row; /* NULL: the reply is already said, the body is dropped */
    struct local_fault fault;
    struct cr_str body;
    bool began, finished, broken; /* broken: the sink or the buffer took no more */
};

/* libmicrohttpd decodes the path it hands out, which would lose the difference between / and %2F. Here it is raw. */
static void *on_line(void *cls, const char *target, struct MHD_Connection *conn)
{
    struct call *c = cr_calloc(1, sizeof(*c));

    (void)cls;
    (void)conn;
    local_request_init(&c->rq, "", target);
    local_reply_init(&c->rp);
    c->body = (struct cr_str)CR_STR_INIT(BODY_MAX);
    return c;
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    local_pairs_add(&((struct call *)cls)->rq.headers, name, value);
    return MHD_YES;
}

static void refuse_status(struct call *c)
{
    CR_AUTO_FREE char *after = cr_format("%d", c->fault.retry_after);

    local_reply_json(&c->rp, c->fault.status,
                     json_pack("{s:{s:i, s:s, s:s}}", "error", "code", c->fault.status, "message", c->fault.message,
                               "status", c->fault.status == 429 ? "RESOURCE_EXHAUSTED" : "UNAVAILABLE"));
    if (c->fault.retry_after >= 0)
        local_pairs_add(&c->rp.headers, "Retry-After", after);
}

static void begin(struct local *l, struct MHD_Connection *conn, struct call *c, const char *method)
{
    c->began = true;
    MHD_set_connection_option(conn, MHD_CONNECTION_OPTION_TIMEOUT, BUSY_S);
    free(c->rq.method);
    c->rq.method = cr_strdup(method);
    MHD_get_connection_values(conn, MHD_HEADER_KIND, on_header, c);
    if (!local_caller_accept(&c->rq, &c->rp))
        return;
    if (strncmp(c->rq.path, "/local/", 7) != 0)
        c->fault = local_faults_take(&l->faults, method, c->rq.path);
    if (c->fault.action == LOCAL_FAULT_DELAY)
        cr_sleep_ms(c->fault.delay_ms);
    if (c->fault.action == LOCAL_FAULT_STATUS && c->fault.after_bytes < 0) {
        refuse_status(c);
        return;
    }
    if (c->fault.action == LOCAL_FAULT_EXPIRE_TOKEN) {
        local_bearer_expire(l, &c->rq);
        local_bearer_refuse(LOCAL_BEARER_EXPIRED, &c->rq, &c->rp);
        return;
    }
    if (local_shares_loopback(l) && local_peer_is_contained(conn)) {
        local_refuse(&c->rp, "PERMISSION_DENIED", "Builds and containers have no access to the local platform.");
        return;
    }
    if (c->fault.action == LOCAL_FAULT_CUT && c->fault.after_bytes <= 0)
        return; /* before anything is done */
    c->row = local_begin(l, &c->rq, local_peer_is_me(conn), &c->rp);
    if (c->fault.action == LOCAL_FAULT_STATUS || c->fault.action == LOCAL_FAULT_CUT)
        c->rq.sink_max = c->fault.after_bytes < 0 ? 0 : c->fault.after_bytes;
    if (c->fault.action == LOCAL_FAULT_PERSIST)
        c->rq.sink_max = c->fault.persist;
    if (c->fault.action == LOCAL_FAULT_FAIL_OPERATION)
        c->rq.fail = cr_strdup(c->fault.message);
}

/* Takes a piece of the body. MHD_NO closes the connection. */
static enum MHD_Result take(struct call *c, const char *data, size_t size)
{
    bool cut = c->fault.action == LOCAL_FAULT_CUT;
    int64_t room = c->rq.sink_max < 0 ? INT64_MAX : c->rq.sink_max - c->rq.sunk;
    size_t keep = (int64_t)size < room ? size : (size_t)room;
    struct cr_error err = {0};

    c->rq.received += (int64_t)size;
    if (!c->row || c->broken) {
        c->rq.sunk += (int64_t)keep;
    } else if (c->rq.sink >= 0) {
        size_t known = c->rq.sunk < c->rq.skip ? (size_t)(c->rq.skip - c->rq.sunk) : 0;

        known = known < keep ? known : keep;
        c->rq.sunk += (int64_t)known;
        data += known;
        keep -= known;
        while (keep && !c->broken) {
            ssize_t n = write(c->rq.sink, data, keep);

            if (n < 0 && errno == EINTR)
                continue;
            c->broken = n <= 0;
            data += n > 0 ? n : 0;
            keep -= n > 0 ? (size_t)n : 0;
            c->rq.sunk += n > 0 ? n : 0;
        }
    } else {
        c->broken = cr_str_add(&c->body, data, size, &err) < 0;
        c->rq.sunk += (int64_t)keep;
    }
    return cut && c->rq.received > c->rq.sink_max ? MHD_NO : MHD_YES;
}

/* Closes the connection: MHD_NO does, in good order. */
static enum MHD_Result hang_up(struct MHD_Connection *conn, const struct call *c)
{
    if (c->fault.rst)
        local_reset(conn);
    return MHD_NO;
}

static void finish(struct local *l, struct call *c)
{
    c->finished = true;
    if (!c->row)
        return;
    if (c->broken) {
        if (c->rq.sink >= 0)
            c->rq.cut = true;
        else
            local_refuse(&c->rp, "INVALID_ARGUMENT", "Request payload size exceeds the limit: %d bytes.", BODY_MAX);
    }
    if (c->fault.action == LOCAL_FAULT_STATUS)
        c->rq.cut = true;
    if (c->rq.sink < 0 && c->body.len) {
        c->rq.text_len = c->body.len;
        c->rq.text = cr_str_take(&c->body);
    }
    if (!c->rp.status && !(c->fault.action == LOCAL_FAULT_STATUS && !c->row->open))
        local_finish(l, c->row, &c->rq, &c->rp);
    if (c->fault.action == LOCAL_FAULT_STATUS)
        refuse_status(c);
    else if (c->broken && c->rq.sink >= 0)
        local_refuse_storage(&c->rp, 507, "backendError", "the disk is full: %s", strerror(ENOSPC));
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *conn, const char *url, const char *method,
                                  const char *version, const char *data, size_t *size, void **con_cls)
{
    struct local *l = cls;
    struct call *c = *con_cls;
    struct local_break how = {.half = c->fault.action == LOCAL_FAULT_BAD_JSON,
                              .truncate = c->fault.action == LOCAL_FAULT_TRUNCATE,
                              .rst = c->fault.rst,
                              .cut_at = -1};
    bool cut = c->fault.action == LOCAL_FAULT_CUT;

    (void)url;
    (void)version;
    if (!c->began) {
        begin(l, conn, c, method);
        return c->fault.action == LOCAL_FAULT_CUT && c->fault.after_bytes <= 0 ? hang_up(conn, c) : MHD_YES;
    }
    if (*size) {
        enum MHD_Result go_on = take(c, data, *size);

        *size = 0;
        return go_on == MHD_NO ? hang_up(conn, c) : MHD_YES;
    }
    finish(l, c);
    if (c->fault.action == LOCAL_FAULT_LOST || (cut && c->rq.received))
        return hang_up(conn, c); /* carried out; the answer never comes */
    if (cut)
        how.cut_at = c->fault.after_bytes;
    local_project_date(l, &c->rp);
    return local_respond(conn, &c->rp, how);
}

static void on_end(void *cls, struct MHD_Connection *conn, void **con_cls, enum MHD_RequestTerminationCode code)
{
    struct local *l = cls;
    struct call *c = *con_cls;

    if (!c)
        return;
    if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        MHD_set_connection_option(conn, MHD_CONNECTION_OPTION_TIMEOUT, IDLE_S);
    if (c->began && !c->finished && c->row && c->row->open) {
        c->rq.cut = true; /* what came counts, as far as it counts */
        local_finish(l, c->row, &c->rq, &c->rp);
    }
    local_request_clear(&c->rq);
    local_reply_clear(&c->rp);
    cr_str_free(&c->body);
    free(c);
    *con_cls = NULL;
}

static void on_connection(void *cls, struct MHD_Connection *conn, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)conn;
    (void)context;
    atomic_fetch_add(&((struct local_server *)cls)->open, code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1);
}

/* A connection that is refused is closed at once: those behind it may be the owner's. */
static enum MHD_Result may_enter(void *cls, const struct sockaddr *peer, socklen_t size)
{
    const struct local_server *s = cls;

    (void)size;
    return atomic_load(&s->open) < CONNS_SHARED || local_peer_is_owner(peer, s->port) ? MHD_YES : MHD_NO;
}

/* A socket of our own making: libmicrohttpd does not keep errno, which says why a port cannot be had. */
static int listen_on(int *port, struct cr_error *err)
{
    struct sockaddr_in here = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(here);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, n) < 0 || listen(fd, SOMAXCONN) < 0 ||
        getsockname(fd, (struct sockaddr *)&here, &n) < 0) {
        cr_fail(err, CR_E_IO, "cannot listen on 127.0.0.1:%d: %s", *port, strerror(errno));
        if (fd >= 0)
            close(fd);
        return cr_hint(err, "see who has the port with 'ss -ltnp sport = :%d', or choose another with --port", *port);
    }
    *port = ntohs(here.sin_port);
    return fd;
}

int local_server_open(struct local *l, int port, struct local_server **server, struct cr_error *err)
{
    struct local_server *s;
    int fd = listen_on(&port, err);

    if (fd < 0)
        return -1;
    s = cr_calloc(1, sizeof(*s));
    s->port = port; /* before anybody can connect */
    s->daemon =
        MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC, (uint16_t)port,
                         may_enter, s, on_request, l, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK,
                         on_line, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_end, l, MHD_OPTION_NOTIFY_CONNECTION,
                         on_connection, s, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_CONNECTION_LIMIT,
                         (unsigned)CONNS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(256 << 10), MHD_OPTION_END);
    if (!s->daemon) {
        free(s);
        return cr_fail(err, CR_E_IO, "the HTTP server on 127.0.0.1:%d does not start", port);
    }
    l->port = port;
    *server = s;
    return 0;
}

void local_server_close(struct local_server *server)
{
    if (!server)
        return;
    MHD_stop_daemon(server->daemon);
    free(server);
}
