#include "cli/ask.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "gcp/fetch.h"

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

/* The server's {"error":{"message"}}, or the start of whatever it said. */
static int refused(const struct cli_answer *a, struct cr_error *err)
{
    const char *said = json_string_value(json_object_get(json_object_get(a->json, "error"), "message"));

    cr_fail(err, a->status < 500 ? CR_E_ANSWER_4XX : CR_E_ANSWER_5XX, "'%s' answered HTTP %d: %.*s", a->url, a->status,
            said ? 400 : (int)strcspn(a->body, "\r\n"), said ? said : a->body);
    if (a->status == 401 || a->status == 403)
        return cr_hint(err,
                       "the service is private: set CRDEPLOY_IDENTITY_TOKEN, or deploy with --allow-unauthenticated");
    if (a->status == 404)
        return cr_hint(err, "the path is the manifest's server.path; 'GET /' of the service says what it serves");
    return -1;
}

int cli_ask(struct cli_connection *link, const struct cli_question *q, struct cli_answer *a, struct cr_error *err)
{
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(64 << 20);
    struct cr_error no_token = {0};
    const char *token = NULL;
    size_t n;

    if (link->auth->identity(link->auth, q->url, &token, &no_token) < 0)
        token = NULL; /* a public service needs none, and a private one says so */
    n = strlen(q->url);
    while (n && q->url[n - 1] == '/')
        n--;
    a->url = cr_format("%.*s%s%s", (int)n, q->url, *q->path == '/' ? "" : "/", q->path);
    if (gcp_fetch(link->http,
                  &(struct gcp_fetch){.method = "POST",
                                      .url = a->url,
                                      .content_type = "application/json",
                                      .body = q->body,
                                      .body_len = q->len,
                                      .token = token,
                                      .timeout_ms = q->timeout_ms},
                  &reply, err) < 0) {
        cr_wrap(err, "asking '%s'", a->url);
        return reply.fault == GCP_FAULT_REFUSED && !*err->hint
                   ? cr_hint(err, "check the address and that something listens there")
                   : -1;
    }
    a->status = reply.status;
    a->ms = reply.total_ms;
    a->len = reply.body.len;
    a->body = cr_str_take(&reply.body);
    a->json = json_loadb(a->body, a->len, JSON_DECODE_ANY, NULL);
    return a->status >= 200 && a->status < 300 ? 0 : refused(a, err);
}
