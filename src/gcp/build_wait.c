/* A build followed to its end. */
#include "gcp/build.h"

#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "gcp/build_failure.h"
#include "gcp/build_log.h"
#include "gcp/json.h"

enum {
    POLL_MS = 1000,
    SLOW_POLL_MS = 2000, /* after SLOW_AFTER_MS */
    SLOW_AFTER_MS = 60000,
    CANCEL_WAIT_MS = 60000,
    TAIL = 64 << 10,
    TAIL_LINES = 20,
};

/* What one wait remembers. */
struct follow {
    struct gcp *g;
    const char *name;
    const struct gcp_build_wait *w;
    struct gcp_build_log log;
    char *tail; /* the end of the log, at most 2 * TAIL bytes and a NUL */
    size_t tail_len;
    size_t warned; /* warnings already shown */
    bool streamed; /* the log is shown as it grows */
    json_t *build; /* as it was at the last look */
};

static const char *id_of(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? slash + 1 : name;
}

static void note(struct follow *f, const char *text)
{
    if (f->w->on_note)
        f->w->on_note(f->w->ud, text);
}

static void keep(struct follow *f, const char *bytes, size_t n)
{
    if (n > TAIL) {
        bytes += n - TAIL;
        n = TAIL;
    }
    if (f->tail_len + n > 2 * TAIL) {
        memmove(f->tail, f->tail + f->tail_len - TAIL, TAIL);
        f->tail_len = TAIL;
    }
    memcpy(f->tail + f->tail_len, bytes, n);
    f->tail_len += n;
    f->tail[f->tail_len] = '\0';
}

static void on_log(void *ud, const char *bytes, size_t n)
{
    struct follow *f = ud;

    keep(f, bytes, n);
    if (f->streamed)
        f->w->on_log(f->w->ud, bytes, n);
}

static void on_note(void *ud, const char *text)
{
    note(ud, text);
}

static bool ended(const char *status)
{
    static const char *const all[] = {"SUCCESS", "FAILURE", "INTERNAL_ERROR", "TIMEOUT", "CANCELLED", "EXPIRED"};

    for (size_t i = 0; i < CR_LEN(all); i++)
        if (strcmp(status, all[i]) == 0)
            return true;
    return false;
}

/* How to cancel it by hand: with gcloud where that reaches it, else by the call itself. */
static int hint_cancel(const struct gcp *g, const char *name, const char *token_command, struct cr_error *err)
{
    const char *endpoint = g->endpoint[GCP_BUILD], *project = name + strlen("projects/");
    const char *location = strstr(name, "/locations/");

    location = location ? location + strlen("/locations/") : "global";
    if (strstr(endpoint, "googleapis.com"))
        return cr_hint(err, "cancel it: gcloud builds cancel %.60s --region=%.*s --project=%.*s", id_of(name),
                       (int)strcspn(location, "/"), location, (int)strcspn(project, "/"), project);
    /* By standard input: what stands on a command line, every user of the machine can read. */
    return cr_hint(
        err, "cancel it: printf 'Authorization: Bearer %%s' \"$(%.80s)\" | curl -X POST -H @- %.100s/v1/%.160s:cancel",
        token_command ? token_command : "crdeploy auth print-access-token", endpoint, name);
}

/* Asks until it is known how the build ended; NULL when it is not known. New. */
static char *cancelled_status(struct gcp *g, const char *name)
{
    int64_t end_ms = cr_now_ms() + CANCEL_WAIT_MS;
    bool asked = false;

    while (cr_now_ms() < end_ms && !cr_interrupted()) {
        json_auto_t *build = NULL;
        struct cr_error why = {0};
        int rc = asked ? gcp_build_get(g, name, &build, &why) : gcp_build_cancel(g, name, &build, &why);

        /* Refused: it may just have ended by itself, which the next look shows. */
        asked = asked || rc == 0 || why.code == CR_E_API;
        if (rc == 0 && ended(gcp_text_at(build, "status")))
            return cr_strdup(gcp_text_at(build, "status"));
        if (rc < 0 && (why.code == CR_E_INTERRUPT || why.code == CR_E_AUTH))
            break;
        g->http->sleep_ms(g->http, POLL_MS);
    }
    return NULL;
}

int gcp_build_interrupted(struct gcp *g, const char *name, const char *token_command, struct cr_error *err)
{
    CR_AUTO_FREE char *status = NULL;

    cr_interrupt_clear(); /* or the cancellation itself would be cut short */
    status = cancelled_status(g, name);
    if (status && strcmp(status, "CANCELLED") == 0)
        return cr_fail(err, CR_E_INTERRUPT, "interrupted; the build '%s' was cancelled", id_of(name));
    if (status)
        return cr_fail(err, CR_E_INTERRUPT, "interrupted; the build '%s' had ended already, with %s", id_of(name),
                       status);
    cr_fail(err, CR_E_INTERRUPT, "interrupted; the build '%s' may still be running", id_of(name));
    return hint_cancel(g, name, token_command, err);
}

static void show_warnings(struct follow *f)
{
    const json_t *all = json_object_get(f->build, "warnings");

    for (; f->warned < json_array_size(all); f->warned++) {
        const char *text = gcp_text_at(json_array_get(all, f->warned), "text");

        if (*text)
            note(f, text);
    }
}

/* One look: state, log, end. *done says that the build has ended; the end is told after the last of the log. */
static int look(struct follow *f, bool *done, struct cr_error *err)
{
    json_t *now = NULL;
    bool changed;

    if (gcp_build_get(f->g, f->name, &now, err) < 0)
        return -1;
    changed = strcmp(gcp_text_at(now, "status"), gcp_text_at(f->build, "status")) != 0;
    json_decref(f->build);
    f->build = now;
    *done = ended(gcp_text_at(now, "status"));
    if (changed && !*done && f->w->on_status)
        f->w->on_status(f->w->ud, gcp_text_at(now, "status"));
    if (f->streamed && gcp_build_log_read(f->g, &f->log, now, f->name, *done, err) < 0)
        return -1;
    show_warnings(f);
    if (changed && *done && f->w->on_status)
        f->w->on_status(f->w->ud, gcp_text_at(now, "status"));
    return 0;
}

static int out_of_time(struct follow *f, struct cr_error *err)
{
    cr_fail(err, CR_E_NET, "the build '%s' did not end in time", id_of(f->name));
    return *gcp_text_at(f->build, "logUrl")
               ? cr_hint(err, "it goes on without us; its log: %.300s", gcp_text_at(f->build, "logUrl"))
               : cr_hint(err, "it goes on without us");
}

static int follow(struct follow *f, bool *done, struct cr_error *err)
{
    const struct gcp_build_wait *w = f->w;
    int64_t start_ms = cr_now_ms(), poll_ms = w->poll_ms ? w->poll_ms : POLL_MS;

    while (!cr_interrupted()) {
        if (look(f, done, err) < 0) {
            if (err->code == CR_E_NET && !*err->hint)
                cr_hint(err, "the build '%.60s' goes on without us", id_of(f->name));
            return -1;
        }
        if (*done)
            return 0;
        if (w->deadline_ms && cr_now_ms() >= start_ms + w->deadline_ms)
            return out_of_time(f, err);
        if (!w->poll_ms && cr_now_ms() - start_ms > SLOW_AFTER_MS)
            poll_ms = SLOW_POLL_MS;
        f->g->http->sleep_ms(f->g->http, poll_ms);
    }
    return cr_interrupt_check(err);
}

/* A build that ended: 0 when it succeeded. */
static int outcome(struct follow *f, struct cr_error *err)
{
    CR_AUTO_FREE char *lines = NULL;

    if (strcmp(gcp_text_at(f->build, "status"), "SUCCESS") == 0)
        return 0;
    if (!f->streamed && gcp_build_log_end(f->g, &f->log, f->build, f->name, err) < 0)
        return -1;
    lines = gcp_build_last_lines(f->build, f->tail, TAIL_LINES);
    if (*lines && f->w->on_tail && strcmp(gcp_text_at(f->build, "status"), "CANCELLED") != 0)
        f->w->on_tail(f->w->ud, lines);
    return gcp_build_explain(f->build, f->tail, err);
}

int gcp_build_wait(struct gcp *g, const char *name, const struct gcp_build_wait *w, json_t **build,
                   struct cr_error *err)
{
    struct follow f = {.g = g, .name = name, .w = w, .streamed = w->on_log && !w->suppress_logs};
    bool done = false;
    int rc;

    f.log = (struct gcp_build_log){.on_log = on_log, .on_note = on_note, .ud = &f};
    f.tail = cr_calloc(1, 2 * TAIL + 1);
    rc = follow(&f, &done, err);
    if (rc < 0 && !done && err->code == CR_E_INTERRUPT) {
        note(&f, "cancelling the build; Ctrl-C again leaves it");
        rc = gcp_build_interrupted(g, name, w->token_command, err);
    } else if (rc == 0) {
        rc = outcome(&f, err);
    }
    if (rc == 0)
        *build = CR_STEAL(f.build);
    gcp_build_log_clear(&f.log);
    json_decref(f.build);
    free(f.tail);
    return rc;
}
