#include "local/message.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"

void local_pairs_add(struct local_pairs *p, const char *name, const char *value)
{
    p->row = cr_realloc(p->row, (p->len + 1) * sizeof(*p->row));
    p->row[p->len++] = (struct local_pair){cr_strdup(name), cr_strdup(value ? value : "")};
}

const char *local_pairs_get(const struct local_pairs *p, const char *name)
{
    for (size_t i = 0; i < p->len; i++)
        if (strcasecmp(p->row[i].name, name) == 0)
            return p->row[i].value;
    return NULL;
}

void local_pairs_clear(struct local_pairs *p)
{
    for (size_t i = 0; i < p->len; i++) {
        free(p->row[i].name);
        free(p->row[i].value);
    }
    free(p->row);
    *p = (struct local_pairs){0};
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *local_decode(const char *text, size_t len, bool plus)
{
    char *out = cr_malloc(len + 1);
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '%') {
            if (len - i < 3)
                goto bad;
            if (hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0)
                goto bad;
            c = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        if (!c)
            goto bad;
        out[n++] = c;
    }
    out[n] = '\0';
    return out;
bad:
    free(out);
    return NULL;
}

char *local_encode(const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = cr_malloc(strlen(text) * 3 + 1), *o = out;

    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c)) {
            *o++ = (char)c;
        } else {
            *o++ = '%';
            *o++ = digits[c >> 4];
            *o++ = digits[c & 15];
        }
    }
    *o = '\0';
    return out;
}

static void add_query(struct local_request *rq, const char *query)
{
    while (*query) {
        size_t len = strcspn(query, "&"), eq = strcspn(query, "=&");
        char *name = local_decode(query, eq, true);
        char *value = eq < len ? local_decode(query + eq + 1, len - eq - 1, true) : cr_strdup("");

        if (name && value && *name)
            local_pairs_add(&rq->query, name, value);
        free(name);
        free(value);
        query += len + (query[len] == '&');
    }
}

/* Cuts scheme and authority off a target in absolute form; what is left may lack its path. */
static const char *take_authority(struct local_request *rq, const char *target)
{
    size_t scheme = strncasecmp(target, "http://", 7) == 0 ? 7 : strncasecmp(target, "https://", 8) == 0 ? 8 : 0;
    size_t n = scheme ? strcspn(target + scheme, "/?") : 0;

    if (scheme)
        rq->authority = cr_strndup(target + scheme, n);
    return target + scheme + n;
}

void local_request_init(struct local_request *rq, const char *method, const char *target)
{
    const char *origin;
    size_t len;

    *rq = (struct local_request){.sink = -1, .sink_max = -1};
    origin = take_authority(rq, target);
    len = strcspn(origin, "?");
    rq->method = cr_strdup(method);
    rq->path = rq->authority && !len ? cr_strdup("/") : cr_strndup(origin, len);
    if (origin[len] == '?')
        add_query(rq, origin + len + 1);
}

void local_request_clear(struct local_request *rq)
{
    free(rq->method);
    free(rq->path);
    free(rq->authority);
    local_pairs_clear(&rq->query);
    local_pairs_clear(&rq->headers);
    for (int i = 0; i < LOCAL_ARGS; i++)
        free(rq->arg[i]);
    json_decref(rq->body);
    free(rq->text);
    free(rq->hold);
    free(rq->fail);
    free(rq->caller);
    if (rq->sink >= 0)
        close(rq->sink);
    *rq = (struct local_request){.sink = -1};
}

void local_reply_init(struct local_reply *rp)
{
    *rp = (struct local_reply){.fd = -1};
}

void local_reply_clear(struct local_reply *rp)
{
    json_decref(rp->json);
    free(rp->text);
    if (rp->fd >= 0)
        close(rp->fd);
    local_pairs_clear(&rp->headers);
    local_reply_init(rp);
}

const char *local_query(const struct local_request *rq, const char *name)
{
    return local_pairs_get(&rq->query, name);
}

bool local_query_true(const struct local_request *rq, const char *name)
{
    const char *value = local_query(rq, name);

    return value && strcasecmp(value, "true") == 0;
}

const char *local_header(const struct local_request *rq, const char *name)
{
    return local_pairs_get(&rq->headers, name);
}

void local_reply_json(struct local_reply *rp, int status, json_t *json)
{
    local_reply_clear(rp);
    rp->status = status;
    rp->json = json;
}

void local_reply_text(struct local_reply *rp, int status, const char *type, const char *text)
{
    local_reply_clear(rp);
    rp->status = status;
    rp->type = type;
    rp->text = cr_strdup(text);
    rp->text_len = strlen(text);
}

void local_reply_empty(struct local_reply *rp, int status)
{
    local_reply_text(rp, status, NULL, "");
}

/* Source: google/rpc/code.proto and its mapping to HTTP. */
static const struct {
    const char *name;
    int http;
} statuses[] = {
    {"CANCELLED", 499},           {"UNKNOWN", 500},         {"INVALID_ARGUMENT", 400},
    {"DEADLINE_EXCEEDED", 504},   {"NOT_FOUND", 404},       {"ALREADY_EXISTS", 409},
    {"PERMISSION_DENIED", 403},   {"UNAUTHENTICATED", 401}, {"RESOURCE_EXHAUSTED", 429},
    {"FAILED_PRECONDITION", 400}, {"ABORTED", 409},         {"OUT_OF_RANGE", 400},
    {"UNIMPLEMENTED", 501},       {"INTERNAL", 500},        {"UNAVAILABLE", 503},
    {"DATA_LOSS", 500},
};

int local_status_http(const char *status)
{
    for (size_t i = 0; i < CR_LEN(statuses); i++)
        if (strcmp(status, statuses[i].name) == 0)
            return statuses[i].http;
    return 500;
}

/* A message may quote what a client sent, and that may be no UTF-8; jansson would give NULL for it. */
static json_t *text_json(const char *text)
{
    json_t *json = json_string(text);

    return json ? json : json_string("the request holds bytes that are not UTF-8");
}

void local_refuse(struct local_reply *rp, const char *status, const char *fmt, ...)
{
    va_list ap;
    char *text;
    int http = local_status_http(status);

    va_start(ap, fmt);
    text = cr_vformat(fmt, ap);
    va_end(ap);
    local_reply_json(
        rp, http,
        json_pack("{s:{s:i, s:o, s:s}}", "error", "code", http, "message", text_json(text), "status", status));
    free(text);
}

void local_refuse_fields(struct local_reply *rp, const char *message, json_t *violations)
{
    local_reply_json(rp, 400,
                     json_pack("{s:{s:i, s:o, s:s, s:[{s:s, s:o}]}}", "error", "code", 400, "message",
                               text_json(message), "status", "INVALID_ARGUMENT", "details", "@type",
                               "type.googleapis.com/google.rpc.BadRequest", "fieldViolations", violations));
}

void local_refuse_storage(struct local_reply *rp, int status, const char *reason, const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = cr_vformat(fmt, ap);
    va_end(ap);
    local_reply_json(rp, status,
                     json_pack("{s:{s:i, s:o, s:[{s:o, s:s, s:s}]}}", "error", "code", status, "message",
                               text_json(text), "errors", "message", text_json(text), "domain", "global", "reason",
                               reason));
    free(text);
}
