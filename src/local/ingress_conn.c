/* One client's connection: reading a request's head, waiting for an instance, passing both bodies through, and again.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "local/ingress_loop.h"

#define LINGER_MS 2000
#define DOUBT_MS 300

static void await_head(struct local_conn *c)
{
    c->state = LOCAL_CONN_HEAD;
    c->request = c->response = (struct local_body){0};
    c->keep = c->head_only = c->head_sent = c->tunnel = c->connected = c->begun = c->upgrade = false;
    c->from_server.at = c->from_server.len = c->to_server.at = c->to_server.len = 0;
    c->from_client.head = c->from_server.head = true;
    c->deadline = cr_now_ms() + (c->in->o.idle_ms ? c->in->o.idle_ms : LOCAL_IDLE_MS);
}

void local_conn_open(struct local_ingress *in, int fd)
{
    struct local_conn *c = cr_calloc(1, sizeof(*c));

    c->in = in;
    c->server.fd = -1;
    c->next = in->conns;
    if (c->next)
        c->next->prev = c;
    in->conns = c;
    in->count++;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    local_end_add(c, &c->client, fd, EPOLLIN);
    await_head(c);
}

void local_conn_end(struct local_conn *c)
{
    if (c->state == LOCAL_CONN_DEAD)
        return;
    c->state = LOCAL_CONN_DEAD;
    local_request_log_end(c, 0);
    local_queue_leave(c);
    local_end_close(c, &c->client);
    local_end_close(c, &c->server);
    c->in->count--;
    if (c->prev)
        c->prev->next = c->next;
    else
        c->in->conns = c->next;
    if (c->next)
        c->next->prev = c->prev;
    c->next = c->in->dead;
    c->in->dead = c;
}

static void trim(struct local_conn *c)
{
    local_buffer_trim(&c->from_client);
    local_buffer_trim(&c->to_server);
    local_buffer_trim(&c->from_server);
    local_buffer_trim(&c->to_client);
}

void local_conn_free(struct local_conn *c)
{
    free(c->from_client.bytes);
    free(c->to_server.bytes);
    free(c->from_server.bytes);
    free(c->to_client.bytes);
    free(c);
}

static struct local_body body_of(const struct local_head *h, bool none, bool until_close)
{
    struct local_body b = {.frame = LOCAL_FRAME_NONE};

    if (!none && h->chunked)
        b.frame = LOCAL_FRAME_CHUNKED;
    else if (!none && h->length > 0)
        b = (struct local_body){.frame = LOCAL_FRAME_LENGTH, .left = h->length};
    else if (!none && h->length < 0 && until_close)
        b.frame = LOCAL_FRAME_CLOSE;
    b.done = b.frame == LOCAL_FRAME_NONE;
    return b;
}

static void refuse_host(struct local_conn *c, int status)
{
    local_conn_answer(c, status,
                      status == 404   ? "The service has no such tag."
                      : status == 421 ? "No service has this host name."
                                      : "The request's host is not valid.");
}

static void take_request(struct local_conn *c, const struct local_head *h, size_t head)
{
    int refused = local_routes_find(c->in->routes, h->host, &c->choice);

    c->head_only = local_text_is(h->method, "HEAD");
    c->keep = !h->close;
    if (local_text_is(h->method, "TRACE") || local_text_is(h->method, "CONNECT")) {
        local_conn_answer(c, 405, "Method not allowed.");
    } else if (refused) {
        refuse_host(c, refused);
    } else if (!local_conn_allowed(c, h)) {
        local_conn_answer(c, 403,
                          "The request was not authenticated. This service is private: send 'Authorization: Bearer "
                          "TOKEN' with an identity token for its URL, or the platform's token.");
    } else if (h->length > LOCAL_BODY_MAX) {
        local_conn_answer(c, 413, "Request body is larger than 32 MiB.");
    } else if (!local_conn_pass_request(c, h)) {
        local_conn_answer(c, 431, "Request header fields are too large.");
    } else {
        c->request = body_of(h, false, false);
        c->from_client.head = false;
        c->upgrade = h->upgrade && local_head_get(h, "upgrade");
        c->deadline = c->choice.timeout_ms > 0 ? cr_now_ms() + c->choice.timeout_ms : 0;
        local_request_log_begin(c, h);
        local_buffer_drop(&c->from_client, head);
        local_queue_enter(c);
    }
}

static bool step_head(struct local_conn *c)
{
    const char *bytes = c->from_client.bytes + c->from_client.at;
    size_t head = local_head_end(bytes, c->from_client.len);
    struct local_head h;
    int status;

    if (head > LOCAL_HEAD_MAX || (!head && c->from_client.len >= LOCAL_HEAD_MAX)) {
        local_conn_answer(c, 431, "Request header fields are too large.");
        return true;
    }
    if (!head) {
        if (c->client.eof)
            local_conn_end(c);
        else if (c->from_client.len && !c->begun)
            c->deadline = cr_now_ms() + (c->in->o.head_ms ? c->in->o.head_ms : LOCAL_HEAD_MS);
        c->begun = c->from_client.len > 0;
        return c->client.eof;
    }
    status = local_head_request(&h, bytes, head);
    if (status)
        local_conn_answer(c, status, "The request is not valid HTTP/1.1.");
    else
        take_request(c, &h, head);
    return true;
}

/* A container that ends closes its sockets a moment before it is known to have ended: what went wrong is told then. */
static void doubt(struct local_conn *c, bool unsent)
{
    local_end_close(c, &c->server);
    c->state = LOCAL_CONN_DOUBT;
    c->unsent = unsent;
    c->verdict = cr_now_ms() + DOUBT_MS;
}

static void judge(struct local_conn *c, int64_t now)
{
    bool alive = local_instances_port(c->in->o.instances, c->choice.revision) != 0;

    if (!alive && c->unsent) { /* nobody has seen the request: another instance may */
        local_queue_leave(c);
        local_queue_enter(c);
    } else if (!alive) {
        local_conn_answer(c, 500, "The container ended while it had the request.");
    } else if (now >= c->verdict) {
        local_conn_answer(c, 502,
                          c->unsent ? "The container does not accept connections."
                                    : "The container closed the connection without an answer.");
    }
}

void local_conn_dispatch(struct local_conn *c)
{
    int fd = local_instances_connect(c->in->o.instances, c->choice.revision);

    c->queue_deadline = 0;
    if (fd < 0) {
        doubt(c, true);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    local_end_add(c, &c->server, fd, EPOLLOUT);
    c->connected = false;
    c->state = LOCAL_CONN_FORWARD;
}

static bool step_connect(struct local_conn *c)
{
    struct pollfd p = {.fd = c->server.fd, .events = POLLOUT};
    int code = 0;
    socklen_t n = sizeof(code);

    if (poll(&p, 1, 0) != 1)
        return false;
    if (getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &code, &n) < 0 || code)
        doubt(c, true);
    else
        c->connected = true;
    return true;
}

/* Moves what belongs to the body. -1: the framing is broken. */
static ssize_t move(struct local_body *b, struct local_buffer *from, struct local_buffer *to)
{
    size_t n = from->len < local_buffer_room(to) ? from->len : local_buffer_room(to);
    ssize_t k = (ssize_t)n;

    if (b->done || !n)
        return 0;
    if (b->frame == LOCAL_FRAME_LENGTH && (int64_t)n > b->left)
        k = (ssize_t)b->left;
    if (b->frame == LOCAL_FRAME_CHUNKED && (k = local_chunks_feed(&b->chunks, from->bytes + from->at, n)) < 0)
        return -1;
    (void)local_buffer_add(to, from->bytes + from->at, (size_t)k);
    local_buffer_drop(from, (size_t)k);
    b->left -= k;
    b->done = b->frame == LOCAL_FRAME_LENGTH ? !b->left : b->frame == LOCAL_FRAME_CHUNKED && b->chunks.done;
    return k;
}

static bool step_request(struct local_conn *c)
{
    ssize_t n = move(&c->request, &c->from_client, &c->to_server);

    if (n < 0)
        local_conn_answer(c, 400, "The request's body is not chunked as HTTP/1.1 says.");
    else if (c->request.chunks.bytes + c->request.chunks.left > LOCAL_BODY_MAX)
        local_conn_answer(c, 413, "Request body is larger than 32 MiB.");
    else if (c->client.eof && !c->from_client.len && !(c->tunnel && c->to_server.len))
        local_conn_end(c); /* nobody is there to read the answer */
    return n != 0 || c->state != LOCAL_CONN_FORWARD;
}

static void take_response(struct local_conn *c, const struct local_head *h, size_t head)
{
    bool interim = h->status < 200 && h->status != 101;

    if (h->status == 101) {
        c->tunnel = true;
        c->keep = false;
        c->request = c->response = (struct local_body){.frame = LOCAL_FRAME_CLOSE};
    } else if (!interim) {
        c->response = body_of(h, c->head_only || h->status == 204 || h->status == 304, true);
        c->keep = c->keep && c->response.frame != LOCAL_FRAME_CLOSE;
    }
    if (!local_conn_pass_response(c, h)) {
        local_conn_answer(c, 502, "The container's answer has too large a head.");
        return;
    }
    c->head_sent = !interim;
    c->from_server.head = interim;
    c->status = interim ? 0 : h->status;
    local_buffer_drop(&c->from_server, head);
}

static bool step_response_head(struct local_conn *c)
{
    const char *bytes = c->from_server.bytes + c->from_server.at;
    size_t head = local_head_end(bytes, c->from_server.len);
    struct local_head h;

    if (c->to_client.len) /* of the answer before: a head goes out as a whole */
        return false;
    if (head > LOCAL_HEAD_MAX || (!head && c->from_server.len >= LOCAL_HEAD_MAX)) {
        local_conn_answer(c, 502, "The container's answer has too large a head.");
    } else if (!head) {
        if (c->server.eof)
            doubt(c, false);
        return c->server.eof;
    } else if (local_head_response(&h, bytes, head)) {
        local_conn_answer(c, 502, "The container's answer is not valid HTTP/1.1.");
    } else if (h.status == 101 && !(c->upgrade && local_head_get(&h, "upgrade"))) {
        local_conn_answer(c, 502, "The container switched to another protocol, which the request did not ask for.");
    } else {
        take_response(c, &h, head);
    }
    return true;
}

/* The answer is complete: the next request, or the end. */
static void finish(struct local_conn *c)
{
    local_request_log_end(c, c->status);
    local_end_close(c, &c->server);
    local_queue_leave(c);
    if (c->keep && c->request.done) {
        await_head(c);
        return;
    }
    c->state = LOCAL_CONN_FLUSH;
    c->deadline = cr_now_ms() + LOCAL_FLUSH_MS;
}

static bool step_response(struct local_conn *c)
{
    ssize_t n;

    if (!c->head_sent)
        return step_response_head(c);
    n = move(&c->response, &c->from_server, &c->to_client);
    if (!n && !c->response.done && c->server.eof && !c->from_server.len) {
        if (c->response.frame == LOCAL_FRAME_CLOSE)
            c->response.done = true;
        else
            n = -1;
    }
    if (n < 0) {
        local_request_log_end(c, 502);
        local_conn_end(c); /* the client must see that this is not the whole */
    } else if (c->response.done)
        finish(c);
    return n != 0 || c->state != LOCAL_CONN_FORWARD;
}

static bool step(struct local_conn *c)
{
    bool moved = false;

    switch (c->state) {
    case LOCAL_CONN_HEAD:
        return step_head(c);
    case LOCAL_CONN_FORWARD:
        if (!c->connected)
            return step_connect(c);
        moved = step_request(c);
        return c->state == LOCAL_CONN_FORWARD ? step_response(c) || moved : true;
    case LOCAL_CONN_FLUSH:
        if (c->to_client.len)
            return false;
        shutdown(c->client.fd, SHUT_WR);
        c->state = LOCAL_CONN_LINGER;
        c->deadline = cr_now_ms() + LINGER_MS;
        return true;
    case LOCAL_CONN_LINGER:
        local_buffer_drop(&c->from_client, c->from_client.len);
        if (c->client.eof)
            local_conn_end(c);
        return false;
    case LOCAL_CONN_WAIT:
    case LOCAL_CONN_DOUBT:
    case LOCAL_CONN_DEAD:
        break;
    }
    return false;
}

static void arm(struct local_conn *c)
{
    bool forward = c->state == LOCAL_CONN_FORWARD;
    uint32_t client = 0, server = 0;

    if (c->state == LOCAL_CONN_WAIT || c->state == LOCAL_CONN_DOUBT)
        client = EPOLLRDHUP;
    else if (c->state != LOCAL_CONN_FLUSH && local_buffer_room(&c->from_client) && !c->client.eof)
        client = EPOLLIN;
    if (c->to_client.len)
        client |= EPOLLOUT;
    if (!forward)
        local_end_close(c, &c->server);
    else if (!c->connected)
        server = EPOLLOUT;
    else
        server = (local_buffer_room(&c->from_server) && !c->server.eof ? (uint32_t)EPOLLIN : 0) |
                 (c->to_server.len ? (uint32_t)EPOLLOUT : 0);
    if (forward && c->server.eof) /* or its hanging up would be reported again and again while the client is slow */
        epoll_ctl(c->in->epoll, EPOLL_CTL_DEL, c->server.fd, NULL);
    local_end_arm(c, &c->client, client);
    local_end_arm(c, &c->server, server);
}

void local_conn_run(struct local_conn *c)
{
    bool moved = true;

    while (moved && c->state != LOCAL_CONN_DEAD) {
        bool reads = c->state == LOCAL_CONN_HEAD || c->state == LOCAL_CONN_FORWARD || c->state == LOCAL_CONN_LINGER;

        moved = reads && local_end_fill(&c->client, &c->from_client);
        if (c->state == LOCAL_CONN_FORWARD && c->connected)
            moved = local_end_fill(&c->server, &c->from_server) || moved;
        moved = step(c) || moved;
        if (c->state == LOCAL_CONN_FORWARD && c->connected)
            moved = local_end_drain(&c->server, &c->to_server) || moved;
        if (c->state != LOCAL_CONN_DEAD)
            moved = local_end_drain(&c->client, &c->to_client) || moved;
    }
    if (c->state == LOCAL_CONN_DEAD)
        return;
    arm(c);
    trim(c);
}

void local_conn_tick(struct local_conn *c, int64_t now)
{
    bool late = c->deadline && now >= c->deadline, tired = c->queue_deadline && now >= c->queue_deadline;

    if (c->state == LOCAL_CONN_WAIT && tired)
        local_conn_answer(c, 429, "Rate exceeded.");
    else if (c->state == LOCAL_CONN_DOUBT && !late)
        judge(c, now);
    else if (!late)
        return;
    else if (c->state == LOCAL_CONN_WAIT || c->state == LOCAL_CONN_FORWARD || c->state == LOCAL_CONN_DOUBT)
        local_conn_answer(c, 504,
                          "The request has been terminated because it has reached the maximum request timeout.");
    else if (c->state == LOCAL_CONN_HEAD && c->from_client.len)
        local_conn_answer(c, 408, "The request's head did not come in time.");
    else
        local_conn_end(c);
    local_conn_run(c);
}
