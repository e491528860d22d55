#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "local/ingress_loop.h"

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } rows[] = {{400, "Bad Request"},           {403, "Forbidden"},         {404, "Not Found"},
                {405, "Method Not Allowed"},    {408, "Request Timeout"},   {413, "Content Too Large"},
                {421, "Misdirected Request"},   {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
                {500, "Internal Server Error"}, {501, "Not Implemented"},   {502, "Bad Gateway"},
                {503, "Service Unavailable"},   {504, "Gateway Timeout"},   {505, "HTTP Version Not Supported"}};

    for (size_t i = 0; i < CR_LEN(rows); i++)
        if (rows[i].status == status)
            return rows[i].text;
    return "Error";
}

void local_conn_answer(struct local_conn *c, int status, const char *text)
{
    CR_AUTO_FREE char *all = NULL;

    local_request_log_end(c, status);
    local_queue_leave(c);
    if (c->head_sent) { /* too late for another answer: cutting it off is the only honest one */
        local_conn_end(c);
        return;
    }
    all = cr_format("HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n"
                    "Connection: close\r\n\r\n%s%s",
                    status, reason(status), strlen(text) + 1, c->head_only ? "" : text, c->head_only ? "" : "\n");
    if (!local_buffer_add(&c->to_client, all, strlen(all))) {
        local_conn_end(c);
        return;
    }
    c->state = LOCAL_CONN_FLUSH;
    c->deadline = cr_now_ms() + LOCAL_FLUSH_MS;
}

static bool same_secret(struct local_text t, const char *secret)
{
    size_t n = strlen(secret);
    unsigned char differs = t.len != n;

    for (size_t i = 0; i < n && i < t.len; i++)
        differs |= (unsigned char)(t.at[i] ^ secret[i]);
    return !differs;
}

static bool is_our_token(const struct local_conn *c, const struct local_field *f)
{
    struct local_text v = f ? f->value : (struct local_text){0};

    if (v.len < 7 || strncasecmp(v.at, "bearer ", 7) != 0)
        return false;
    return same_secret((struct local_text){v.at + 7, v.len - 7}, c->in->token);
}

/* Whether the token is for this host, with its port or without. */
static bool is_for(const struct local_conn *c, const char *token, struct local_text host)
{
    CR_AUTO_FREE char *audience = cr_format("http://%.*s", (int)host.len, host.at);
    char *port = strrchr(audience, ':');

    if (c->in->o.identity(c->in->o.ud, token, audience))
        return true;
    if (port == strchr(audience, ':'))
        return false;
    *port = '\0';
    return c->in->o.identity(c->in->o.ud, token, audience);
}

/* An identity token for the service; at the address of a tag, that of the service without it will do, which is what
 * Cloud Run asks for. */
static bool is_identity(const struct local_conn *c, const struct local_head *h, const struct local_field *f)
{
    struct local_text v = f ? f->value : (struct local_text){0}, host = h->host;
    const char *dashes = host.len ? memmem(host.at, host.len, "---", 3) : NULL;
    CR_AUTO_FREE char *token = NULL;

    if (!c->in->o.identity || v.len < 7 || strncasecmp(v.at, "bearer ", 7) != 0 || !memchr(v.at, '.', v.len))
        return false;
    token = cr_strndup(v.at + 7, v.len - 7);
    if (is_for(c, token, host))
        return true;
    return dashes && is_for(c, token, (struct local_text){dashes + 3, host.len - (size_t)(dashes + 3 - host.at)});
}

bool local_conn_allowed(const struct local_conn *c, const struct local_head *h)
{
    const struct local_field *f = local_head_get(h, "x-serverless-authorization");

    f = f ? f : local_head_get(h, "authorization");
    return c->choice.open || is_our_token(c, f) || is_identity(c, h, f);
}

/* What of an identity token a container may see: who asks, but nothing it could use to ask elsewhere. */
static int add_unsigned(const struct local_field *f, struct cr_str *out, struct cr_error *err)
{
    const char *dot = memrchr(f->value.at, '.', f->value.len);

    return cr_str_addf(out, err, "%.*s: %.*s.SIGNATURE_REMOVED_BY_GOOGLE\r\n", (int)f->name.len, f->name.at,
                       (int)(dot - f->value.at), f->value.at);
}

/* Fields that speak of one connection only. The framing of the body and Upgrade are passed on by hand. */
static bool is_hop(const struct local_field *f)
{
    static const char *const names[] = {"connection", "keep-alive",         "proxy-connection",   "te",
                                        "upgrade",    "proxy-authenticate", "proxy-authorization"};

    for (size_t i = 0; i < CR_LEN(names); i++)
        if (local_text_is(f->name, names[i]))
            return true;
    return false;
}

static void hex_text(char *text, size_t bytes)
{
    unsigned char raw[16];

    if (RAND_bytes(raw, (int)bytes) != 1)
        memset(raw, 1, bytes);
    raw[0] |= 1; /* all zeros is no id */
    for (size_t i = 0; i < bytes; i++)
        snprintf(text + 2 * i, 3, "%02x", raw[i]);
}

/* traceparent and X-Cloud-Trace-Context say the same; what the client gave is kept. */
static int add_trace(struct local_conn *c, const struct local_head *h, struct cr_str *out, struct cr_error *err)
{
    const struct local_field *given = local_head_get(h, "traceparent");
    char *trace = c->trace, span[17];

    if (given && given->value.len == 55) {
        snprintf(trace, sizeof(c->trace), "%.32s", given->value.at + 3);
        snprintf(span, sizeof(span), "%.16s", given->value.at + 36);
    } else {
        hex_text(trace, 16);
        hex_text(span, 8);
    }
    if (!given && cr_str_addf(out, err, "traceparent: 00-%s-%s-00\r\n", trace, span) < 0)
        return -1;
    if (local_head_get(h, "x-cloud-trace-context"))
        return 0;
    return cr_str_addf(out, err, "X-Cloud-Trace-Context: %s/%llu\r\n", trace, strtoull(span, NULL, 16));
}

static int add_forwarded(const struct local_conn *c, const struct local_head *h, struct cr_str *out,
                         struct cr_error *err)
{
    const struct local_field *before = local_head_get(h, "x-forwarded-for");
    struct sockaddr_in from;
    socklen_t n = sizeof(from);
    char text[INET_ADDRSTRLEN] = "127.0.0.1";

    if (getpeername(c->client.fd, (struct sockaddr *)&from, &n) == 0 && from.sin_family == AF_INET)
        inet_ntop(AF_INET, &from.sin_addr, text, sizeof(text));
    return cr_str_addf(out, err, "X-Forwarded-For: %.*s%s%s\r\nX-Forwarded-Proto: http\r\n",
                       before ? (int)before->value.len : 0, before ? before->value.at : "", before ? "," : "", text);
}

static int add_field(const struct local_field *f, struct cr_str *out, struct cr_error *err)
{
    return cr_str_addf(out, err, "%.*s: %.*s\r\n", (int)f->name.len, f->name.at, (int)f->value.len, f->value.at);
}

static int add_connection(const struct local_head *h, struct cr_str *out, struct cr_error *err)
{
    const struct local_field *up = local_head_get(h, "upgrade");

    if (h->upgrade && up)
        return cr_str_addf(out, err, "Connection: Upgrade\r\nUpgrade: %.*s\r\n\r\n", (int)up->value.len, up->value.at);
    return cr_str_addf(out, err, "Connection: close\r\n\r\n"); /* a connection a request: nothing can get mixed up */
}

static int request_text(struct local_conn *c, const struct local_head *h, struct cr_str *out, struct cr_error *err)
{
    if (cr_str_addf(out, err, "%.*s %.*s HTTP/1.1\r\n", (int)h->method.len, h->method.at, (int)h->target.len,
                    h->target.at) < 0)
        return -1;
    for (size_t i = 0; i < h->fields; i++) {
        const struct local_field *f = &h->field[i];
        bool secret = local_text_is(f->name, "authorization") || local_text_is(f->name, "x-serverless-authorization");

        if (is_hop(f) || local_text_is(f->name, "x-forwarded-for") || local_text_is(f->name, "x-forwarded-proto"))
            continue;
        if (secret && is_our_token(c, f)) /* the daemon's own secret is none of the container's business */
            continue;
        if ((secret && is_identity(c, h, f) ? add_unsigned(f, out, err) : add_field(f, out, err)) < 0)
            return -1;
    }
    if (add_forwarded(c, h, out, err) < 0 || add_trace(c, h, out, err) < 0)
        return -1;
    return add_connection(h, out, err);
}

bool local_conn_pass_request(struct local_conn *c, const struct local_head *h)
{
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(LOCAL_HEAD_ROOM);
    struct cr_error full = {0};

    return request_text(c, h, &out, &full) == 0 && local_buffer_add(&c->to_server, out.buf, out.len);
}

/* Answers that end with their head have no framing of a body (RFC 9110, 8.6 and 15.3.5; RFC 9112, 6.1): a client that
 * believes it waits for what never comes, or takes the next answer for it. */
static bool is_framing(int status, const struct local_field *f)
{
    return (status < 200 || status == 204 || status == 304) &&
           (local_text_is(f->name, "content-length") || local_text_is(f->name, "transfer-encoding"));
}

static int response_text(struct local_conn *c, const struct local_head *h, struct cr_str *out, struct cr_error *err)
{
    const struct local_field *up = local_head_get(h, "upgrade");

    if (cr_str_addf(out, err, "HTTP/1.1 %d %.*s\r\n", h->status, (int)h->reason.len, h->reason.at) < 0)
        return -1;
    for (size_t i = 0; i < h->fields; i++)
        if (!is_hop(&h->field[i]) && !is_framing(h->status, &h->field[i]) && add_field(&h->field[i], out, err) < 0)
            return -1;
    if (h->status == 101 && up)
        return cr_str_addf(out, err, "Connection: Upgrade\r\nUpgrade: %.*s\r\n\r\n", (int)up->value.len, up->value.at);
    if (h->status < 200)
        return cr_str_addf(out, err, "\r\n");
    return cr_str_addf(out, err, "%s\r\n", c->keep ? "" : "Connection: close\r\n");
}

bool local_conn_pass_response(struct local_conn *c, const struct local_head *h)
{
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(LOCAL_HEAD_ROOM);
    struct cr_error full = {0};

    return response_text(c, h, &out, &full) == 0 && local_buffer_add(&c->to_client, out.buf, out.len);
}
