#include "gcp/operation.h"

#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "gcp/api_error.h"

enum { DEADLINE_MS = 20 * 60 * 1000, FIRST_POLL_MS = 1000, MAX_POLL_MS = 5000 };

/* A name goes into a URL as it is; one that would change the URL's shape did not come from the service we mean. */
static int name_of(const json_t *operation, const char *what, const char **name, struct cr_error *err)
{
    const char *s = json_string_value(json_object_get(operation, "name"));

    if (!s || !*s || *s == '/' || strstr(s, "..") ||
        strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./~") != strlen(s))
        return cr_fail(err, CR_E_API, "cannot %s: the reply names no operation", what);
    *name = s;
    return 0;
}

/* Looks once. *how falls back to plain reading where the service does not know :wait. */
static int look(struct gcp *g, const struct gcp_operation_wait *w, enum gcp_operation_poll *how, const char *name,
                json_t **now, struct cr_error *err)
{
    static const int answers[] = {404, 405, 501, 0};
    static const char body[] = "{\"timeout\":\"10s\"}";
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    CR_AUTO_FREE char *url = gcp_url(g, w->api, "%s/%s", w->version, name);
    CR_AUTO_FREE char *wait_url = cr_format("%s:wait", url);
    CR_AUTO_FREE char *what = cr_format("wait to %s", w->what);

    if (*how == GCP_OPERATION_WAIT) {
        if (gcp_call_answers(g,
                             &(struct gcp_request){.method = "POST",
                                                   .url = wait_url,
                                                   .content_type = "application/json",
                                                   .body = body,
                                                   .body_len = strlen(body),
                                                   .repeat = GCP_REPEAT_SAFE},
                             answers, &reply, what, err) < 0)
            return -1;
        if (reply.status < 400) {
            *now = json_loadb(reply.body.buf, reply.body.len, 0, NULL);
            return *now ? 0 : cr_fail(err, CR_E_API, "cannot %s: the reply is not JSON", what);
        }
        *how = GCP_OPERATION_GET;
    }
    return gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url}, NULL, now, what, err);
}

static int stopped(const char *name, const char *what, struct cr_error *err)
{
    cr_fail(err, CR_E_INTERRUPT, "stopped waiting to %s", what);
    return cr_hint(err, "it goes on without us, as operation '%.300s'; running the command again picks it up", name);
}

static int finished(const json_t *operation, const char *what, json_t **response, struct cr_error *err)
{
    const json_t *error = json_object_get(operation, "error");
    json_t *value = json_object_get(operation, "response");

    if (json_is_object(error))
        return gcp_api_error_status(error, what, err);
    *response = json_is_object(value) ? json_incref(value) : json_object();
    return 0;
}

int gcp_operation_wait(struct gcp *g, const struct gcp_operation_wait *w, const json_t *operation, json_t **response,
                       struct cr_error *err)
{
    int64_t end_ms = cr_now_ms() + (w->deadline_ms ? w->deadline_ms : DEADLINE_MS), poll_ms = FIRST_POLL_MS;
    json_auto_t *now = json_incref((json_t *)(uintptr_t)operation);
    enum gcp_operation_poll how = w->how;
    CR_AUTO_FREE char *kept = NULL;
    const char *name = NULL;

    if (json_is_true(json_object_get(now, "done")))
        return finished(now, w->what, response, err);
    if (name_of(operation, w->what, &name, err) < 0)
        return -1;
    kept = cr_strdup(name);
    for (bool first = true;; first = false) {
        int64_t asked_ms = cr_now_ms();
        json_t *next = NULL;

        if (!first && how == GCP_OPERATION_GET)
            poll_ms = poll_ms * 3 / 2 > MAX_POLL_MS ? MAX_POLL_MS : poll_ms * 3 / 2;
        if (how == GCP_OPERATION_GET)
            g->http->sleep_ms(g->http, poll_ms);
        if (cr_interrupted())
            return stopped(kept, w->what, err);
        if (look(g, w, &how, kept, &next, err) < 0)
            return err->code == CR_E_INTERRUPT ? stopped(kept, w->what, err) : -1;
        json_decref(now);
        now = next;
        if (w->on_tick)
            w->on_tick(w->ud, now);
        if (json_is_true(json_object_get(now, "done")))
            return finished(now, w->what, response, err);
        if (cr_now_ms() >= end_ms) {
            cr_fail(err, CR_E_NET, "cannot %s: not done in time", w->what);
            return cr_hint(err, "it goes on without us, as operation '%.300s'", kept);
        }
        /* A :wait that comes back at once must not become a busy loop. */
        if (how == GCP_OPERATION_WAIT && cr_now_ms() - asked_ms < FIRST_POLL_MS)
            g->http->sleep_ms(g->http, FIRST_POLL_MS);
    }
}

static void look_at(struct gcp *g, const struct gcp_operation_wait *w, struct gcp_operation_one *one)
{
    enum gcp_operation_poll how = GCP_OPERATION_GET;
    CR_AUTO_FREE char *kept = NULL;
    const char *name = NULL;
    json_t *next = NULL;

    one->ended = true;
    if (!json_is_true(json_object_get(one->now, "done"))) {
        if (name_of(one->now, w->what, &name, &one->err) < 0)
            return;
        kept = cr_strdup(name);
        if (look(g, w, &how, kept, &next, &one->err) < 0) {
            if (one->err.code == CR_E_INTERRUPT) { /* that we stop says nothing of the operation */
                one->err = (struct cr_error){0};
                one->ended = false;
            }
            return;
        }
        json_decref(one->now);
        one->now = next;
    }
    if (!json_is_true(json_object_get(one->now, "done")))
        one->ended = false;
    else
        (void)!finished(one->now, w->what, &one->response, &one->err);
}

static bool round_of(struct gcp *g, const struct gcp_operation_wait *w, struct gcp_operation_one *list, size_t n)
{
    bool all = true;

    for (size_t i = 0; i < n; i++) {
        if (!list[i].ended && !cr_interrupted())
            look_at(g, w, &list[i]);
        all = all && list[i].ended;
    }
    if (w->on_tick)
        w->on_tick(w->ud, NULL);
    return all;
}

int gcp_operations_wait(struct gcp *g, const struct gcp_operation_wait *w, struct gcp_operation_one *list, size_t n,
                        struct cr_error *err)
{
    int64_t end_ms = cr_now_ms() + (w->deadline_ms ? w->deadline_ms : DEADLINE_MS), poll_ms = FIRST_POLL_MS;

    while (!round_of(g, w, list, n)) {
        if (cr_interrupted()) {
            cr_fail(err, CR_E_INTERRUPT, "stopped waiting to %s", w->what);
            return cr_hint(err, "it goes on without us; running the command again picks it up");
        }
        if (cr_now_ms() >= end_ms)
            break;
        g->http->sleep_ms(g->http, poll_ms);
        poll_ms = poll_ms * 3 / 2 > MAX_POLL_MS ? MAX_POLL_MS : poll_ms * 3 / 2;
    }
    for (size_t i = 0; i < n; i++)
        if (!list[i].ended)
            cr_fail(&list[i].err, CR_E_NET, "cannot %s: not done in time", w->what);
    return 0;
}
