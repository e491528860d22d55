#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "log.h"
#include "mem.h"

/* What is read and thrown away so that a client that is refused still gets to read why: more than Cloud Run lets
 * through over HTTP/1. */
#define DISCARD_MAX ((size_t)33 << 20)

struct http {
    struct service *service;
    struct worker *worker;
    struct routes routes;
    struct MHD_Daemon *daemon;
    int port;
    _Atomic size_t active;
    _Atomic bool draining, closed;
};

struct call {
    struct job job; /* first: the worker hands it back */
    struct http *http;
    struct MHD_Connection *connection;
    const struct route *route;
    struct reply reply;
    char *method, *url;
    const char *version;
    char *body;
    size_t length, capacity, received;
    int64_t start_us;
    bool asked; /* given to the worker */
};

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

static void check_head(struct call *call)
{
    const struct settings *set = call->http->service->settings;
    const char *length = header(call->connection, MHD_HTTP_HEADER_CONTENT_LENGTH);

    call->route = routes_find(&call->http->routes, call->method, call->url, &call->reply);
    if (!call->route || call->route->get)
        return;
    if (!json_content(header(call->connection, MHD_HTTP_HEADER_CONTENT_TYPE)))
        reply_error(&call->reply, 415, "the body must be application/json");
    else if (length && strtoull(length, NULL, 10) > (unsigned long long)set->max_body)
        reply_error(&call->reply, 413, "the body has %.20s bytes: at most %lld are taken", length,
                    (long long)set->max_body);
}

static enum MHD_Result take_body(struct call *call, const char *data, size_t size)
{
    size_t max = (size_t)call->http->service->settings->max_body;

    call->received += size;
    if (call->reply.status || !call->route || call->route->get)
        return call->received > DISCARD_MAX ? MHD_NO : MHD_YES;
    if (call->length + size > max) {
        reply_error(&call->reply, 413, "the body has more than %zu bytes", max);
        return MHD_YES;
    }
    call->body = mem_grow(call->body, &call->capacity, call->length + size, 1);
    memcpy(call->body + call->length, data, size);
    call->length += size;
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
    if (atomic_load(&call->http->draining))
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
}

static enum MHD_Result send_reply(struct call *call)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(call->reply.length, call->reply.body, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result rc;

    if (!response)
        return MHD_NO;
    add_headers(call, response);
    rc = MHD_queue_response(call->connection, (unsigned)call->reply.status, response);
    MHD_destroy_response(response);
    return rc;
}

static void resume(struct job *job)
{
    MHD_resume_connection(((struct call *)job)->connection);
}

static enum MHD_Result finish(struct call *call)
{
    if (!call->reply.status && call->route->get)
        call->route->get(call->http->service, &call->reply);
    if (!call->reply.status && atomic_load(&call->http->closed))
        reply_error(&call->reply, 503, "the server is stopping");
    if (!call->reply.status && worker_full(call->http->worker)) {
        reply_error(&call->reply, 503, "too many requests are waiting");
        call->reply.retry_after_s = 1;
    }
    if (call->reply.status)
        return send_reply(call);
    call->job = (struct job){.body = call->body, .length = call->length, .reply = &call->reply, .done = resume};
    call->asked = true;
    MHD_suspend_connection(call->connection);
    worker_submit(call->http->worker, &call->job);
    return MHD_YES;
}

static struct call *begin(struct http *h, struct MHD_Connection *connection, const char *url, const char *method,
                          const char *version)
{
    struct call *call = mem_zero(sizeof(*call));

    call->http = h;
    call->connection = connection;
    call->method = mem_text(method);
    call->url = mem_text(url);
    call->version = version;
    call->start_us = service_now_us();
    atomic_fetch_add(&h->active, 1);
    return call;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **slot)
{
    struct call *call = *slot;

    if (!call) {
        *slot = call = begin(cls, connection, url, method, version);
        check_head(call);
        /* A client that waits for "100 Continue" is refused before it sends; others are let finish, since a reply
         * to half a request makes the kernel reset the connection under the reply. */
        return call->reply.status && header(connection, MHD_HTTP_HEADER_EXPECT) ? send_reply(call) : MHD_YES;
    }
    if (*size) {
        enum MHD_Result rc = take_body(call, data, *size);

        *size = 0;
        return rc;
    }
    return call->asked ? send_reply(call) : finish(call);
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

static void completed(void *cls, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode how)
{
    struct http *h = cls;
    struct call *call = *slot;
    char ip[64];

    if (!call)
        return;
    /* 499: gone before its answer, as others log it. */
    bool gone = how != MHD_REQUEST_TERMINATED_COMPLETED_OK;
    struct log_request line = {
        .method = call->method,
        .url = call->url,
        .user_agent = header(connection, MHD_HTTP_HEADER_USER_AGENT),
        .remote_ip = remote_ip(connection, ip),
        .protocol = call->version,
        .status = gone ? 499 : call->reply.status,
        .latency_us = service_now_us() - call->start_us,
        .request_size = call->received,
        .response_size = gone ? 0 : call->reply.length,
        .message = gone                     ? "the client went away"
                   : call->reply.message[0] ? call->reply.message
                                            : NULL,
        .probe = call->route && call->route->probe,
        .trace = trace_parse(header(connection, "traceparent"), header(connection, "X-Cloud-Trace-Context")),
        .project = atomic_load(&h->service->project),
    };
    log_request(&line);
    reply_clear(&call->reply);
    free(call->body);
    free(call->method);
    free(call->url);
    free(call);
    *slot = NULL;
    atomic_fetch_sub(&h->active, 1);
}

static int listen_address(const struct settings *set, struct sockaddr_in *out, struct error *err)
{
    memset(out, 0, sizeof(*out));
    out->sin_family = AF_INET;
    out->sin_port = htons((uint16_t)set->port);
    if (inet_pton(AF_INET, set->listen, &out->sin_addr) != 1)
        return error_set(err, 500, "LISTEN_ADDR '%s' is not an IPv4 address", set->listen);
    return 0;
}

/* A socket of our own making: libmicrohttpd does not keep errno, which says why a port cannot be had. */
static int listen_on(const struct settings *set, struct error *err)
{
    struct sockaddr_in address;
    int fd;

    if (listen_address(set, &address, err) < 0)
        return -1;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 128) < 0) {
        error_set(err, 500, "cannot listen on %s:%lld: %s", set->listen, (long long)set->port, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

int http_start(struct service *service, struct worker *worker, struct http **out, struct error *err)
{
    const struct settings *set = service->settings;
    int fd = listen_on(set, err);
    struct http *h;

    if (fd < 0)
        return -1;
    h = mem_zero(sizeof(*h));
    h->service = service;
    h->worker = worker;
    routes_make(&h->routes, set);
    h->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, (uint16_t)set->port, NULL,
                                 NULL, handle, h, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, completed,
                                 h, MHD_OPTION_CONNECTION_LIMIT, (unsigned)set->connections,
                                 MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)set->idle_s, MHD_OPTION_END);
    if (!h->daemon) {
        error_set(err, 500, "the HTTP server on %s:%lld does not start", set->listen, (long long)set->port);
        free(h);
        return -1;
    }
    h->port = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    *out = h;
    return 0;
}

int http_port(const struct http *h)
{
    return h->port;
}

size_t http_active(struct http *h)
{
    return atomic_load(&h->active);
}

void http_drain(struct http *h)
{
    MHD_socket listening;

    atomic_store(&h->draining, true);
    listening = MHD_quiesce_daemon(h->daemon);
    if (listening != MHD_INVALID_SOCKET)
        close(listening);
}

void http_close(struct http *h)
{
    atomic_store(&h->closed, true);
}

void http_stop(struct http *h)
{
    MHD_stop_daemon(h->daemon);
    free(h);
}
