#include "gcp/build_log.h"

#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gcp/json.h"
#include "gcp/logging.h"

enum { PART = 1 << 20, MAX_WHOLE = 32 << 20, QUOTA_MS = 3000, BUSY_MS = 1000, LAST_TRIES = 3, END_ENTRIES = 200 };

void gcp_build_log_clear(struct gcp_build_log *log)
{
    free(log->seen);
    json_decref(log->ids);
    log->seen = NULL;
    log->ids = NULL;
}

/* A queued build may not have its bucket yet: the place stays unknown, and the next look decides. */
static void decide(struct gcp_build_log *log, const json_t *build)
{
    const char *mode = gcp_text_at(json_object_get(build, "options"), "logging");

    if (strcmp(mode, "NONE") == 0)
        log->place = GCP_BUILD_LOG_NOWHERE;
    else if (strcmp(mode, "CLOUD_LOGGING_ONLY") == 0 || strcmp(mode, "STACKDRIVER_ONLY") == 0)
        log->place = GCP_BUILD_LOG_ENTRIES;
    else if (*gcp_text_at(build, "logsBucket"))
        log->place = GCP_BUILD_LOG_OBJECT;
}

/* "[gs://]BUCKET[/DIR]" and the build's id as the URL of the log object. New. */
static char *object_url(const struct gcp *g, const json_t *build)
{
    const char *bucket = gcp_text_at(build, "logsBucket"), *slash, *dir;
    CR_AUTO_FREE char *name = NULL, *object = NULL, *b = NULL, *o = NULL;

    if (strncmp(bucket, "gs://", 5) == 0)
        bucket += 5;
    slash = strchr(bucket, '/');
    dir = slash && slash[1] ? slash + 1 : "";
    name = cr_strndup(bucket, strcspn(bucket, "/"));
    object = cr_format("%s%slog-%s.txt", dir, *dir && dir[strlen(dir) - 1] != '/' ? "/" : "", gcp_text_at(build, "id"));
    b = gcp_url_escape(name);
    o = gcp_url_escape(object);
    return gcp_url(g, GCP_STORAGE, "storage/v1/b/%s/o/%s?alt=media", b, o);
}

/* The default writes to both places, so who may not read the one may still read the other; but only from the start, or
 * lines would be shown twice. */
static void give_up(struct gcp_build_log *log, const json_t *build, const struct cr_error *why)
{
    const char *mode = gcp_text_at(json_object_get(build, "options"), "logging");
    CR_AUTO_FREE char *note = NULL;

    cr_log("build", "%s", why->msg);
    if (log->place == GCP_BUILD_LOG_OBJECT && !log->cursor && strcmp(mode, "GCS_ONLY") != 0) {
        log->place = GCP_BUILD_LOG_ENTRIES;
        return;
    }
    log->place = GCP_BUILD_LOG_NOWHERE;
    note = cr_format("the build's log cannot be read (%s); the build goes on without it", why->msg);
    if (log->on_note)
        log->on_note(log->ud, note);
}

enum answer { NOTHING, BUSY, SOME, MORE };

/* A part of the object. Trouble is not an error: the next look asks again from the same place. */
static int read_part(struct gcp *g, struct gcp_build_log *log, const json_t *build, const char *range,
                     enum answer *answer, struct cr_error *err)
{
    static const int answers[] = {404, 408, 416, 429, 500, 502, 503, 504, 0};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(MAX_WHOLE);
    CR_AUTO_FREE char *url = object_url(g, build);
    const struct gcp_header headers[] = {{"Range", range}, {0}};
    struct cr_error why = {0};
    size_t skip;

    *answer = BUSY;
    if (gcp_call_answers(
            g, &(struct gcp_request){.method = "GET", .url = url, .headers = headers, .repeat = GCP_REPEAT_NEVER},
            answers, &reply, "read the build's log", &why) < 0) {
        if (why.code == CR_E_INTERRUPT) {
            *err = why;
            return -1;
        }
        if (why.code != CR_E_NET) /* not allowed, or too much */
            give_up(log, build, &why);
        return 0;
    }
    if (reply.status == 404 || reply.status == 416) /* not there yet, or nothing new */
        *answer = NOTHING;
    if (reply.status >= 400)
        return 0;
    /* 200 is the whole object: a service that does not know ranges. */
    skip = reply.status == 206 ? 0 : (size_t)log->cursor;
    *answer = SOME;
    if (reply.body.len > skip) {
        log->on_log(log->ud, reply.body.buf + skip, reply.body.len - skip);
        log->cursor += (int64_t)(reply.body.len - skip);
        if (reply.status == 206 && reply.body.len == PART)
            *answer = MORE;
    }
    return 0;
}

/* The object, to its end as it is now. */
static int read_object(struct gcp *g, struct gcp_build_log *log, const json_t *build, bool last, struct cr_error *err)
{
    int tries = last ? LAST_TRIES : 1;

    while (log->place == GCP_BUILD_LOG_OBJECT) {
        CR_AUTO_FREE char *range = cr_format("bytes=%" PRId64 "-%" PRId64, log->cursor, log->cursor + PART - 1);
        enum answer answer;

        if (read_part(g, log, build, range, &answer, err) < 0)
            return -1;
        if (answer == MORE)
            continue;
        if (answer != BUSY || --tries <= 0)
            return 0;
        if (log->place == GCP_BUILD_LOG_OBJECT)
            g->http->sleep_ms(g->http, BUSY_MS);
    }
    return 0;
}

/* What was written last comes into Cloud Logging a little later than the build's end. */
static int read_entries(struct gcp *g, struct gcp_build_log *log, const json_t *build, const char *name, bool last,
                        struct cr_error *err)
{
    int tries = last ? LAST_TRIES : 1;

    if (!last && cr_now_ms() < log->next_ms)
        return 0;
    while (log->place == GCP_BUILD_LOG_ENTRIES) {
        struct cr_error why = {0};
        bool refused = false;

        log->next_ms = cr_now_ms() + QUOTA_MS;
        if (gcp_build_log_entries(g, log, build, name, &refused, &why) < 0) {
            if (why.code == CR_E_INTERRUPT) {
                *err = why;
                return -1;
            }
            if (refused)
                give_up(log, build, &why);
        }
        if (log->complete || --tries <= 0)
            return 0;
        if (log->place == GCP_BUILD_LOG_ENTRIES)
            g->http->sleep_ms(g->http, QUOTA_MS);
    }
    return 0;
}

int gcp_build_log_read(struct gcp *g, struct gcp_build_log *log, const json_t *build, const char *name, bool last,
                       struct cr_error *err)
{
    if (log->place == GCP_BUILD_LOG_UNKNOWN)
        decide(log, build);
    if (log->place == GCP_BUILD_LOG_OBJECT && read_object(g, log, build, last, err) < 0)
        return -1;
    return log->place == GCP_BUILD_LOG_ENTRIES ? read_entries(g, log, build, name, last, err) : 0;
}

int gcp_build_log_end(struct gcp *g, struct gcp_build_log *log, const json_t *build, const char *name,
                      struct cr_error *err)
{
    enum answer answer;

    decide(log, build);
    if (log->place == GCP_BUILD_LOG_OBJECT && read_part(g, log, build, "bytes=-65536", &answer, err) < 0)
        return -1;
    return log->place == GCP_BUILD_LOG_ENTRIES ? gcp_build_log_last_entries(g, log, build, name, END_ENTRIES, err) : 0;
}
