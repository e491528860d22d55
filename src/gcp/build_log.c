#include "gcp/build_log.h"

#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gcp/logging.h"

enum { PART = 1 << 20, MAX_WHOLE = 32 << 20, QUOTA_MS = 3000 };

void gcp_build_log_clear(struct gcp_build_log *log)
{
    free(log->seen);
    log->seen = NULL;
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return s ? s : "";
}

/* Where the log is: an object, Cloud Logging, or nowhere. */
static void decide(struct gcp_build_log *log, const json_t *build)
{
    const char *mode = text_at(json_object_get(build, "options"), "logging");

    log->decided = true;
    log->stopped = strcmp(mode, "NONE") == 0;
    log->object = strcmp(mode, "CLOUD_LOGGING_ONLY") != 0 && strcmp(mode, "STACKDRIVER_ONLY") != 0;
    if (log->object && strncmp(text_at(build, "logsBucket"), "gs://", 5) != 0)
        log->decided = log->stopped; /* a queued build may not have its bucket yet: look again */
}

/* "gs://BUCKET[/DIR]" and the build's id as the URL of the log object. New. */
static char *object_url(const struct gcp *g, const json_t *build)
{
    const char *bucket = text_at(build, "logsBucket") + 5, *slash = strchr(bucket, '/');
    CR_AUTO_FREE char *name = slash ? cr_strndup(bucket, (size_t)(slash - bucket)) : cr_strdup(bucket);
    const char *dir = slash && slash[1] ? slash + 1 : "";
    CR_AUTO_FREE char *object =
        cr_format("%s%slog-%s.txt", dir, *dir && dir[strlen(dir) - 1] != '/' ? "/" : "", text_at(build, "id"));
    CR_AUTO_FREE char *b = gcp_url_escape(name), *o = gcp_url_escape(object);

    return gcp_url(g, GCP_STORAGE, "storage/v1/b/%s/o/%s?alt=media", b, o);
}

/* A part of the object. *more: it was a full part, so there may be another. Trouble is not an error: the next look
 * asks again from the same place. */
static int read_part(struct gcp *g, struct gcp_build_log *log, const char *url, bool *more, struct cr_error *err)
{
    static const int answers[] = {404, 408, 416, 429, 500, 502, 503, 504, 0};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(MAX_WHOLE);
    CR_AUTO_FREE char *range = cr_format("bytes=%" PRId64 "-%" PRId64, log->cursor, log->cursor + PART - 1);
    const struct gcp_header headers[] = {{"Range", range}, {0}};
    struct cr_error why = {0};
    size_t skip;

    *more = false;
    if (gcp_call_answers(
            g, &(struct gcp_request){.method = "GET", .url = url, .headers = headers, .repeat = GCP_REPEAT_NEVER},
            answers, &reply, "read the build's log", &why) < 0) {
        if (why.code == CR_E_INTERRUPT) {
            *err = why;
            return -1;
        }
        log->stopped = why.code != CR_E_NET; /* not allowed, or too much: the build goes on without it */
        cr_log("build", "%s", why.msg);
        return 0;
    }
    if (reply.status >= 400)
        return 0; /* not there yet, nothing new, or busy */
    /* 200 is the whole object: a service that does not know ranges. */
    skip = reply.status == 206 ? 0 : (size_t)log->cursor;
    if (reply.body.len > skip) {
        log->on_log(log->ud, reply.body.buf + skip, reply.body.len - skip);
        log->cursor += (int64_t)(reply.body.len - skip);
        *more = reply.status == 206 && reply.body.len == PART;
    }
    return 0;
}

/* Orders "2026-01-02T03:04:05.678Z" texts whose fractions differ in length: to the second, then digit by digit. */
static int compare_times(const char *a, const char *b)
{
    int c = strncmp(a, b, 19);
    const char *x = strlen(a) > 20 && a[19] == '.' ? a + 20 : "", *y = strlen(b) > 20 && b[19] == '.' ? b + 20 : "";

    while (!c && ((*x >= '0' && *x <= '9') || (*y >= '0' && *y <= '9'))) {
        int dx = *x >= '0' && *x <= '9' ? *x++ : '0', dy = *y >= '0' && *y <= '9' ? *y++ : '0';

        c = dx - dy;
    }
    return c;
}

static bool is_new(const struct gcp_build_log *log, const json_t *entry)
{
    const char *id = log->seen ? strchr(log->seen, ' ') : NULL;
    int c;

    if (!id)
        return true;
    c = compare_times(text_at(entry, "timestamp"), log->seen);
    return c > 0 || (c == 0 && strcmp(text_at(entry, "insertId"), id + 1) > 0);
}

static int read_entries(struct gcp *g, struct gcp_build_log *log, const json_t *build, const char *name,
                        struct cr_error *err)
{
    const char *project = strncmp(name, "projects/", 9) == 0 ? name + 9 : name;
    CR_AUTO_FREE char *p = cr_strndup(project, strcspn(project, "/"));
    const char *from = log->seen ? log->seen : text_at(build, "createTime");
    CR_AUTO_FREE char *filter = cr_format("logName=\"projects/%s/logs/cloudbuild\" AND resource.type=\"build\" AND "
                                          "resource.labels.build_id=\"%s\" AND timestamp>=\"%.*s\"",
                                          p, text_at(build, "id"), (int)strcspn(from, " "), from);
    json_auto_t *entries = NULL;
    struct cr_error why = {0};
    json_t *entry;
    size_t i;

    if (gcp_logging_list(g, &(struct gcp_logging_query){.project = p, .filter = filter}, &entries, &why) < 0) {
        if (why.code == CR_E_INTERRUPT) {
            *err = why;
            return -1;
        }
        log->stopped = why.code != CR_E_NET;
        cr_log("build", "%s", why.msg);
        return 0;
    }
    json_array_foreach(entries, i, entry)
    {
        const char *text = text_at(entry, "textPayload");

        if (!is_new(log, entry))
            continue;
        log->on_log(log->ud, text, strlen(text));
        log->on_log(log->ud, "\n", 1);
        free(log->seen);
        log->seen = cr_format("%s %s", text_at(entry, "timestamp"), text_at(entry, "insertId"));
    }
    return 0;
}

int gcp_build_log_read(struct gcp *g, struct gcp_build_log *log, const json_t *build, const char *name, bool last,
                       struct cr_error *err)
{
    CR_AUTO_FREE char *url = NULL;

    if (!log->decided)
        decide(log, build);
    if (!log->decided || log->stopped)
        return 0;
    if (!log->object) {
        if (!last && cr_now_ms() < log->next_ms)
            return 0;
        log->next_ms = cr_now_ms() + QUOTA_MS;
        return read_entries(g, log, build, name, err);
    }
    url = object_url(g, build);
    for (bool more = true; more;)
        if (read_part(g, log, url, &more, err) < 0)
            return -1;
    return 0;
}
