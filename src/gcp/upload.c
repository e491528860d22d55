#include "gcp/upload.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "gcp/storage.h"

enum { FAILURES = 8, FAILURES_UNREACHED = 4, FIRST_WAIT_MS = 500, MAX_WAIT_MS = 32000, RESTARTS = 2, CANCEL_MS = 5000 };

struct gcp_upload {
    struct gcp *g;
    struct gcp_upload_spec spec;
    char *bucket, *object, *content_type;
    char *session; /* a capability: never logged whole */
    char *buf;     /* what the service does not hold yet */
    size_t have;   /* bytes in buf */
    int64_t base;  /* offset of buf[0]: what the service holds for sure */
    int64_t size;  /* pushed so far */
    uint32_t crc;  /* of what was pushed so far */
    json_t *made;  /* the object, once complete */
    bool exists;   /* if_absent: the name is taken; only the comparison is left */
    bool gone;     /* the session was lost */
    int failures;  /* in a row, without a byte of progress */
};

/* Answers that the loop below deals with itself. */
static const int handled[] = {404, 408, 410, 412, 429, 500, 502, 503, 504, 0};

static int lost(struct gcp_upload *up, const char *why, struct cr_error *err)
{
    up->gone = true;
    cr_fail(err, CR_E_NET, "the upload of '%s' cannot go on: %s", up->object, why);
    return cr_hint(err, "run it again: it starts from the beginning");
}

static int begin_session(struct gcp_upload *up, struct cr_error *err)
{
    static const int answers[] = {412, 0};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    CR_AUTO_FREE char *b = gcp_url_escape(up->bucket), *o = gcp_url_escape(up->object);
    CR_AUTO_FREE char *url = gcp_url(up->g, GCP_STORAGE, "upload/storage/v1/b/%s/o?uploadType=resumable&name=%s%s", b,
                                     o, up->spec.if_absent ? "&ifGenerationMatch=0" : "");
    const struct gcp_header headers[] = {{"X-Upload-Content-Type", up->content_type}, {0}};
    json_auto_t *body = cr_oom_check(json_pack("{s:s}", "contentType", up->content_type));
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
                                                  .body = len ? up->buf : NULL,
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
    size_t n;

    if (held < 0 || held > up->base + (int64_t)up->have)
        return cr_fail(err, CR_E_API, "cannot upload: the service claims a range that was never sent");
    if (held < up->base)
        return lost(up, "the service no longer holds what it confirmed", err);
    n = (size_t)(held - up->base);
    if (n) {
        memmove(up->buf, up->buf + n, up->have - n);
        up->have -= n;
        up->base = held;
        up->failures = 0;
        if (up->spec.progress)
            up->spec.progress(up->spec.ud, up->base);
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
    if (up->spec.progress)
        up->spec.progress(up->spec.ud, up->size);
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

/* One PUT: the buffer when `data`, else only the question how much is held. *unsure: the answer is not known, ask. */
static int exchange(struct gcp_upload *up, bool data, bool last, bool *unsure, struct cr_error *err)
{
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    CR_AUTO_FREE char *total = last ? cr_format("%" PRId64, up->size) : cr_strdup("*");
    CR_AUTO_FREE char *range = data && up->have ? cr_format("bytes %" PRId64 "-%" PRId64 "/%s", up->base,
                                                            up->base + (int64_t)up->have - 1, total)
                                                : cr_format("bytes */%s", total);
    struct cr_error why = {0};
    int64_t before = up->base;

    *unsure = false;
    if (put(up, range, data ? up->have : 0, &reply, &why) < 0) {
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

/* Sends until there is room in the buffer again, or, with `last`, until the object is complete. */
static int drain(struct gcp_upload *up, bool last, struct cr_error *err)
{
    bool unsure = false;

    while (!up->exists && !up->made && (last || up->have == up->spec.chunk))
        if (exchange(up, !unsure, last, &unsure, err) < 0)
            return -1;
    return 0;
}

int gcp_upload_begin(struct gcp *g, const struct gcp_upload_spec *spec, struct gcp_upload **out, struct cr_error *err)
{
    struct gcp_upload *up = cr_calloc(1, sizeof(*up));

    up->g = g;
    up->spec = *spec;
    up->bucket = cr_strdup(spec->bucket);
    up->object = cr_strdup(spec->object);
    up->content_type = cr_strdup(spec->content_type ? spec->content_type : "application/octet-stream");
    if (!up->spec.chunk)
        up->spec.chunk = GCP_UPLOAD_CHUNK;
    up->spec.chunk -= up->spec.chunk % GCP_UPLOAD_UNIT;
    if (!up->spec.chunk)
        up->spec.chunk = GCP_UPLOAD_UNIT;
    if (begin_session(up, err) < 0) {
        gcp_upload_abort(up);
        return -1;
    }
    up->buf = cr_malloc(up->spec.chunk);
    if (up->spec.progress)
        up->spec.progress(up->spec.ud, 0);
    *out = up;
    return 0;
}

int gcp_upload_write(struct gcp_upload *up, const void *bytes, size_t n, struct cr_error *err)
{
    const char *from = bytes;

    up->crc = cr_crc32c(up->crc, bytes, n);
    up->size += (int64_t)n;
    while (n && !up->exists) {
        size_t room = up->spec.chunk - up->have, take = n < room ? n : room;

        memcpy(up->buf + up->have, from, take);
        up->have += take;
        from += take;
        n -= take;
        /* A full chunk waits for one more byte, so that the last one always says the total. */
        if (n && drain(up, false, err) < 0)
            return -1;
    }
    return cr_interrupt_check(err);
}

static bool same(const json_t *object, int64_t size, uint32_t crc)
{
    const char *said_size = json_string_value(json_object_get(object, "size"));
    const char *said_crc = json_string_value(json_object_get(object, "crc32c"));
    char want[9];

    cr_crc32c_base64(crc, want);
    return said_size && said_crc && strtoll(said_size, NULL, 10) == size && strcmp(said_crc, want) == 0;
}

/* What is there was not made by this session: the same content will do. */
static int compare_existing(struct gcp_upload *up, struct cr_error *err)
{
    json_t *meta = NULL;

    if (gcp_object_get(up->g, up->bucket, up->object, &meta, err) < 0)
        return -1;
    if (meta && same(meta, up->size, up->crc)) {
        up->made = meta;
        return 0;
    }
    json_decref(meta);
    cr_fail(err, CR_E_API, "'gs://%s/%s' is there already, with other content", up->bucket, up->object);
    return cr_hint(err, "delete it: gcloud storage rm gs://%.200s/%.200s", up->bucket, up->object);
}

static int verify(struct gcp_upload *up, struct cr_error *err)
{
    const char *generation = json_string_value(json_object_get(up->made, "generation"));
    struct cr_error ignored = {0};

    if (same(up->made, up->size, up->crc))
        return 0;
    /* Nobody must build from it. Failing to delete it changes nothing about what is said. */
    if (generation && gcp_object_delete(up->g, up->bucket, up->object, generation, &ignored) < 0)
        cr_fail(err, CR_E_NET, "the object arrived damaged, and could not be deleted: %.200s", ignored.msg);
    else
        cr_fail(err, CR_E_NET, "the object arrived damaged: its checksum differs");
    json_decref(up->made);
    up->made = NULL;
    return cr_hint(err, "run it again");
}

int gcp_upload_end(struct gcp_upload *up, json_t **object, struct cr_error *err)
{
    if (drain(up, true, err) < 0 || (up->exists && compare_existing(up, err) < 0))
        return -1;
    free(up->session); /* used up: nothing to cancel */
    up->session = NULL;
    if (verify(up, err) < 0)
        return -1;
    *object = CR_STEAL(up->made);
    return 0;
}

void gcp_upload_abort(struct gcp_upload *up)
{
    static const int answers[] = {404, 410, 499, 0};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    struct cr_error ignored = {0};

    if (!up)
        return;
    if (up->session && !up->gone && !up->exists) {
        bool interrupted = cr_interrupted();

        if (interrupted)
            cr_interrupt_clear(); /* or the cancellation itself would be cut short */
        if (gcp_call_answers(up->g,
                             &(struct gcp_request){.method = "DELETE",
                                                   .url = up->session,
                                                   .secret_url = true,
                                                   .no_auth = !same_origin(up),
                                                   .timeout_ms = CANCEL_MS,
                                                   .repeat = GCP_REPEAT_NEVER},
                             answers, &reply, "cancel the upload", &ignored) < 0)
            ignored.code = CR_OK; /* a session that is not cancelled expires by itself */
    }
    if (up->session)
        explicit_bzero(up->session, strlen(up->session));
    free(up->session);
    free(up->bucket);
    free(up->object);
    free(up->content_type);
    free(up->buf);
    json_decref(up->made);
    free(up);
}

int gcp_upload(struct gcp *g, const struct gcp_upload_spec *spec, gcp_upload_producer *produce, void *ud,
               json_t **object, struct cr_error *err)
{
    for (int i = 0;; i++) {
        struct gcp_upload *up = NULL;
        struct cr_error why = {0};
        bool again;
        int rc;

        if (gcp_upload_begin(g, spec, &up, err) < 0)
            return -1;
        rc = produce(ud, up, &why) < 0 || gcp_upload_end(up, object, &why) < 0 ? -1 : 0;
        again = rc < 0 && up->gone && why.code != CR_E_INTERRUPT && i < RESTARTS;
        gcp_upload_abort(up);
        if (again)
            continue;
        if (rc < 0)
            *err = why;
        return rc;
    }
}
