#include "gcp/upload_session.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"

enum { FAILURES = 8, FAILURES_UNREACHED = 4, FIRST_WAIT_MS = 500, MAX_WAIT_MS = 32000, CANCEL_MS = 5000 };

/* Answers that the loop below deals with itself. */
static const int handled[] = {308, 404, 408, 410, 412, 429, 500, 502, 503, 504, 0};

static int lost(struct gcp_upload *up, const char *why, struct cr_error *err)
{
    up->gone = true;
    cr_fail(err, CR_E_NET, "the upload of '%s' cannot go on: %s", up->spec->object, why);
    return cr_hint(err, "run it again: it starts from the beginning");
}

/* Without its file the upload goes on all the same, and only a crash is dear. */
static void forget_state(struct gcp_upload *up, const struct cr_error *why)
{
    cr_log("http", "not kept for another process: %s", why->msg);
    upload_state_remove(CR_STEAL(up->state));
}

static void keep_session(struct gcp_upload *up)
{
    struct cr_error why = {0};

    if (up->state && upload_state_begin(up->state, up->session, &why) < 0)
        forget_state(up, &why);
}

void upload_session_drop(struct gcp_upload *up)
{
    if (up->session)
        explicit_bzero(up->session, strlen(up->session));
    free(CR_STEAL(up->session));
}

/* What is said of the object before its bytes. New. */
static json_t *about(const struct gcp_upload_spec *spec, const char *type)
{
    json_t *body = cr_oom_check(json_pack("{s:s}", "contentType", type));

    if (spec->owner)
        json_object_set_new(body, "metadata",
                            json_pack("{s:s, s:s}", "managed-by", "crdeploy", "service", spec->owner));
    return body;
}

int upload_session_begin(struct gcp_upload *up, struct cr_error *err)
{
    static const int answers[] = {412, 0};
    const char *type = up->spec->content_type ? up->spec->content_type : "application/octet-stream";
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    CR_AUTO_FREE char *b = gcp_url_escape(up->spec->bucket), *o = gcp_url_escape(up->spec->object);
    CR_AUTO_FREE char *url = gcp_url(up->g, GCP_STORAGE, "upload/storage/v1/b/%s/o?uploadType=resumable&name=%s%s", b,
                                     o, up->spec->if_absent ? "&ifGenerationMatch=0" : "");
    const struct gcp_header headers[] = {{"X-Upload-Content-Type", type}, {0}};
    json_auto_t *body = about(up->spec, type);
    CR_AUTO_FREE char *text = cr_oom_check(json_dumps(body, JSON_COMPACT));
    const char *where;

    /* A session that nobody uses expires; so asking twice is safe. */
    if (gcp_call_answers(up->g,
                         &(struct gcp_request){.method = "POST",
                                               .url = url,
                                               .headers = headers,
                                               .content_type = "application/json; charset=UTF-8",
                                               .body = text,
                                               .body_len = strlen(text),
                                               .repeat = GCP_REPEAT_SAFE},
                         answers, &reply, "start the upload", err) < 0)
        return -1;
    if (reply.status == 412) {
        up->exists = true;
        return 0;
    }
    where = gcp_reply_header(&reply, "Location");
    if (!where || (strncmp(where, "https://", 8) != 0 && !gcp_url_loopback(where)))
        return cr_fail(err, CR_E_API, "cannot start the upload: the reply names no session");
    up->session = cr_strdup(where);
    keep_session(up);
    return 0;
}

/* The token goes along only to the very origin it is for; elsewhere the session's own secret is enough. */
static bool same_origin(const struct gcp_upload *up)
{
    const char *endpoint = up->g->endpoint[GCP_STORAGE];
    size_t n = strlen(endpoint);

    return strncmp(up->session, endpoint, n) == 0 && up->session[n] == '/';
}

static int put(struct gcp_upload *up, const char *range, size_t len, struct gcp_reply *reply, struct cr_error *err)
{
    const struct gcp_header headers[] = {{"Content-Range", range}, {0}};

    return gcp_call_answers(up->g,
                            &(struct gcp_request){.method = "PUT",
                                                  .url = up->session,
                                                  .headers = headers,
                                                  .body = len ? up->pipe.out : NULL,
                                                  .body_len = len,
                                                  .secret_url = true,
                                                  .no_auth = !same_origin(up),
                                                  .repeat = GCP_REPEAT_NEVER},
                            handled, reply, "upload", err);
}

/* How many bytes a 308 confirms: "bytes=0-N" is N + 1, no Range is none. -1: nonsense. */
static int64_t confirmed(const struct gcp_reply *reply)
{
    const char *range = gcp_reply_header(reply, "Range");
    char *end;
    long long last;

    if (!range)
        return 0;
    if (strncmp(range, "bytes=0-", 8) != 0 || range[8] < '0' || range[8] > '9')
        return -1;
    errno = 0;
    last = strtoll(range + 8, &end, 10);
    return errno || *end || last == INT64_MAX ? -1 : last + 1;
}

/* Drops from the buffer what the service says it holds. It may hold less than it was sent; never less than it confirmed
 * before, for that is no longer here. */
static int advance(struct gcp_upload *up, const struct gcp_reply *reply, struct cr_error *err)
{
    int64_t held = confirmed(reply);
    struct cr_error why = {0};
    size_t n;

    if (held < 0 || held > up->base + (int64_t)up->pipe.out_len)
        return cr_fail(err, CR_E_API, "cannot upload: the service claims a range that was never sent");
    if (held < up->base)
        return lost(up, "the service no longer holds what it confirmed", err);
    n = (size_t)(held - up->base);
    if (n) {
        upload_pipe_drop(&up->pipe, n);
        up->base = held;
        up->failures = 0;
        if (up->state && upload_state_note(up->state, held, &why) < 0)
            forget_state(up, &why);
        if (up->spec->progress)
            up->spec->progress(up->spec->ud, up->base);
    }
    return 0;
}

static int complete(struct gcp_upload *up, const struct gcp_reply *reply, bool last, struct cr_error *err)
{
    if (!last)
        return cr_fail(err, CR_E_API, "cannot upload: the service ended the object in the middle");
    up->made = json_loadb(reply->body.buf, reply->body.len, 0, NULL);
    if (!json_is_object(up->made)) {
        json_decref(up->made);
        up->made = NULL;
        return cr_fail(err, CR_E_API, "cannot upload: the reply is not a JSON object");
    }
    return 0;
}

/* Counts a failure and waits. why: what to say when it was one too many. */
static int pause_after(struct gcp_upload *up, const struct gcp_reply *reply, const struct cr_error *why,
                       struct cr_error *err)
{
    const char *after = gcp_reply_header(reply, "Retry-After");
    int max = reply->fault == GCP_FAULT_REFUSED ? FAILURES_UNREACHED : FAILURES;
    int64_t wait_ms = FIRST_WAIT_MS << (up->failures < 7 ? up->failures : 7);

    if (++up->failures >= max) {
        *err = *why;
        if (!*err->hint)
            cr_hint(err, "run it again later");
        return -1;
    }
    if (wait_ms > MAX_WAIT_MS)
        wait_ms = MAX_WAIT_MS;
    if (after && strspn(after, "0123456789") == strlen(after) && strlen(after) < 5)
        wait_ms = strtol(after, NULL, 10) * 1000L;
    up->g->http->sleep_ms(up->g->http, wait_ms);
    return cr_interrupt_check(err);
}

int upload_session_exchange(struct gcp_upload *up, bool data, bool last, bool *unsure, struct cr_error *err)
{
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    CR_AUTO_FREE char *total = last ? cr_format("%" PRId64, up->pipe.size) : cr_strdup("*");
    CR_AUTO_FREE char *range = data && up->pipe.out_len ? cr_format("bytes %" PRId64 "-%" PRId64 "/%s", up->base,
                                                                    up->base + (int64_t)up->pipe.out_len - 1, total)
                                                        : cr_format("bytes */%s", total);
    struct cr_error why = {0};
    int64_t before = up->base;

    *unsure = false;
    if (put(up, range, data ? up->pipe.out_len : 0, &reply, &why) < 0) {
        if (why.code != CR_E_NET || reply.fault == GCP_FAULT_LOCAL) {
            *err = why;
            return -1;
        }
        *unsure = true;
        return pause_after(up, &reply, &why, err);
    }
    switch (reply.status) {
    case 308:
        if (advance(up, &reply, err) < 0)
            return -1;
        if (up->base > before || !data)
            return 0;
        cr_fail(&why, CR_E_NET, "cannot upload: the service takes no bytes");
        return pause_after(up, &reply, &why, err);
    case 200:
    case 201:
        return complete(up, &reply, last, err);
    case 404:
    case 410:
        return lost(up, "the service has dropped its session", err);
    case 412:
        up->exists = true;
        return 0;
    default:
        if (reply.status < 400)
            return cr_fail(err, CR_E_API, "cannot upload: unexpected HTTP %d", reply.status);
        cr_fail(&why, CR_E_NET, "cannot upload: HTTP %d, %d times in a row", reply.status, up->failures + 1);
        *unsure = true;
        return pause_after(up, &reply, &why, err);
    }
}

/* ---- going on where an earlier process stopped ---- */

/* What its session says. *usable: the service knows it; else a new one is begun. */
static int ask_session(struct gcp_upload *up, bool *usable, struct cr_error *err)
{
    for (;;) {
        GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
        struct cr_error why = {0};
        int64_t held;

        *usable = false;
        if (put(up, "bytes */*", 0, &reply, &why) < 0) {
            if (why.code == CR_E_INTERRUPT || reply.fault == GCP_FAULT_LOCAL) {
                *err = why;
                return -1;
            }
            if (why.code != CR_E_NET)
                return 0; /* refused: a new session will say why */
        } else if (reply.status == 308) {
            held = confirmed(&reply);
            *usable = held >= 0;
            up->base = held >= 0 ? held : 0;
            return 0;
        } else if (reply.status == 200 || reply.status == 201) {
            *usable = complete(up, &reply, true, &why) == 0; /* only its last answer was not heard */
            return 0;
        } else if (reply.status < 500 && reply.status != 408 && reply.status != 429) {
            return 0;
        } else {
            cr_fail(&why, CR_E_NET, "cannot upload: HTTP %d, %d times in a row", reply.status, up->failures + 1);
        }
        if (pause_after(up, &reply, &why, err) < 0)
            return -1;
    }
}

int upload_session_resume(struct gcp_upload *up, struct cr_error *err)
{
    const char *session = up->state ? upload_state_session(up->state) : NULL;

    if (!session)
        return 0;
    up->session = cr_strdup(session);
    if (same_origin(up) && ask_session(up, &up->resumed, err) < 0)
        return -1;
    if (!up->resumed)
        upload_session_drop(up);
    else if (up->spec->resumed)
        up->spec->resumed(up->spec->ud, up->base);
    return 0;
}

void upload_session_cancel(struct gcp_upload *up)
{
    static const int answers[] = {404, 410, 499, 0};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    struct cr_error ignored = {0};

    if (!up->session || up->gone || up->exists)
        return;
    if (cr_interrupted())
        cr_interrupt_clear(); /* or the cancellation itself would be cut short */
    if (gcp_call_answers(up->g,
                         &(struct gcp_request){.method = "DELETE",
                                               .url = up->session,
                                               .secret_url = true,
                                               .no_auth = !same_origin(up),
                                               .timeout_ms = CANCEL_MS,
                                               .repeat = GCP_REPEAT_NEVER},
                         answers, &reply, "cancel the upload", &ignored) < 0)
        cr_log("http", "%s", ignored.msg); /* a session that is not cancelled expires by itself */
}
