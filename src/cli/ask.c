#include "cli/ask.h"

#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "gcp/auth.h"
#include "gcp/fetch.h"

enum { ANSWER_MAX = 64 << 20, PAUSE_MS = 500, PAUSE_MAX_MS = 5000 };

void cli_answer_clear(struct cli_answer *a)
{
    free(a->url);
    free(a->body);
    json_decref(a->json);
    *a = (struct cli_answer){0};
}

char *cli_service_name(const struct cr_plan *plan)
{
    return cr_format("projects/%s/locations/%s/services/%s", cr_plan_text(plan, CR_KEY_PROJECT),
                     cr_plan_text(plan, CR_KEY_REGION), cr_plan_text(plan, CR_KEY_NAME));
}

static bool is_busy(int status)
{
    return status == 429 || status == 503;
}

/* What helps against a refusal; the model's own words are in the message. */
static int advise(const struct cli_answer *a, const struct cli_question *q, bool with_token, struct cr_error *err)
{
    if ((a->status == 401 || a->status == 403) && !with_token)
        return cr_hint(err, "the service is private and there is no identity token: log in with an account that may "
                            "call it, set CRDEPLOY_IDENTITY_TOKEN, or deploy with --allow-unauthenticated");
    if (a->status == 401)
        return cr_hint(err, "the identity token is refused: it must be for '%.200s' and not be expired",
                       q->audience ? q->audience : q->url);
    if (a->status == 403)
        return cr_hint(err, "the account may not call the service: it needs roles/run.invoker, or deploy with "
                            "--allow-unauthenticated");
    if (a->status == 404)
        return cr_hint(err, "the path is the manifest's server.path; 'GET /' of the service says what it serves");
    if (is_busy(a->status))
        return cr_hint(err,
                       "it was asked %d time%s; --wait waits longer, and 'crdeploy logs' says why it does not start",
                       a->tries, a->tries == 1 ? "" : "s");
    return -1;
}

/* The server's {"error":{"message"}}, or the start of whatever it said. */
static int refused(const struct cli_answer *a, const struct cli_question *q, bool with_token, struct cr_error *err)
{
    const char *said = json_string_value(json_object_get(json_object_get(a->json, "error"), "message"));

    cr_fail(err, a->status < 500 ? CR_E_ANSWER_4XX : CR_E_ANSWER_5XX, "'%s' answered HTTP %d: %.*s", a->url, a->status,
            said ? 400 : (int)strcspn(a->body, "\r\n"), said ? said : a->body);
    return advise(a, q, with_token, err);
}

static void take(struct cli_answer *a, struct gcp_reply *reply)
{
    const char *cold = gcp_reply_header(reply, "X-Crdeploy-Cold"), *ms = gcp_reply_header(reply, "X-Crdeploy-Ms");

    a->status = reply->status;
    a->ms = reply->total_ms;
    a->timing = reply->timing;
    a->start = !cold ? CLI_START_UNKNOWN : strcmp(cold, "true") == 0 ? CLI_START_COLD : CLI_START_WARM;
    a->server_ms = ms ? strtoll(ms, NULL, 10) : -1;
    a->len = reply->body.len;
    a->body = cr_str_take(&reply->body);
    a->json = json_loadb(a->body, a->len, JSON_DECODE_ANY, NULL);
}

/* How long to wait before the next try: what the server asks for, or twice as long as the last time. */
static int64_t pause_of(const struct gcp_reply *reply, int tries)
{
    const char *after = gcp_reply_header(reply, "Retry-After");
    int64_t s = after ? strtoll(after, NULL, 10) : 0, ms = s > 0 && s <= 3600 ? s * 1000 : 0;

    if (!ms)
        ms = (int64_t)PAUSE_MS << (tries < 5 ? tries - 1 : 4);
    return ms < PAUSE_MAX_MS || after ? ms : PAUSE_MAX_MS;
}

/* Asks until something else than "busy" comes, or the time is over. */
static int ask_until(struct gcp_http *http, const struct gcp_fetch *f, const struct cli_question *q, int *tries,
                     struct gcp_reply *reply, struct cr_error *err)
{
    int64_t end = cr_now_ms() + q->wait_ms, left, pause;

    for (*tries = 1;; ++*tries) {
        if (gcp_fetch(http, f, reply, err) < 0)
            return -1;
        left = end - cr_now_ms();
        pause = pause_of(reply, *tries);
        if (!is_busy(reply->status) || left <= 0 || !q->wait_ms)
            return 0;
        if (q->waiting)
            q->waiting(q->ud, reply->status, left);
        http->sleep_ms(http, pause < left ? pause : left);
        if (cr_interrupt_check(err) < 0)
            return -1;
    }
}

int cli_ask_through(struct gcp_http *http, const char *token, const struct cli_question *q, struct cli_answer *a,
                    struct cr_error *err)
{
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(ANSWER_MAX);
    struct gcp_fetch f = {.method = "POST",
                          .content_type = "application/json",
                          .body = q->body,
                          .body_len = q->len,
                          .token = token,
                          .again = true,
                          .timeout_ms = q->timeout_ms};
    size_t n = strlen(q->url);

    while (n && q->url[n - 1] == '/')
        n--;
    a->url = cr_format("%.*s%s%s", (int)n, q->url, *q->path == '/' ? "" : "/", q->path);
    f.url = a->url;
    if (ask_until(http, &f, q, &a->tries, &reply, err) < 0) {
        cr_wrap(err, "asking '%s'", a->url);
        return reply.fault == GCP_FAULT_REFUSED && !*err->hint
                   ? cr_hint(err, "check the address and that something listens there")
                   : -1;
    }
    take(a, &reply);
    return a->status >= 200 && a->status < 300 ? 0 : refused(a, q, token != NULL, err);
}

char *cli_ask_token(struct cli_connection *link, const struct cli_question *q)
{
    struct cr_error no_token = {0};
    const char *token = NULL;

    if (link->auth->identity(link->auth, q->audience ? q->audience : q->url, &token, &no_token) < 0)
        return NULL;
    return cr_strdup(token);
}

int cli_ask(struct cli_connection *link, const struct cli_question *q, struct cli_answer *a, struct cr_error *err)
{
    char *token = cli_ask_token(link, q);
    int rc = cli_ask_through(link->http, token, q, a, err);

    gcp_secret_wipe(&token);
    return rc;
}
