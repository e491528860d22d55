#include "call.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "log.h"
#include "mem.h"

/* What is read and thrown away so that a client that is refused still gets to read why: more than Cloud Run lets
 * through over HTTP/1. */
#define DISCARD_MAX ((size_t)33 << 20)

#define NO_MEMORY "the bodies of other requests fill the memory that there is for them"

/* Moves the call to a list with a deadline of its own, or, with NULL, to none. */
static void set_deadline(struct call *call, struct calls *list, int64_t seconds)
{
    if (call->list)
        TAILQ_REMOVE(call->list, call, entry);
    call->list = list;
    call->deadline_us = service_now_us() + seconds * 1000000;
    if (list)
        TAILQ_INSERT_TAIL(list, call, entry);
}

static const char *header(struct MHD_Connection *c, const char *name)
{
    return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* "application/json", "application/json; charset=utf-8", "application/vnd.x+json", or nothing at all. */
static bool json_content(const char *type)
{
    size_t n = type ? strcspn(type, "; \t") : 0;

    if (!type)
        return true;
    if (n == 16 && !strncasecmp(type, "application/json", 16))
        return true;
    return n > 5 && !strncasecmp(type + n - 5, "+json", 5);
}

static int socket_of(const struct call *call)
{
    return MHD_get_connection_info(call->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* libmicrohttpd takes no reply while a body is being received: this one goes straight to the socket. */
static void send_now(struct call *call)
{
    const struct reply *r = &call->reply;
    int fd = socket_of(call), n;
    char head[256];

    if (call->sent)
        return;
    call->sent = true;
    n = snprintf(head, sizeof(head),
                 "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%sConnection: close\r\n"
                 "\r\n",
                 r->status, MHD_get_reason_phrase_for((unsigned)r->status), r->length,
                 r->retry_after_s ? "Retry-After: 1\r\n" : "");
    if (send(fd, head, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE) == n)
        send(fd, r->body, r->length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void refuse(struct call *call, const char *reason)
{
    reply_error(&call->reply, 503, "%s", reason);
    call->reply.retry_after_s = 1;
}

/* Where memory is short, a client that sends has the reply at once; what it sends is thrown away. */
static void refuse_now(struct call *call, const char *reason)
{
    refuse(call, reason);
    if (!header(call->connection, MHD_HTTP_HEADER_EXPECT))
        send_now(call);
}

/* Whether it was accepted beyond the limit. */
static bool over_limit(struct MHD_Connection *c)
{
    return MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static enum MHD_Result count_framing(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    int *counts = cls;

    (void)kind;
    counts[0] += !strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) + 2 * !!strpbrk(name, " \t"); /* "Length :" */
    if (!strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING))
        counts[1] += value && !strcasecmp(value, "chunked") ? 1 : 2;
    return MHD_YES;
}

/* Where a body ends is said once, or not at all: else somebody before this server may have seen another end. */
static bool framed(struct MHD_Connection *c)
{
    int counts[2] = {0};

    MHD_get_connection_values(c, MHD_HEADER_KIND, count_framing, counts);
    return counts[0] + counts[1] <= 1;
}

static void check_head(struct call *call)
{
    const struct settings *set = call->http->service->settings;
    const char *length = header(call->connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    unsigned long long size = length ? strtoull(length, NULL, 10) : 0;

    if (over_limit(call->connection)) {
        refuse(call, "too many connections are open");
        call->reply.close = true;
        return;
    }
    if (!framed(call->connection)) {
        reply_error(&call->reply, 400, "the length of the body is specified more than once, or by an unknown encoding");
        call->reply.close = true;
        return;
    }
    call->route = routes_find(&call->http->routes, call->method, call->url, &call->reply);
    if (!call->route || call->route->get)
        return;
    if (!json_content(header(call->connection, MHD_HTTP_HEADER_CONTENT_TYPE)))
        reply_error(&call->reply, 415, "the body must be application/json");
    else if (size > (unsigned long long)set->max_body)
        reply_error(&call->reply, 413, "the body has %.20s bytes: at most %lld are taken", length,
                    (long long)set->max_body);
    else if (body_reserve(&call->body, &call->http->budget, size) < 0)
        refuse_now(call, NO_MEMORY);
}

static enum MHD_Result take_body(struct call *call, const char *data, size_t size)
{
    size_t max = (size_t)call->http->service->settings->max_body;

    call->received += size;
    if (call->reply.status || !call->route || call->route->get)
        return call->received > DISCARD_MAX ? MHD_NO : MHD_YES;
    if (call->body.length + size > max)
        reply_error(&call->reply, 413, "the body has more than %zu bytes", max);
    else if (body_append(&call->body, &call->http->budget, data, size, max) < 0)
        refuse_now(call, NO_MEMORY);
    else
        return MHD_YES;
    body_release(&call->body, &call->http->budget); /* the rest is thrown away */
    return MHD_YES;
}

static void add_headers(const struct call *call, struct MHD_Response *response)
{
    const struct reply *r = &call->reply;
    char text[128];

    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    if (r->allow)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, r->allow);
    if (r->retry_after_s) {
        snprintf(text, sizeof(text), "%d", r->retry_after_s);
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, text);
    }
    if (r->ran) {
        snprintf(text, sizeof(text), "%.1f", (double)(r->queue_us + r->run_us) / 1000);
        MHD_add_response_header(response, "X-Crdeploy-Ms", text);
        MHD_add_response_header(response, "X-Crdeploy-Cold", r->cold ? "true" : "false");
        snprintf(text, sizeof(text), "queue;dur=%.1f, model;dur=%.1f", (double)r->queue_us / 1000,
                 (double)r->run_us / 1000);
        MHD_add_response_header(response, "Server-Timing", text);
    }
    if (r->close || atomic_load(&call->http->draining))
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
}

static enum MHD_Result send_reply(struct call *call)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(call->reply.length, call->reply.body, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result rc;

    if (!response)
        return MHD_NO;
    body_release(&call->body, &call->http->budget);
    call->http->budget.used += call->reply.length; /* until it is sent */
    set_deadline(call, &call->http->sending, call->http->service->settings->wait_s);
    add_headers(call, response);
    rc = MHD_queue_response(call->connection, (unsigned)call->reply.status, response);
    MHD_destroy_response(response);
    return rc;
}

static void resume(struct job *job)
{
    struct call *call = (struct call *)job;

    call->node.connection = call->connection;
    loop_resume(call->http->loop, &call->node);
}

static enum MHD_Result finish(struct call *call)
{
    if (call->sent)
        return MHD_NO; /* closes the connection */
    set_deadline(call, NULL, 0);
    if (!call->reply.status && call->route->get)
        call->route->get(call->http->service, &call->reply);
    if (!call->reply.status && atomic_load(&call->http->closed))
        reply_error(&call->reply, 503, "the server is stopping");
    if (!call->reply.status && worker_full(call->http->worker))
        refuse(call, "too many requests are waiting");
    if (call->reply.status)
        return send_reply(call);
    call->job =
        (struct job){.body = call->body.data, .length = call->body.length, .reply = &call->reply, .done = resume};
    call->submitted = true;
    MHD_suspend_connection(call->connection);
    worker_submit(call->http->worker, &call->job);
    return MHD_YES;
}

/* When the first line of a request is complete. What it returns is the slot of the functions below. */
void *call_begin(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct call *call = mem_zero(sizeof(*call));
    struct http *h = cls;

    (void)uri;
    call->http = h;
    call->connection = connection;
    call->start_us = service_now_us();
    set_deadline(call, &h->receiving, h->service->settings->body_s);
    atomic_fetch_add(&h->active, 1);
    return call;
}

enum MHD_Result call_handle(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                            const char *version, const char *data, size_t *size, void **slot)
{
    struct call *call = *slot;

    (void)cls;
    if (!call->method) {
        call->method = mem_text(method);
        call->url = mem_text(url);
        call->version = version;
        check_head(call);
        /* A client that waits for "100 Continue" is refused before it sends. Others are let finish, since a connection
         * that is closed under their body takes the reply with it. */
        return call->reply.status && !call->sent && header(connection, MHD_HTTP_HEADER_EXPECT) ? send_reply(call)
                                                                                               : MHD_YES;
    }
    if (*size) {
        enum MHD_Result rc = take_body(call, data, *size);

        *size = 0;
        return rc;
    }
    return call->submitted ? send_reply(call) : finish(call);
}

/* Cloud Run's front end appends the client's address to X-Forwarded-For. */
static const char *remote_ip(struct MHD_Connection *c, char out[64])
{
    const char *list = header(c, "X-Forwarded-For"), *last;
    const union MHD_ConnectionInfo *info;
    struct sockaddr_in peer;

    if (list) {
        last = strrchr(list, ',');
        last = last ? last + 1 : list;
        snprintf(out, 64, "%s", last + strspn(last, " "));
        return out;
    }
    info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    out[0] = '\0';
    if (info && info->client_addr->sa_family == AF_INET) {
        memcpy(&peer, info->client_addr, sizeof(peer));
        inet_ntop(AF_INET, &peer.sin_addr, out, 64);
    }
    return out;
}

/* One line of the log. `gone`: the client has no reply, so 499, as others log it. */
static void log_call(const struct call *call, bool gone)
{
    char ip[64];
    struct log_request line = {
        .method = call->method ? call->method : "-",
        .url = call->url ? call->url : "-",
        .user_agent = header(call->connection, MHD_HTTP_HEADER_USER_AGENT),
        .remote_ip = remote_ip(call->connection, ip),
        .protocol = call->version,
        .status = gone ? 499 : call->reply.status,
        .latency_us = service_now_us() - call->start_us,
        .request_size = call->received,
        .response_size = gone ? 0 : call->reply.length,
        .message = gone                     ? "the client went away"
                   : call->reply.message[0] ? call->reply.message
                                            : NULL,
        .probe = call->route && call->route->probe,
        .trace =
            trace_parse(header(call->connection, "traceparent"), header(call->connection, "X-Cloud-Trace-Context")),
        .project = atomic_load(&call->http->service->project),
    };
    log_request(&line);
}

void call_completed(void *cls, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode how)
{
    struct http *h = cls;
    struct call *call = *slot;

    (void)connection;
    if (!call)
        return;
    if (call->method || call->reply.status)
        log_call(call, !call->sent && how != MHD_REQUEST_TERMINATED_COMPLETED_OK);
    if (call->list == &h->sending)
        h->budget.used -= call->reply.length;
    set_deadline(call, NULL, 0);
    reply_clear(&call->reply);
    body_release(&call->body, &h->budget);
    free(call->method);
    free(call->url);
    free(call);
    *slot = NULL;
    atomic_fetch_sub(&h->active, 1);
}

/* libmicrohttpd finds the socket at its end and closes the connection. */
void call_cut(struct call *call)
{
    const struct settings *set = call->http->service->settings;

    if (call->list == &call->http->sending)
        set_deadline(call, call->list, set->wait_s);
    else {
        set_deadline(call, NULL, 0);
        if (!call->reply.status)
            reply_error(&call->reply, 408, "the request was not complete after %lld seconds", (long long)set->body_s);
        send_now(call);
    }
    shutdown(socket_of(call), SHUT_RDWR);
}
