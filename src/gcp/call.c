#include "gcp/call.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "gcp/api_error.h"

enum {
    ATTEMPTS = 8,           /* with answers that say "later": about a minute of waiting */
    ATTEMPTS_UNREACHED = 4, /* with none at all: the user's own network is the likelier cause */
    FIRST_WAIT_MS = 500,
    MAX_WAIT_MS = 32000,
    DEADLINE_MS = 600000,
    MAX_HEADERS = 12,
};

int gcp_call_once(struct gcp *g, const char *url, const json_t *body, const char *what, json_t **json,
                  struct cr_error *why, struct cr_error *err)
{
    static const int unsure[] = {408, 429, 500, 502, 503, 504, 0};
    CR_AUTO_FREE char *text = cr_oom_check(json_dumps(body, JSON_COMPACT));
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;

    if (gcp_call_answers(g,
                         &(struct gcp_request){.method = "POST",
                                               .url = url,
                                               .content_type = "application/json",
                                               .body = text,
                                               .body_len = strlen(text),
                                               .repeat = GCP_REPEAT_NEVER},
                         unsure, &reply, what, why) < 0) {
        if (reply.fault == GCP_FAULT_BROKEN || reply.fault == GCP_FAULT_TIMEOUT)
            return 0;
        *err = *why;
        return -1;
    }
    if (reply.status >= 400) {
        gcp_api_error(reply.status, reply.body.buf, reply.body.len, what, why);
        return 0;
    }
    *json = json_loadb(reply.body.buf, reply.body.len, 0, NULL);
    return *json ? 0 : cr_fail(err, CR_E_API, "cannot %s: the reply is not JSON", what);
}

char *gcp_url(const struct gcp *g, enum gcp_api api, const char *fmt, ...)
{
    CR_AUTO_FREE char *path = NULL;
    va_list ap;

    va_start(ap, fmt);
    path = cr_vformat(fmt, ap);
    va_end(ap);
    return cr_format("%s/%s", g->endpoint[api], path);
}

/* The headers whose values a trace may show; everything else may be a secret, now or later. */
static bool may_trace(const char *name)
{
    static const char *const allowed[] = {"content-type", "content-range", "content-length",      "range",
                                          "retry-after",  "etag",          "x-goog-user-project", "date"};

    for (size_t i = 0; i < CR_LEN(allowed); i++)
        if (strcasecmp(name, allowed[i]) == 0)
            return true;
    return false;
}

static void trace_request(const struct gcp_request *req, const struct gcp_header *headers)
{
    size_t shown = req->secret_url ? strcspn(req->url, "?") : strlen(req->url);

    if (!cr_log_on("http"))
        return;
    cr_log("http", "> %s %.*s%s", req->method, (int)shown, req->url, req->url[shown] ? "?..." : "");
    for (const struct gcp_header *h = headers; h->name; h++)
        if (may_trace(h->name))
            cr_log("http", "> %s: %s", h->name, h->value);
}

static void trace_reply(const struct gcp_reply *reply)
{
    const char *end = reply->head.buf + reply->head.len;

    if (!cr_log_on("http"))
        return;
    cr_log("http", "< %d in %lld ms, %zu bytes", reply->status, (long long)reply->total_ms, reply->body.len);
    for (const char *at = reply->head.buf; at < end;) {
        const char *value = at + strlen(at) + 1;

        if (may_trace(at))
            cr_log("http", "< %s: %s", at, value);
        at = value + strlen(value) + 1;
    }
    if (reply->status >= 400)
        cr_log("http", "< %.2000s", reply->body.buf);
}

static bool repeatable(const struct gcp_request *req)
{
    if (req->source && !req->source->rewind)
        return false;
    switch (req->repeat) {
    case GCP_REPEAT_SAFE:
        return true;
    case GCP_REPEAT_IF_PRECONDITION:
        return strstr(req->url, "ifGenerationMatch=") || strstr(req->url, "ifMetagenerationMatch=") ||
               strstr(req->url, "etag=");
    case GCP_REPEAT_BY_METHOD:
        return strcmp(req->method, "GET") == 0 || strcmp(req->method, "HEAD") == 0;
    default:
        return false;
    }
}

static bool listed(int status, const int *list)
{
    for (; list && *list; list++)
        if (*list == status)
            return true;
    return false;
}

/* A quarter more or less, so that many clients do not come back at the same moment. */
static int64_t jitter(int64_t ms)
{
    uint32_t random = 0;

    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
        return ms;
    return ms - ms / 4 + (int64_t)(random % (uint64_t)(ms / 2 + 1));
}

/* google.rpc.RetryInfo in the body of an error: "30s", "1.5s"; milliseconds, or 0. */
static int64_t retry_info(const struct gcp_reply *reply)
{
    json_auto_t *doc = json_loadb(reply->body.buf, reply->body.len, 0, NULL);
    const json_t *details = json_object_get(json_object_get(doc, "error"), "details"), *row;
    size_t i;

    json_array_foreach(details, i, row)
    {
        const char *delay = json_string_value(json_object_get(row, "retryDelay"));
        char *end;
        double s = delay ? strtod(delay, &end) : 0;

        if (delay && end != delay && strcmp(end, "s") == 0 && s > 0 && s <= 86400)
            return (int64_t)(s * 1000);
    }
    return 0;
}

/* Milliseconds that the service asked for, or 0. */
static int64_t retry_after(const struct gcp_reply *reply)
{
    const char *value = gcp_reply_header(reply, "Retry-After");
    char *end;
    long s;

    if (!value)
        return retry_info(reply);
    s = strtol(value, &end, 10);
    return end == value || *end || s < 0 || s > 86400 ? 0 : s * 1000L; /* a date is not used by Google: then our own */
}

/* One exchange with token and quota project. */
static int send_once(struct gcp *g, const struct gcp_request *req, const char *token, struct gcp_reply *reply,
                     struct cr_error *err)
{
    CR_AUTO_FREE char *bearer = NULL;
    struct gcp_header headers[MAX_HEADERS + 3] = {{0}};
    struct gcp_request full = *req;
    size_t n = 0;
    int rc;

    for (const struct gcp_header *h = req->headers; h && h->name && n < MAX_HEADERS; h++)
        headers[n++] = *h;
    if (token) {
        bearer = cr_format("Bearer %s", token);
        headers[n++] = (struct gcp_header){"Authorization", bearer};
        if (g->quota_project)
            headers[n++] = (struct gcp_header){"x-goog-user-project", g->quota_project};
    }
    full.headers = headers;
    trace_request(req, headers);
    gcp_reply_reset(reply);
    rc = g->http->send(g->http, &full, reply, err);
    if (bearer)
        explicit_bzero(bearer, strlen(bearer));
    if (rc == 0)
        trace_reply(reply);
    else
        cr_log("http", "< none: %s", err->msg);
    return rc;
}

/* The token to send, or NULL. Refuses to let one travel in the clear. */
static int token_for(struct gcp *g, const struct gcp_request *req, bool fresh, const char **token, struct cr_error *err)
{
    *token = NULL;
    if (req->no_auth)
        return 0;
    if (strncasecmp(req->url, "https://", 8) != 0 && !gcp_url_loopback(req->url)) {
        cr_fail(err, CR_E_USAGE, "'%.*s' is plain http, where a token would travel unencrypted",
                (int)strcspn(req->url, "?"), req->url);
        return cr_hint(err, "use an https:// address");
    }
    return g->auth->token(g->auth, fresh, token, err);
}

struct tries {
    int n;
    int64_t wait_ms, end_ms;
};

/* Waits before the next try. -1: there is none left, err untouched; or -1 with err on Ctrl-C. */
static int wait_more(struct gcp *g, struct tries *t, int max, int64_t asked_ms, struct cr_error *err)
{
    int64_t ms = asked_ms ? asked_ms : jitter(t->wait_ms);

    if (++t->n >= max || cr_now_ms() + ms > t->end_ms)
        return -1;
    t->wait_ms = t->wait_ms * 2 > MAX_WAIT_MS ? MAX_WAIT_MS : t->wait_ms * 2;
    cr_log("http", "waiting %lld ms before try %d", (long long)ms, t->n + 1);
    g->http->sleep_ms(g->http, ms);
    return cr_interrupt_check(err);
}

static bool later(int status)
{
    return status == 408 || status == 429 || status >= 500;
}

/* No status came back: 0 to try again. */
static int after_failure(struct gcp *g, const struct gcp_request *req, const struct gcp_reply *reply, struct tries *t,
                         const char *what, struct cr_error *err)
{
    bool unreached = reply->fault == GCP_FAULT_REFUSED || reply->fault == GCP_FAULT_NOT_SENT;
    struct cr_error why = *err;
    int max = unreached ? ATTEMPTS_UNREACHED : ATTEMPTS;

    if (reply->fault == GCP_FAULT_REFUSED && gcp_url_loopback(req->url))
        max = 0; /* nobody starts to listen on this machine by being asked again */
    if (reply->fault != GCP_FAULT_LOCAL && (unreached || repeatable(req)) && max) {
        *err = (struct cr_error){0};
        if (wait_more(g, t, max, 0, err) == 0)
            return 0;
        if (err->code)
            return -1; /* Ctrl-C while waiting */
        *err = why;
    }
    if (reply->fault == GCP_FAULT_REFUSED && !*err->hint)
        cr_hint(err, "check the address and that something listens there");
    if (err->code == CR_E_NET)
        return t->n > 1 ? cr_wrap(err, "cannot %s (%d tries)", what, t->n) : cr_wrap(err, "cannot %s", what);
    return -1;
}

/* A status of 300 or more that nobody expects: 0 to try again. */
static int after_refusal(struct gcp *g, const struct gcp_request *req, const struct gcp_reply *reply, struct tries *t,
                         const char *what, struct cr_error *err)
{
    if (later(reply->status) && repeatable(req)) {
        struct cr_error stop = {0};

        if (wait_more(g, t, ATTEMPTS, retry_after(reply), &stop) == 0)
            return 0;
        if (stop.code) {
            *err = stop;
            return -1;
        }
    }
    gcp_api_refused(reply, what, err);
    if (t->n > 1)
        return cr_wrap(err, "after %d tries", t->n);
    return -1;
}

/* 401: 0 with another token in *token, when there is one. */
static int renew(struct gcp *g, const struct gcp_request *req, const struct gcp_reply *reply, const char **token,
                 const char *what, struct cr_error *err)
{
    struct cr_error none = {0};

    if (!(req->source && !req->source->rewind) && token_for(g, req, true, token, &none) == 0)
        return 0;
    gcp_api_refused(reply, what, err);
    if (*none.hint)
        cr_hint(err, "%s", none.hint); /* the source of the token knows best how to get another */
    return -1;
}

/* 403 because of a quota project that nobody asked for: true when the call is worth sending without it. */
static bool drop_quota(struct gcp *g, const struct gcp_request *req, const struct gcp_reply *reply)
{
    if (reply->status != 403 || !g->quota_project || !g->quota_guess || (req->source && !req->source->rewind) ||
        (!strstr(reply->body.buf, "USER_PROJECT_DENIED") && !strstr(reply->body.buf, "UserProjectAccessDenied")))
        return false;
    cr_log("http", "the project '%s' refuses its quota: going on without", g->quota_project);
    free(g->quota_project);
    g->quota_project = NULL;
    return true;
}

static int rewind_source(const struct gcp_request *req, struct cr_error *err)
{
    return req->source && req->source->rewind ? req->source->rewind(req->source->ud, err) : 0;
}

int gcp_call_answers(struct gcp *g, const struct gcp_request *req, const int *answers, struct gcp_reply *reply,
                     const char *what, struct cr_error *err)
{
    struct tries t = {.wait_ms = FIRST_WAIT_MS, .end_ms = cr_now_ms() + DEADLINE_MS};
    bool renewed = req->no_auth;
    const char *token;

    if (token_for(g, req, false, &token, err) < 0)
        return cr_wrap(err, "cannot %s", what);
    for (bool first = true;; first = false) {
        struct cr_error why = {0};

        if (!first && rewind_source(req, err) < 0)
            return -1;
        if (send_once(g, req, token, reply, &why) < 0) {
            if (after_failure(g, req, reply, &t, what, &why) == 0)
                continue;
            *err = why;
            return -1;
        }
        if (drop_quota(g, req, reply))
            continue;
        if (reply->status < 300 || listed(reply->status, answers) || (reply->status == 404 && req->missing_ok))
            return 0;
        if (reply->status == 401 && !renewed) {
            renewed = true;
            if (renew(g, req, reply, &token, what, err) < 0)
                return -1;
        } else if (after_refusal(g, req, reply, &t, what, err) < 0) {
            return -1;
        }
    }
}

int gcp_call(struct gcp *g, const struct gcp_request *req, struct gcp_reply *reply, const char *what,
             struct cr_error *err)
{
    return gcp_call_answers(g, req, NULL, reply, what, err);
}

int gcp_call_json(struct gcp *g, const struct gcp_request *req, const json_t *body, json_t **json, const char *what,
                  struct cr_error *err)
{
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    CR_AUTO_FREE char *text = body ? cr_oom_check(json_dumps(body, JSON_COMPACT)) : NULL;
    struct gcp_request full = *req;
    json_t *parsed = NULL;

    if (text) {
        full.body = text;
        full.body_len = strlen(text);
        full.content_type = "application/json";
    }
    if (gcp_call(g, &full, &reply, what, err) < 0)
        return -1;
    if (reply.status != 404) {
        parsed = reply.body.len ? json_loadb(reply.body.buf, reply.body.len, 0, NULL) : json_object();
        if (!json_is_object(parsed)) {
            json_decref(parsed);
            cr_fail(err, CR_E_API, "cannot %s: the reply is not a JSON object", what);
            return cr_hint(err, "see it with --debug http; an address that is overridden may lead elsewhere");
        }
    }
    *json = parsed; /* set only on success */
    return 0;
}
