/* A new revision asked at its tag's address: what proves it before anybody is served by it. */
#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/gradual_parts.h"
#include "core/sample.h"
#include "gcp/auth.h"
#include "gcp/fetch.h"

enum { ASK_MS = 300000, PROBE_MS = 60000, ROUTE_TRIES = 10, ROUTE_MS = 1000 };

/* Without a sample all that can be asked is whether anybody is at home. */
static bool is_right(const struct gradual *r, size_t number, const struct gcp_reply *reply)
{
    json_auto_t *json = NULL;

    if (!r->samples)
        return reply->status < 500 && reply->status != 429;
    if (reply->status < 200 || reply->status > 299)
        return false;
    json = json_loadb(reply->body.buf, reply->body.len, JSON_DECODE_ANY, NULL);
    return cr_sample_matches(&r->sample[number % r->samples], json);
}

static void say_wrong(const struct gradual *r, size_t number, const struct gcp_reply *reply, char said[GRADUAL_WHY])
{
    const json_t *want = r->samples ? r->sample[number % r->samples].response : NULL;
    CR_AUTO_FREE char *text = want ? json_dumps(want, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    int n = (int)strcspn(reply->body.buf ? reply->body.buf : "", "\r\n");

    if (text && reply->status >= 200 && reply->status < 300)
        snprintf(said, GRADUAL_WHY, "it answers %.*s, not %.120s", n > 120 ? 120 : n, reply->body.buf, text);
    else
        snprintf(said, GRADUAL_WHY, "it answers HTTP %d: %.*s", reply->status, n > 160 ? 160 : n,
                 reply->body.buf ? reply->body.buf : "");
}

static int closed(const char *url, int status, struct cr_error *err)
{
    cr_fail(err, CR_E_AUTH, "'%s' answered HTTP %d: the service is private, so its new revision cannot be proved", url,
            status);
    return cr_hint(err, "set CRDEPLOY_IDENTITY_TOKEN, or log in with an account that may call the service");
}

int gradual_ask(const struct gradual *r, struct gcp_http *http, const char *url, size_t number,
                struct cr_canary_side *side, char said[GRADUAL_WHY], struct cr_error *err)
{
    const struct cr_sample *sample = r->samples ? &r->sample[number % r->samples] : NULL;
    CR_AUTO_FREE char *body = sample ? cr_oom_check(json_dumps(sample->request, JSON_ENCODE_ANY | JSON_COMPACT)) : NULL;
    CR_AUTO_FREE char *at = cr_format("%s%s", url, sample ? r->path : "/");
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(64 << 20);
    struct cr_error why = {0};
    const struct gcp_fetch f = {.method = sample ? "POST" : "GET",
                                .url = at,
                                .content_type = sample ? "application/json" : NULL,
                                .body = body,
                                .body_len = body ? strlen(body) : 0,
                                .token = r->token,
                                .timeout_ms = ASK_MS,
                                .again = true};
    bool right;

    *said = '\0';
    if (gcp_fetch(http, &f, &reply, &why) < 0) {
        if (why.code != CR_E_NET) {
            *err = why;
            return -1;
        }
        cr_canary_add(side, 0, 0);
        snprintf(said, GRADUAL_WHY, "%.300s", why.msg);
        return 0;
    }
    if (reply.status == 401 || reply.status == 403)
        return closed(at, reply.status, err);
    right = is_right(r, number, &reply);
    cr_canary_add(side, right ? 200 : reply.status >= 500 || reply.status == 429 ? reply.status : 500, reply.total_ms);
    if (!right)
        say_wrong(r, number, &reply, said);
    return 0;
}

/* The first one may have to wait until the tag's address is known everywhere. */
static int ask_first(struct gradual *r, struct cr_canary_side *side, char said[GRADUAL_WHY], struct cr_error *err)
{
    for (int i = 1;; i++) {
        if (gradual_ask(r, r->g->link->http, r->tag_url, 0, side, said, err) < 0)
            return -1;
        if (!*said || (!strstr(said, "HTTP 404") && !strstr(said, "no answer")) || i == ROUTE_TRIES)
            return 0;
        cr_sleep_ms(ROUTE_MS);
        if (cr_interrupt_check(err) < 0)
            return -1;
    }
}

int gradual_ask_samples(struct gradual *r, char why[GRADUAL_WHY], struct cr_error *err)
{
    CR_AUTO_CANARY struct cr_canary_side side = {0};
    size_t count = r->samples ? r->samples : 1;
    char said[GRADUAL_WHY];

    for (size_t i = 0; i < count; i++) {
        ui_progress(r->g->ui, "proving the new revision", (int64_t)i, (int64_t)count, false);
        if ((i ? gradual_ask(r, r->g->link->http, r->tag_url, i, &side, said, err) : ask_first(r, &side, said, err)) <
            0)
            return -1;
        if (*said) {
            if (r->samples)
                snprintf(why, GRADUAL_WHY, "sample %zu of %zu: %.300s", i + 1, r->samples, said);
            else
                snprintf(why, GRADUAL_WHY, "GET /: %.300s", said);
            return 0;
        }
    }
    if (!r->samples)
        ui_done(r->g->ui, "there is no sample to ask: GET / answers at the tag '%s'", r->g->tag);
    else if (r->plan->sample)
        ui_done(r->g->ui, "the sample given is answered at the tag '%s'", r->g->tag);
    else
        ui_done(r->g->ui, "%zu %s of the manifest %s answered as expected at the tag '%s'", count,
                count == 1 ? "sample" : "samples", count == 1 ? "is" : "are", r->g->tag);
    return 0;
}

void gradual_identify(struct gradual *r)
{
    const struct cli_question q = {.url = r->url};

    gcp_secret_wipe(&r->token);
    r->token = cli_ask_token(r->g->link, &q);
}

int gradual_probe(struct gradual *r, int count, struct cr_canary_side *side, struct cr_error *err)
{
    int64_t end = cr_now_ms() + PROBE_MS;
    char said[GRADUAL_WHY];

    gradual_identify(r);
    for (int i = 0; i < count && cr_now_ms() < end; i++) {
        ui_progress(r->g->ui, "asking the new revision", i, count, false);
        if (gradual_ask(r, r->g->link->http, r->tag_url, (size_t)i, side, said, err) < 0)
            return -1;
    }
    return 0;
}

int gradual_compare(struct gradual *r, char why[GRADUAL_WHY], struct cr_error *err)
{
    const struct cr_canary_rule rule = {r->plan->errors, r->plan->latency};
    CR_AUTO_CANARY struct cr_canary_side fresh = {0}, warm = {0};
    int64_t end = cr_now_ms() + PROBE_MS;
    char said[GRADUAL_WHY], worse[200] = "";

    if (r->plan->latency <= 0)
        return 0;
    /* One of each before, so that no cold start, and no new connection, is compared. */
    for (int i = -1; i < CR_CANARY_TIMED && cr_now_ms() < end; i++) {
        ui_progress(r->g->ui, "comparing with the service as it is", i < 0 ? 0 : i, CR_CANARY_TIMED, false);
        if (gradual_ask(r, r->g->link->http, r->tag_url, (size_t)(i + 1), i < 0 ? &warm : &fresh, said, err) < 0 ||
            gradual_ask(r, r->g->link->http, r->url, (size_t)(i + 1), i < 0 ? &warm : &r->asked, said, err) < 0)
            return -1;
    }
    if (cr_canary_judge(&rule, &fresh, &r->asked, worse) == CR_CANARY_BAD)
        snprintf(why, GRADUAL_WHY, "asked in turns with the service as it is, %s", worse);
    else if (r->asked.timed < CR_CANARY_TIMED)
        ui_done(r->g->ui, "the service as it is answers too little to compare latencies");
    else
        ui_done(r->g->ui, "asked in turns: a median of %" PRId64 " ms, of the service as it is %" PRId64 " ms",
                cr_canary_latency(&fresh, 50), cr_canary_latency(&r->asked, 50));
    return 0;
}
